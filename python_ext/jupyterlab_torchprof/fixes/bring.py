"""Bring tensors to the device where the others are."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

import libcst as cst

from ..record import Fix
from .device import name_device
from .rewrite import CannotFix, Rewrite

__all__ = ["CannotFix", "bring", "passed", "plain"]

_PASSED = (cst.Arg, cst.BinaryOperation, cst.Comparison, cst.ComparisonTarget)


def bring(
    source: str,
    line: int,
    names: Collection[str],
    device: str,
    *,
    cell_id: str | None,
    like: str | None = None,
    named: Mapping[str, str] | None = None,
    taken: Collection[str] = (),
    torch_name: str | None = None,
) -> Fix:
    """Write ``.to(device)`` behind ``names`` where the statement of ``line`` passes them on.

    ``names`` are expressions, in whatever quotes: ``x``, ``batch["image"]``. ``device`` is where
    they must go: the device of the tensor ``like``, or a name of ``named``, or one that is made
    if it is the first device of its kind. Raises CannotFix where the line does not pass all of
    them on.
    """
    rewrite = Rewrite(source, cell_id)
    wanted = {plain(name): name for name in names}
    found = [node for node in passed(rewrite, line) if plain(rewrite.code(node)) in wanted]
    present = {plain(rewrite.code(node)) for node in found}
    missing = sorted(name for plain, name in wanted.items() if plain not in present)
    if missing or not found:
        raise CannotFix(f"Line {line} does not pass {' and '.join(missing) or 'them'} on itself.")
    kind, _, index = device.partition(":")
    if like is not None:
        where = f"{like}.device"
    elif index in ("", "0") or named:
        where = name_device(
            rewrite,
            found[0],
            named=named or {},
            taken=taken,
            torch_name=torch_name,
            accelerator=kind,
        )
    else:
        where = f'"{device}"'
    for node in found:
        rewrite.insert_after(node, f".to({where})")
    return rewrite.fix(f"Move {' and '.join(sorted(set(names)))} to {where} on line {line}")


def plain(expression: str) -> str:
    """An expression as Python itself writes it, whatever its quotes and spaces."""
    try:
        return ast.unparse(ast.parse(expression.strip(), mode="eval"))
    except SyntaxError:  # with line breaks that only the brackets around it allow
        return expression


def passed(rewrite: Rewrite, line: int) -> list[cst.BaseExpression]:
    """Names and subscripts on a line that are arguments or operands."""
    found: list[cst.BaseExpression] = []
    stack: list[cst.CSTNode] = [rewrite.cell.module]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        if not isinstance(node, (cst.Name, cst.Subscript, cst.Attribute)) or node.lpar:
            continue
        first, last = rewrite.cell.lines(node)
        parent = rewrite.parent(node)
        if not first <= line <= last or not isinstance(parent, _PASSED):
            continue
        if isinstance(parent, cst.Arg) and (parent.star or parent.keyword is node):
            continue
        found.append(node)
    return found
