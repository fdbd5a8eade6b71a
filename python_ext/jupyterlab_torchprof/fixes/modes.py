"""Put a model into evaluation or training mode where it is used."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ..record import Fix
from .cell import CannotFix, Cell, Span, descendants
from .display import find_display, fresh_name
from .later import may_run_later
from .rewrite import Rewrite
from .syntax import is_generator, parse

__all__ = ["CannotFix", "evaluate_around", "train_above"]


def evaluate_around(
    source: str,
    line: int,
    name: str,
    *,
    apart_from: int,
    restore: bool,
    cell_id: str | None,
    taken: Collection[str] = (),
) -> Fix:
    """Put ``name.eval()`` above the outermost statement of ``line`` that does not train.

    ``apart_from``: a line of the training, which must not be in that statement; 0: there is none.
    ``restore``: put ``name.train()`` below it; what a function returns there gets a name first.
    ``taken``: names that must not be bound. Raises CannotFix where that is not possible.
    """
    rewrite = Rewrite(source, cell_id)
    span = _outermost(rewrite.cell, line, apart_from)
    statement = span.statements[0]
    _check(rewrite, statement, name)
    returned = _returned(rewrite, span) if restore else None
    if returned is not None:
        _return_below(rewrite, statement, returned, name, taken)
    else:
        rewrite.add_line_above(statement, f"{name}.eval()")
        if restore:
            _train_below(rewrite, span, name, taken)
    more = " and train() below" if restore else ""
    first = rewrite.cell.lines(statement)[0]
    return rewrite.fix(f"Call {name}.eval() above line {first}{more}")


def train_above(source: str, line: int, name: str, *, apart_from: int, cell_id: str | None) -> Fix:
    """Put ``name.train()`` above the outermost statement of ``line`` that does not evaluate.

    ``apart_from``: a line that sets evaluation mode, which must not be in that statement; 0:
    there is none in the cell. Raises CannotFix where that is not possible.
    """
    rewrite = Rewrite(source, cell_id)
    statement = _outermost(rewrite.cell, line, apart_from).statements[0]
    _check(rewrite, statement, name)
    rewrite.add_line_above(statement, f"{name}.train()")
    first = rewrite.cell.lines(statement)[0]
    return rewrite.fix(f"Call {name}.train() above line {first}")


def _outermost(cell: Cell, line: int, apart_from: int) -> Span:
    innermost = cell.spans([line])[0]
    for depth, statement in enumerate(innermost.enclosing):
        first, last = cell.lines(statement)
        if first <= apart_from <= last:
            continue
        around = innermost.enclosing[:depth]
        block = _block_of(cell, around, statement)
        index = next(i for i, each in enumerate(block) if each is statement)
        return Span(block, index, index, around, innermost.unit)
    first, last = cell.span_lines(innermost)
    if first <= apart_from <= last:
        raise CannotFix(f"The statement of line {line} trains, too.")
    return innermost


def _block_of(
    cell: Cell, around: tuple[cst.BaseStatement, ...], statement: cst.BaseStatement
) -> Sequence[cst.BaseStatement]:
    if not around:
        return cell.module.body
    for node in descendants(around[-1]):
        if isinstance(node, cst.IndentedBlock) and any(each is statement for each in node.body):
            return node.body
    raise CannotFix("The block of the statement could not be found.")


def _check(rewrite: Rewrite, statement: cst.BaseStatement, name: str) -> None:
    line = rewrite.cell.lines(statement)[0]
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        raise CannotFix(f"Line {line} defines a function or class.")
    parts = name.split(".")
    written = {".".join(parts[: length + 1]) for length in range(len(parts))}
    if written & _bound(rewrite, statement):
        raise CannotFix(f"The statement of line {line} binds {name}.")
    for node in descendants(statement):
        if (
            isinstance(node, cst.Attribute)
            and node.attr.value in ("eval", "train")
            and get_full_name_for_node(node.value) == name
        ):
            raise CannotFix(f"The statement of line {line} sets the mode of {name} itself.")
    above = rewrite.cell.text.line(line - 1).strip() if line > 1 else ""
    if above in (f"{name}.eval()", f"{name}.train()"):
        raise CannotFix(f"Line {line - 1} sets the mode of {name} already.")


def _bound(rewrite: Rewrite, statement: cst.BaseStatement) -> set[str]:
    """Names and attributes that a statement binds, in comprehensions, too."""
    first, last = rewrite.cell.lines(statement)
    return {
        ast.unparse(node)
        for node in ast.walk(parse(rewrite.cell.text.content))
        if isinstance(node, (ast.Name, ast.Attribute))
        and isinstance(node.ctx, ast.Store)
        and first <= node.lineno <= last
    }


def _returned(rewrite: Rewrite, span: Span) -> cst.Return | None:
    """The return of a value that the statement is, as the last one of a function that runs once."""
    statement = span.statements[0]
    if span.enclosing or not isinstance(statement, cst.SimpleStatementLine):
        return None
    part = statement.body[0]
    if len(statement.body) > 1 or not isinstance(part, cst.Return) or part.value is None:
        return None
    return None if is_generator(parse(rewrite.cell.text.content)) else part


def _return_below(
    rewrite: Rewrite,
    statement: cst.BaseStatement,
    returned: cst.Return,
    name: str,
    taken: Collection[str],
) -> None:
    value, text = returned.value, rewrite.cell.text
    assert value is not None
    first, last = rewrite.cell.lines(statement)
    if may_run_later(value):
        raise CannotFix(
            f"What line {first} returns may use {name} only later, in training mode again."
        )
    result = fresh_name(rewrite.cell, taken, ("result",))
    indent = text.indent(first)
    # One edit, for no two may begin at one place.
    head = f"{name}.eval(){text.newline(first)}{indent}{result} = "
    rewrite.replace_head(returned, value, head)
    tail = f"{name}.train(){text.newline(last)}{indent}return {result}"
    rewrite.add_line_below(statement, tail)


def _train_below(rewrite: Rewrite, span: Span, name: str, taken: Collection[str]) -> None:
    statement = span.statements[0]
    if any(isinstance(node, (cst.Return, cst.Yield)) for node in descendants(statement)):
        raise CannotFix(
            f"A return within the statement would leave {name} in evaluation mode: call its eval() "
            "above and its train() below the call of the function."
        )
    is_last = statement is rewrite.cell.module.body[-1]
    display = find_display(rewrite.cell, span, taken) if is_last else None
    if display is None:
        # A call that ends the cell would show the model.
        rewrite.add_line_below(statement, f"{name}.train(){';' if is_last else ''}")
        return
    assert isinstance(statement, cst.SimpleStatementLine)
    rewrite.insert_before(statement.body[-1], f"{display.name} = ")
    newline = rewrite.cell.text.newline(rewrite.cell.lines(statement)[1])
    rewrite.add_line_below(statement, f"{name}.train(){newline}{display.name}")
