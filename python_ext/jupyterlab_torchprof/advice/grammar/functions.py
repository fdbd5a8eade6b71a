"""Carries what a rule says of a function's body over to the cell or module that it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...record import Advice, CellRecord, FileText, Place
from ...words import enumerate_words
from ..evidence.functions.view import FunctionView
from .by_hand import to_do_by_hand
from .finding import Remedy

_NOT_PUT_BACK = "The change would not fit into the function that the lines stand in."
_MOST_CALLERS = 3


def with_view(history: Sequence[CellRecord], view: FunctionView) -> list[CellRecord]:
    """The session's runs with a view behind the run that it is of."""
    for index in range(len(history) - 1, -1, -1):
        if history[index] is view.run:
            return [*history[: index + 1], view, *history[index + 1 :]]
    return [*history, view.run, view]


def of_the_cell(remedy: Remedy, about: CellRecord) -> Remedy:
    """A remedy for the record as one for its cell, or for the module that nobody edits for it."""
    if remedy.file is not None:
        by_hand = to_do_by_hand(remedy, remedy.file.path, remedy.file.source)
        return replace(remedy, fix=None, refusal=by_hand)
    if not isinstance(about, FunctionView):
        return remedy
    if remedy.code is not None and not _changes_a_module(remedy, about):
        return remedy
    if isinstance(about.code, FileText):
        refusal = to_do_by_hand(remedy, about.code.path, about.body.source)
        file = about.code if remedy.code is None else None
        return replace(remedy, file=file, fix=None, refusal=refusal)
    moved = replace(remedy, code=about.elsewhere)
    if remedy.fix is None:
        return moved
    fix = about.body.put_back(remedy.fix, about.code.cell_id)
    if fix is None:
        return replace(moved, fix=None, refusal=_NOT_PUT_BACK)
    return replace(moved, fix=fix)


def _changes_a_module(remedy: Remedy, about: FunctionView) -> bool:
    """Whether an edit is of the view's own text, which stands in no cell."""
    edits = remedy.fix.edits if remedy.fix is not None else []
    return about.file is not None and any(e.source_hash == about.source_hash for e in edits)


def is_about(advice: Advice, about: CellRecord) -> bool:
    """Whether advice that was given is of this record, or of this function."""
    where = (advice.code_cell_id, advice.code_path)
    if not isinstance(about, FunctionView):
        return where == (None, None)
    cell_id = None if about.elsewhere is None else about.elsewhere.cell_id
    path = None if about.file is None else about.file.path
    return where == (cell_id, path) and set(advice.lines) <= about.body.shifts.keys()


def how_it_was_reached(about: CellRecord) -> list[str]:
    """One sentence, as evidence: which function this is of, and who called it."""
    if not isinstance(about, FunctionView):
        return []
    callers = [_place(caller, about) for caller in about.callers[:_MOST_CALLERS]]
    by = f", called from {enumerate_words(callers)}" if callers else ""
    where = "" if about.elsewhere is None else f" of cell {_count(about.elsewhere)}"
    if about.file is not None:
        where = f" in `{about.file.path}`"
    return [f"These are lines of `{about.function}`{where}{by}."]


def _place(caller: Place, about: FunctionView) -> str:
    function = f" in `{caller.function}`" if caller.function else ""
    if caller.kind == "file":
        return f"line {caller.line} of {caller.path}{function}"
    if caller.kind == "thread":
        return "another thread"
    own = caller.source_hash == about.run.source_hash
    where = f" of {_count(about.run)}" if own and about.elsewhere is not None else ""
    return f"line {caller.line}{function}{where}"


def _count(run: CellRecord) -> str:
    return "[?]" if run.execution_count is None else f"[{run.execution_count}]"
