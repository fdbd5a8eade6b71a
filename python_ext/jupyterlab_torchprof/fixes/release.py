"""Let go of what is not needed any more: ``model = optimizer = None``, ``del activations``."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

import libcst as cst

from ..record import Fix
from .cell import descendants
from .display import find_display
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "delete_after", "release_before"]


def release_before(source: str, place: Place, names: Sequence[str], *, cell_id: str | None) -> Fix:
    """Set ``names`` to ``None`` above the statement at ``place``, which binds the first of them.

    ``del`` would fail in a notebook that is run afresh. Raises CannotFix where the cell reads one
    of them above or in the statement, or holds that line already.
    """
    rewrite = Rewrite(source, cell_id)
    statement = rewrite.statement(rewrite.find(cst.Assign, place))
    last = rewrite.cell.lines(statement)[1]
    read = _read_until(rewrite, last, names)
    if read is not None:
        raise CannotFix(f"The cell reads {read} before it binds it again.")
    if _released_above(rewrite, statement, names):
        raise CannotFix(f"The cell lets go of {names[0]} already.")
    rewrite.add_line_above(statement, f"{' = '.join(names)} = None")
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return rewrite.fix(f"Let go of {listed} above line {place.line}")


def delete_after(
    source: str, names: Sequence[str], *, cell_id: str | None, taken: Collection[str] = ()
) -> Fix:
    """Append ``del names`` to the cell; ``taken``: names that it must not bind.

    The names may be attributes: ``run.checkpoint``.

    What the cell shows is still shown. Raises CannotFix where it shows a value that may need one
    of the names, as an object may its attribute, or ends in the middle of something.
    """
    rewrite = Rewrite(source, cell_id)
    body = rewrite.cell.module.body
    if not body:
        raise CannotFix("There is no statement in the cell.")
    last = body[-1]
    if _deletes(rewrite, names):
        raise CannotFix(f"The cell deletes {names[0]} already.")
    line = rewrite.cell.lines(last)[0]
    span = rewrite.cell.spans([line])[-1]
    statement = f"del {', '.join(names)}"
    shown = find_display(rewrite.cell, span, taken)
    if isinstance(last, cst.SimpleStatementLine) and shown is not None:
        if not _mentions(last, {word for name in names for word in name.split(".")}):
            rewrite.add_line_above(last, statement)
        elif _shows_keys(last):
            rewrite.insert_before(last.body[-1], f"{shown.name} = ")
            newline = rewrite.cell.text.newline(line)
            rewrite.add_line_below(last, f"{statement}{newline}{shown.name}")
        else:
            raise CannotFix("The cell shows its last value, which needs the variable.")
    else:
        rewrite.add_line_below(last, statement)
    return rewrite.fix(f"Delete {', '.join(names)} at the end of the cell", safe=True)


def _shows_keys(last: cst.SimpleStatementLine) -> bool:
    """Whether it ends with ``load_state_dict(…)``, which returns names and no tensors."""
    shown = last.body[-1]
    call = shown.value if isinstance(shown, cst.Expr) else None
    return (
        isinstance(call, cst.Call)
        and isinstance(call.func, cst.Attribute)
        and call.func.attr.value == "load_state_dict"
    )


def _read_until(rewrite: Rewrite, last: int, names: Sequence[str]) -> str | None:
    """One of the names that is read, or bound, at or above a line; the first may be bound."""
    for statement in rewrite.cell.module.body:
        if rewrite.cell.lines(statement)[0] > last:
            break
        targets = {
            id(target.target)
            for node in descendants(statement)
            if isinstance(node, cst.Assign)
            for target in node.targets
        }
        for node in descendants(statement):
            if isinstance(node, cst.Name) and node.value in names and id(node) not in targets:
                return node.value
    return None


def _released_above(rewrite: Rewrite, statement: cst.BaseStatement, names: Sequence[str]) -> bool:
    line = rewrite.cell.lines(statement)[0]
    for node in ast.parse(rewrite.cell.masked.text).body:
        if node.lineno < line and isinstance(node, ast.Assign):
            is_none = isinstance(node.value, ast.Constant) and node.value.value is None
            if is_none and any(isinstance(t, ast.Name) and t.id in names for t in node.targets):
                return True
    return False


def _deletes(rewrite: Rewrite, names: Sequence[str]) -> bool:
    words = {name.rpartition(".")[2] for name in names}
    return any(
        isinstance(node, cst.Del) and _mentions(node, words)
        for node in descendants(rewrite.cell.module)
    )


def _mentions(node: cst.CSTNode, words: Collection[str]) -> bool:
    return any(isinstance(each, cst.Name) and each.value in words for each in descendants(node))
