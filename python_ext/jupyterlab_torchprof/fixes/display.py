"""The value that a cell shows because its last statement is an expression."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from .cell import CannotFix, Cell, Span, descendants

_NAMES = ("output", "result", "shown")
_RETURN_NONE = ("append", "extend", "insert")


@dataclass(frozen=True, slots=True)
class Display:
    """A shown expression that moves into a block, where it would be shown no more."""

    line: int
    column: int
    """Where the expression begins: an assignment to `name` goes there."""
    name: str
    """A fresh name."""


def find_display(cell: Cell, span: Span, taken: Collection[str]) -> Display | None:
    """The shown expression, if it is in ``span``; ``taken``: names that must not be rebound.

    Raises CannotFix if the value of a magic is shown that can't be assigned.
    """
    last = span.block[span.last]
    if span.block is not cell.module.body or last is not cell.module.body[-1]:
        return None
    if not isinstance(last, cst.SimpleStatementLine):
        return None
    shown = last.body[-1]
    if not isinstance(shown, cst.Expr) or isinstance(shown.semicolon, cst.Semicolon):
        return None
    if _is_print(shown.value) or _grows_list(cell, shown.value):
        return None  # the value is None, which is not shown
    place = cell.place(shown)
    if not _has_value(cell, place.start.line, place.end.line):
        return None
    return Display(place.start.line, place.start.column, fresh_name(cell, taken, _NAMES))


def _is_print(value: cst.BaseExpression) -> bool:
    if not isinstance(value, cst.Call) or not isinstance(value.func, cst.Name):
        return False
    return value.func.value in ("print", "display")


def _grows_list(cell: Cell, value: cst.BaseExpression) -> bool:
    """Whether it is ``outputs.append(…)`` of a name that the cell binds, once, to a new list."""
    match value:
        case cst.Call(
            func=cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=method))
        ) if method in _RETURN_NONE:
            bound = [target for target in _targets(cell.module) if _is_named(target, name)]
            return len(bound) == 1 and any(
                isinstance(node, cst.Assign)
                and isinstance(node.value, cst.List | cst.ListComp)
                and any(target.target is bound[0] for target in node.targets)
                for node in descendants(cell.module)
            )
    return False


def _targets(module: cst.Module) -> Iterator[cst.CSTNode]:
    for node in descendants(module):
        match node:
            case (
                cst.AssignTarget()
                | cst.AnnAssign()
                | cst.For()
                | cst.CompFor()
                | cst.NamedExpr()
                | cst.AugAssign()
            ):
                yield from descendants(node.target)
            case cst.AsName():
                yield from descendants(node.name)


def _is_named(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def _has_value(cell: Cell, first: int, last: int) -> bool:
    escapes = cell.masked.escapes_within(first, last)
    if not escapes:
        return True
    escape = escapes[-1]
    if escape.first_line != escape.last_line:
        raise CannotFix("The cell ends with a magic over several lines.")
    if escape.name == "time":
        try:
            ast.parse(escape.body.strip(), mode="eval")
        except SyntaxError:
            return False  # the magic runs a statement
        return not escape.body.rstrip().endswith(";")
    if escape.body.startswith("-"):
        raise CannotFix(f"The cell ends with %{escape.name}, which may return a value.")
    return False


def fresh_name(cell: Cell, taken: Collection[str], names: Sequence[str]) -> str:
    """The first of ``names`` that the cell does not use and that is not taken, or one numbered."""
    used = {node.value for node in descendants(cell.module) if isinstance(node, cst.Name)}
    used.update(taken)
    number = 1
    while True:
        for name in names:
            candidate = name if number == 1 else f"{name}_{number}"
            if candidate not in used:
                return candidate
        number += 1
