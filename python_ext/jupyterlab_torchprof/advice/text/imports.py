"""Where settings and models of a notebook are made."""

from __future__ import annotations

from ...record import CellRecord
from .code import Program, read


def importing_cell(program: Program) -> CellRecord | None:
    """The cell that imports torch: of several the one that ran first."""
    for cell in program.cells:
        code = read(cell.source) if "torch" in cell.source else None
        if code is not None and "torch" in code.imports.values():
            return cell
    return None
