"""The functions of the notebook and of the user's modules that a run went through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ....record import CellRecord, FileText, Place
from ...text.code import Call, Code, read, written_name
from .body import Body, body_of
from .callers import training_callers
from .view import FunctionView, Lines, view_of

_Text = CellRecord | FileText

_REMEMBERED = 100
"""Runs whose views are kept: rules that wait ask for them again after each cell."""
_RUNS = 2000
"""Runs of which is kept which lines train."""
_NONE: frozenset[int] = frozenset()


class _Function(NamedTuple):
    """Which function it is."""

    text: str
    """Hash of the text of the cell, or of the file."""
    name: str
    """Qualified."""
    path: str | None
    """Of the file."""


def function_views(record: CellRecord, history: Sequence[CellRecord]) -> list[FunctionView]:
    """The functions that a run went through, as their calls were met first.

    Left out are functions whose text is not known, or was replaced by another text of its cell, and
    those of modules that a function may train with which has not run.
    """
    nodes = _functions(record)
    views = _memory.views(record, history, nodes) if nodes else []
    return [view for view in views if view.file is None or not _may_be_trained(view, history)]


def is_called_once(record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether a function was called but once, as far as the text tells; true for a cell."""
    if not isinstance(record, FunctionView):
        return True
    is_simple = len(record.callers) == 1 and not is_called_by_library(record)
    around = caller_of(record, record.callers[0], history) if is_simple else None
    code = read(around.source) if around is not None else None
    if around is None or code is None:
        return False
    calls = _calls_of(record, code)
    is_one = len(calls) == 1 and not calls[0].loops and calls[0].function is None
    return is_one and is_called_once(around, history)


def is_called_by_library(view: FunctionView, *, but: str | None = None) -> bool:
    """Whether somebody else's code called it, who may do so as often as he likes.

    ``but``: a package whose calls do not count.
    """
    nodes, own = view.run.places, (view.code.source_hash, view.known_as)
    parents = [node.parent for node in nodes if (node.source_hash, node.function) == own]
    return any(
        parent is not None
        and nodes[parent].kind == "library"
        and (but is None or nodes[parent].package != but)
        for parent in parents
    )


def _calls_of(view: FunctionView, code: Code) -> list[Call]:
    """Calls that may be of a function, in the text that has its only call."""
    owner, _dot, name = view.function.rpartition(".")
    if name == "__call__":  # whatever the object is called: it must be the only call of its line
        return [call for call in code.calls if call.line == view.callers[0].line]
    written = written_name(name, owner.rpartition(".")[2])
    return [call for call in code.calls if call.method == written]


def caller_of(
    view: FunctionView, caller: Place, history: Sequence[CellRecord]
) -> CellRecord | None:
    """The cell or the function that one of the calls of a function stands in."""
    if caller.function is None:
        return view.run if caller.source_hash == view.run.source_hash else None
    for other in function_views(view.run, history):
        if (other.code.source_hash, other.known_as) == (caller.source_hash, caller.function):
            return other
    return None


def happened_here(record: CellRecord, place: int | None) -> bool:
    """Whether code of the record itself called what happened at a place, and no other function."""
    nodes = record.places
    while place is not None and nodes[place].kind == "library":
        place = nodes[place].parent
    return place is None or nodes[place].parent is None


class _Memory:
    """What was made for the runs that were looked at last."""

    def __init__(self) -> None:
        self._views: dict[int, tuple[CellRecord, list[_Text | None], list[FunctionView]]] = {}
        """By the run's id in memory: the run, where its functions stand, and the views."""
        self._trained: dict[int, tuple[CellRecord, dict[_Function, set[int]]]] = {}
        """By the run's id in memory: the run, and its lines that train, by function."""
        self._length = 0
        self._last: CellRecord | None = None
        self._texts: dict[str, CellRecord] = {}

    def views(
        self,
        record: CellRecord,
        history: Sequence[CellRecord],
        nodes: dict[_Function, list[int]],
    ) -> list[FunctionView]:
        """The views of a run; the same as before while its functions stand in the same cells."""
        texts = self._latest(history)
        codes = [_text(record, function, texts) for function in nodes]
        known = self._views.get(id(record))
        if known is not None and known[0] is record and all(map(_is, known[1], codes)):
            return known[2]
        views = [
            view_of(record, code, body, places)
            for code, (function, places) in zip(codes, nodes.items(), strict=True)
            if code is not None and (body := _body(record, code, function, places)) is not None
        ]
        while len(self._views) >= _REMEMBERED:
            del self._views[next(iter(self._views))]
        self._views[id(record)] = (record, codes, views)
        return views

    def trained(self, run: CellRecord) -> dict[_Function, set[int]]:
        """Lines whose graphs a backward of the run has used, by function."""
        known = self._trained.get(id(run))
        if known is None or known[0] is not run:
            while len(self._trained) >= _RUNS:
                del self._trained[next(iter(self._trained))]
            known = self._trained[id(run)] = (run, _trained(run))
        return known[1]

    def _latest(self, history: Sequence[CellRecord]) -> dict[str, CellRecord]:
        """By hash of the text: the latest runs of cells that still have it."""
        last = history[-1] if history else None
        if last is not self._last or len(history) != self._length:
            cells: dict[str, CellRecord] = {}
            for run in history:
                cells[run.cell_id or run.run_id] = run
            self._texts = {run.source_hash: run for run in cells.values()}
            self._last, self._length = last, len(history)
        return self._texts


_memory = _Memory()


def _is(one: object, other: object) -> bool:
    return one is other


def _may_be_trained(view: FunctionView, history: Sequence[CellRecord]) -> bool:
    """Whether a function of the module may train with this one that has not done so yet.

    Of a cell's functions the texts of the cells tell; a module's may be called by a name only.
    """
    where = (view.code.source_hash, None if view.file is None else view.file.path)
    # Before Python 3.11 places do not know the class around a method.
    left = {_last(name) for name in training_callers(view.code.source, view.name)}
    for run in (view.run, *history):
        if not left:
            return False
        if run.grad is not None and run.grad.backwards and not isinstance(run, FunctionView):
            trained = _memory.trained(run)
            left -= {_last(each.name) for each in trained if (each.text, each.path) == where}
    return bool(left)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _text(record: CellRecord, function: _Function, cells: Mapping[str, CellRecord]) -> _Text | None:
    """Where a function stands."""
    if function.path is None:
        return record if function.text == record.source_hash else cells.get(function.text)
    return next(
        (
            file
            for file in record.files
            if (file.source_hash, file.path) == (function.text, function.path)
        ),
        None,
    )


def _body(record: CellRecord, code: _Text, function: _Function, places: list[int]) -> Body | None:
    line = record.places[places[0]].line
    if line is None:
        return None
    return body_of(code.source, function.name, line, is_module=isinstance(code, FileText))


def trained_lines(record: CellRecord, history: Iterable[CellRecord]) -> set[int]:
    """Lines of a function whose graphs a backward has used in some run of the session.

    Empty for a record of a cell.
    """
    found: set[int] = set()
    if not isinstance(record, FunctionView):
        return found
    path = record.file.path if record.file is not None else None
    key = _Function(record.code.source_hash, record.known_as, path)
    for run in (record.run, *history):
        if run.grad is not None and run.grad.backwards and not isinstance(run, FunctionView):
            found |= _memory.trained(run).get(key, _NONE)
    return found


def _trained(run: CellRecord) -> dict[_Function, set[int]]:
    graphs = [] if run.grad is None else run.grad.forward_graphs
    consumed = [graph.place for graph in graphs if graph.fate == "consumed"]
    found: dict[_Function, set[int]] = {}
    for function, places in _functions(run).items() if consumed else ():
        lines = Lines(run.places, places)
        found[function] = {line for place in consumed if (line := lines.line(place)) is not None}
    return found


def _functions(record: CellRecord) -> dict[_Function, list[int]]:
    """The places in functions whose text may be known."""
    nodes: dict[_Function, list[int]] = {}
    for index, place in enumerate(record.places):
        if place.function and place.source_hash and place.line:
            path = place.path if place.kind == "file" else None
            function = _Function(place.source_hash, place.function, path)
            nodes.setdefault(function, []).append(index)
    return nodes
