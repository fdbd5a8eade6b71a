"""Whether a line's results take part in a training, as far as the text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from ...record import CellRecord
from ..text.code import dotted, imports_of, read
from ..text.uses.attributes import trained_with
from ..text.uses.graphs import graph_uses, modules_of
from ..text.uses.plain_functions import plain_functions
from .forwards import statement_lines, trained_until
from .functions.callers import caller_texts
from .functions.reached import caller_of, is_called_by_library
from .functions.view import FunctionView, run_of
from .modules import innermost


def may_feed_training(record: CellRecord, history: Sequence[CellRecord], line: int) -> bool:
    """Whether the text leads from a line's results to a backward, if only in another branch.

    What was detached first, as the samples that a critic learns from, takes part in training, too.
    Of a function that returns the results, and is called before the run's last step, the lines that
    call it are looked at, in whatever text they stand; of an attribute that keeps them, all code
    that trains. What a library gets it may train with, but for PyTorch itself.
    """
    modules, imports = modules_of(record), imports_of([*history, record])
    plain = plain_functions(set(_texts(record, history)), modules, imports)
    places: dict[tuple[int, int], CellRecord] = {(id(record), line): record}
    pending = list(places)
    while pending:
        at = pending.pop()
        around = places[at]
        text, code = around.source, read(around.source)
        bound = bound_on(text, [at[1]])
        uses = graph_uses(
            [text],
            bound,
            own=text,
            modules=modules,
            plain=plain,
            imports={**imports, **(code.imports if code is not None else {})},
            detached=True,
        )
        hands_on = _returns(text, at[1])
        if uses.elsewhere or uses.returning or (hands_on and around is not record):
            return True
        if trained_with(_attributes(bound), _texts(record, history), followed=text):
            return True
        if trained_with(_attributes(uses.attributes), _texts(record, history)):
            return True
        if isinstance(around, FunctionView) and (hands_on or uses.returned):
            if is_called_by_library(around, but="torch"):
                return True
            for caller, at_line in _callers(around, history):
                if caller is None:
                    return True
                if (id(caller), at_line) not in places:
                    places[id(caller), at_line] = caller
                    pending.append((id(caller), at_line))
    return False


def is_kept_for_training(record: CellRecord, history: Sequence[CellRecord], line: int) -> bool:
    """Whether code that trains reads an attribute of the name of one that the line binds.

    A method that ends by what its next call learns from leaves its results so.
    """
    return trained_with(_attributes(bound_on(record.source, [line])), _texts(record, history))


def _attributes(names: Iterable[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in names if "." in name}


def _texts(record: CellRecord, history: Sequence[CellRecord]) -> Iterator[str]:
    """Of the cells, and of the modules that the run went through."""
    run = run_of(record)
    yield from {each.source for each in (*history, run) if not isinstance(each, FunctionView)}
    yield from (file.source for file in run.files)


def _callers(
    view: FunctionView, history: Sequence[CellRecord]
) -> Iterator[tuple[CellRecord | None, int]]:
    """The code that calls a function, and the line, but for what is below all training of the run.

    ``None``: the code trains, or cannot be followed.
    """
    until = trained_until(view.run)
    last = statement_lines(view.run.source, until)[1] if until else 0
    for place, text in caller_texts(view, history):
        below = text == view.run.source and place.function is None and (place.line or 0) > last
        if place.line is not None and not below:
            yield caller_of(view, place, history), place.line


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
