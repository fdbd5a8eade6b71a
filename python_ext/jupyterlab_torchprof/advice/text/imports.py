"""Where a notebook imports torch."""

from __future__ import annotations

import ast

from ...record import CellRecord
from .code import Program, read

_IMPORTS = (ast.Import, ast.ImportFrom)


def importing_cell(program: Program) -> CellRecord | None:
    """The cell that imports torch: of several the one that ran first."""
    for cell in program.cells:
        code = read(cell.source) if "torch" in cell.source else None
        if code is not None and "torch" in code.imports.values():
            return cell
    return None


def last_import(cell: CellRecord) -> list[int]:
    """The line of the last import at top level; none if torch is not imported there."""
    code = read(cell.source)
    found = [node for node in code.tree.body if isinstance(node, _IMPORTS)] if code else []
    return [found[-1].lineno] if any(map(_binds_torch, found)) else []


def _binds_torch(node: ast.Import | ast.ImportFrom) -> bool:
    """``import torch`` or ``import torch.nn``, but not ``import torch.nn as nn``."""
    return isinstance(node, ast.Import) and any(
        alias.name == "torch" or (alias.name.startswith("torch.") and alias.asname is None)
        for alias in node.names
    )
