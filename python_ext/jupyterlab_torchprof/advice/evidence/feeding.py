"""Whether a line's results take part in a training, as far as the text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from ...record import CellRecord
from ..text.code import dotted, imports_of, read
from ..text.uses.graphs import graph_uses, modules_of
from .forwards import statement_lines, trained_until
from .functions.view import FunctionView
from .modules import innermost


def may_feed_training(record: CellRecord, history: Sequence[CellRecord], line: int) -> bool:
    """Whether the text leads from a line's results to a backward, if only in another branch.

    What was detached first, as the samples that a critic learns from, takes part in training, too.
    Of a function that returns the results, and is called before the run's last step, the lines that
    call it are looked at.
    """
    modules, imports = modules_of(record), imports_of([*history, record])
    returned = _returns(record.source, line)
    places = [(record.source, line)]
    while places:
        text, at = places.pop()
        uses = graph_uses(
            [text], bound_on(text, [at]), own=text, modules=modules, imports=imports, detached=True
        )
        if uses.elsewhere or (text != record.source and _returns(text, at)):
            return True
        if text == record.source and isinstance(record, FunctionView):
            places += _callers(record, history) if returned or uses.returned else ()
    return False


def _callers(view: FunctionView, history: Sequence[CellRecord]) -> Iterator[tuple[str, int]]:
    """Text and line of the calls of a function, but for those below all training of the run."""
    texts = {run.source_hash: run.source for run in (*history, view.run)}
    until = trained_until(view.run)
    last = statement_lines(view.run.source, until)[1] if until else 0
    for place in view.callers:
        text = texts.get(place.source_hash or "")
        below = text == view.run.source and place.function is None and (place.line or 0) > last
        if text is not None and place.line is not None and not below:
            yield text, place.line


def _returns(source: str, line: int) -> bool:
    """Whether the statement hands on what it computes to who called the function around it."""
    code = read(source)
    return code is not None and isinstance(innermost(code, line), ast.Return)


def bound_on(source: str, lines: Iterable[int]) -> set[str]:
    """Variables and attributes that the statements of these lines bind or fill."""
    code = read(source)
    statements = [innermost(code, line) for line in lines] if code is not None else []
    return {name for each in statements if each is not None for name in _bound(each)}


def _bound(statement: ast.stmt) -> Iterator[str]:
    inner = {
        name
        for node in ast.walk(statement)
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
    }
    for node in ast.walk(statement):
        if not isinstance(node, (ast.Name, ast.Attribute)) or node in inner:
            continue
        if isinstance(node.ctx, ast.Store):
            yield dotted(node)
        elif isinstance(node, ast.Attribute) and node.attr in ("append", "extend"):
            yield dotted(node.value)
