"""How a cell can name PyTorch: by a name it has, or by an import of its own."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from .cell import CannotFix, Cell, descendants

_BINDS_TARGET = (
    cst.AnnAssign,
    cst.AssignTarget,
    cst.AugAssign,
    cst.CompFor,
    cst.Del,
    cst.For,
    cst.NamedExpr,
)
_BINDS_NAME = (cst.AsName, cst.ClassDef, cst.FunctionDef, cst.Param)


@dataclass(frozen=True, slots=True)
class NoGrad:
    """An expression for the context manager."""

    expression: str
    import_line: int | None = None
    """Line before which ``import torch`` must be inserted for it."""


@dataclass(frozen=True, slots=True)
class TorchName:
    """An expression for the module ``torch``."""

    expression: str
    import_line: int | None = None
    """Line before which ``import torch`` must be inserted for it."""


def find_torch(cell: Cell, first_line: int, torch_name: str | None) -> TorchName:
    """The way to name ``torch`` at ``first_line``; see `find_no_grad`."""
    return _find(cell, _Imports(cell, first_line), torch_name)


def find_no_grad(cell: Cell, first_line: int, torch_name: str | None) -> NoGrad:
    """The way to call ``no_grad`` at ``first_line``.

    ``torch_name`` is the name under which the namespace held PyTorch after the cell had run.
    Raises CannotFix if the name ``torch`` is taken by something else.
    """
    imported = _Imports(cell, first_line)
    if imported.module is not None:
        return NoGrad(f"{imported.module}.no_grad()")
    if imported.no_grad is not None:
        return NoGrad(f"{imported.no_grad}()")
    torch = _find(cell, imported, torch_name)
    return NoGrad(f"{torch.expression}.no_grad()", torch.import_line)


def _find(cell: Cell, imported: _Imports, torch_name: str | None) -> TorchName:
    if imported.module is not None:
        return TorchName(imported.module)
    bound = bound_names(cell)
    # A name that this cell imports only later may be missing when the notebook starts afresh.
    if torch_name is not None and torch_name not in bound | imported.later:
        return TorchName(torch_name)
    if "torch" in bound:
        raise CannotFix("The cell uses the name torch for something else.")
    return TorchName("torch", import_line=_first_import_line(cell))


class _Imports:
    """What the cell's own imports at top level bind, before a line and from it on."""

    def __init__(self, cell: Cell, first_line: int) -> None:
        self.module: str | None = None
        self.no_grad: str | None = None
        self.later: set[str] = set()
        for imported in cell.imports():
            if imported.line >= first_line:
                self.later.add(imported.name)
            elif imported.what == "torch":
                self.module = imported.name
            elif imported.what == "torch.no_grad":
                self.no_grad = imported.name


def bound_names(cell: Cell) -> set[str]:
    """Names that the cell binds otherwise than by import, in any scope: a cautious answer."""
    names: set[str] = set()
    for node in descendants(cell.module):
        targets: list[cst.CSTNode] = []
        if isinstance(node, _BINDS_TARGET):
            targets.append(node.target)
        elif isinstance(node, _BINDS_NAME):
            targets.append(node.name)
        for target in targets:
            names.update(_target_names(target))
    for imported in cell.imports():
        (names.discard if imported.what == "torch" else names.add)(imported.name)
    return names


def _target_names(target: cst.CSTNode) -> set[str]:
    if isinstance(target, cst.Name):
        return {target.value}
    if isinstance(target, (cst.Tuple, cst.List)):
        return {name for element in target.elements for name in _target_names(element.value)}
    return set()


def _first_import_line(cell: Cell) -> int:
    """Line of the first statement that may stand below ``import torch``."""
    for index, statement in enumerate(cell.module.body):
        first = cell.lines(statement)[0]
        if not isinstance(statement, cst.SimpleStatementLine):
            return first
        part = statement.body[0]
        docstring = (
            index == 0
            and isinstance(part, cst.Expr)
            and isinstance(part.value, (cst.SimpleString, cst.ConcatenatedString))
        )
        future = (
            isinstance(part, cst.ImportFrom)
            and isinstance(part.module, cst.Name)
            and part.module.value == "__future__"
        )
        if not (docstring or future):
            return first
    raise CannotFix("There is no place for an import.")
