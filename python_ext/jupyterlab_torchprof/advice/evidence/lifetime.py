"""What became of the graphs that a run left behind: still open, thrown away, or used.

A variable keeps a graph, or an attribute of an object (``lab.loss``). Its graph is *used* if
a later cell runs a backward that may go through it, *unused* once it, and all that was computed
from it, has been rebound or deleted before that. The evidence is what later cells' texts do with
the names, checked against the graphs that their records still found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ...record import CellRecord, RetainedGraph
from ..text.first_uses import name_uses
from ..text.functions import only_defines
from ..text.names import FirstUse, NameUses, keeper_of
from ..text.paths import is_part
from ..text.program import cell_key


class Fate(Enum):
    """Of the graphs that a run left behind."""

    OPEN = "open"
    UNUSED = "unused"
    USED = "used"


@dataclass(slots=True)
class Course:
    """What later runs did to the graphs of one run."""

    fate: Fate = Fate.OPEN
    bystanders: set[str] = field(default_factory=set)
    """Other cells that did something before any backward and before a scalar was computed."""
    witnesses: set[str] = field(default_factory=set)
    """Other cells that trained, name none of the variables and left all graphs whole."""
    outlived: bool = False
    """One of them stepped on a model whose forwards recorded the graphs."""
    waits: bool = False
    """A scalar was computed, as a loss is."""


def retained_by_keeper(record: CellRecord) -> dict[str, RetainedGraph]:
    """The graphs that are kept after a run, by the variable or attribute that keeps them."""
    if record.grad is None:
        return {}
    return {keeper_of(entry.variable): entry for entry in record.grad.retained}


def carriers(record: CellRecord) -> set[str] | None:
    """What holds a tensor with a graph after a run; ``None`` if not all is known."""
    if record.placement is None or record.placement.truncated:
        return None
    known = {keeper_of(tensor.path) for tensor in record.placement.tensors if tensor.has_grad_fn}
    return known | retained_by_keeper(record).keys()


def holds_scalar(record: CellRecord, names: Iterable[str]) -> bool:
    """Whether one of them holds a one-element tensor with a graph, as a loss is."""
    retained = [] if record.grad is None else record.grad.retained
    tensors = record.placement.tensors if record.placement else []
    scalars = [each.variable for each in retained if each.elements == 1]
    scalars += [
        each.path for each in tensors if each.has_grad_fn and all(size == 1 for size in each.shape)
    ]
    return any(is_part(path, name) for path in scalars for name in names)


def follow(
    record: CellRecord,
    names: Iterable[str],
    later: Sequence[CellRecord],
    steps_on: Callable[[CellRecord], bool] = lambda _run: False,
) -> Course:
    """Follow the graphs that ``names`` keep after ``record`` through ``later`` runs.

    ``steps_on``: whether a run stepped on a model whose forwards recorded them.
    """
    alive: dict[str, RetainedGraph | None] = {}
    for name in names:
        known = retained_by_keeper(record).items()
        kept = {path: one for path, one in known if is_part(path, name)}
        alive.update(kept or dict.fromkeys([name]))
    course, has_trained, last = Course(), False, record
    for run in later:
        trained = run.grad is not None and run.grad.backwards > 0
        if trained and _is_used(run, alive):
            course.fate = Fate.USED
            return course
        has_trained = has_trained or trained
        is_witness = trained and _are_whole(run, alive)
        had = set(alive)
        if _touches(run, alive):
            derived = set() if trained else _derived(run, alive)
            _drop_overwritten(run, alive)
            now = retained_by_keeper(run)
            for name in derived:
                alive[name] = now.get(name)
            course.waits = course.waits or holds_scalar(run, derived)
        if had - alive.keys() or run.grad is None or not run.grad.forwards:
            alive |= _moved(run, last, had)
        last = run
        if not alive:
            course.fate = Fate.UNUSED
            return course
        if cell_key(run) != cell_key(record):
            if is_witness:
                course.witnesses.add(cell_key(run))
                course.outlived = course.outlived or steps_on(run)
            if not (has_trained or course.waits or only_defines(run.source)):
                course.bystanders.add(cell_key(run))
    return course


def _touches(run: CellRecord, alive: Mapping[str, RetainedGraph | None]) -> bool:
    """Whether a run may have rebound a graph's variable or computed something from it."""
    uses = name_uses(run.source)
    if uses is None:
        return False
    if any(map(uses.first_of, alive)):
        return True
    return bool(uses.bound) and run.grad is not None and not run.grad.forwards


def _is_used(run: CellRecord, alive: Mapping[str, RetainedGraph | None]) -> bool:
    """Whether the backward of a run may have gone through one of the graphs."""
    uses = name_uses(run.source) or NameUses()
    now = retained_by_keeper(run)
    for name, before in alive.items():
        first = uses.first_of(name)
        if first is None:
            # Not in the cell's text: used if a function that it calls did, which frees the graph.
            if _changed(before, now.get(name)):
                return True
        elif first.kind == "read" or (not _surely(first, run) and uses.reads(name)):
            return True
    return False


def _are_whole(run: CellRecord, alive: Mapping[str, RetainedGraph | None]) -> bool:
    """Whether a run that trains was seen to leave all graphs as they were."""
    if run.grad is None or run.grad.retaining_backwards:
        return False  # what it has used would be whole, too
    now = retained_by_keeper(run)
    return all(
        before is None or (name in now and not (before.truncated or now[name].truncated))
        for name, before in alive.items()
    )


def _derived(run: CellRecord, alive: Mapping[str, RetainedGraph | None]) -> set[str]:
    """Names that a run has bound to something computed from the graphs."""
    uses = name_uses(run.source) or NameUses()
    holding = carriers(run)
    bound = set(uses.bound) if holding is None else set(filter(uses.line_that_binds, holding))
    if any(map(uses.reads, alive)):
        return bound
    if run.grad is not None and not run.grad.forwards:
        return bound - alive.keys()  # a new graph without a forward comes from an old one
    return set()


def _drop_overwritten(run: CellRecord, alive: dict[str, RetainedGraph | None]) -> None:
    uses = name_uses(run.source) or NameUses()
    holding = carriers(run)
    now = retained_by_keeper(run)
    for name, before in list(alive.items()):
        first = uses.first_of(name)
        bound = first is not None and first.kind != "read"
        if bound and first is not None and (_surely(first, run) or _changed(before, now.get(name))):
            del alive[name]
        elif first is not None and holding is not None and name not in holding:
            del alive[name]  # read first, then rebound or deleted
        elif not _changed(before, now.get(name)):
            alive[name] = now.get(name) or before


def _moved(run: CellRecord, last: CellRecord, had: set[str]) -> dict[str, RetainedGraph]:
    """What keeps another graph than after the run before, and no text says where it has it from.

    A method may have put it there: ``window.shift()`` with ``self.last = self.now``.
    """
    uses, known = name_uses(run.source) or NameUses(), retained_by_keeper(last)
    return {
        name: one
        for name, one in retained_by_keeper(run).items()
        if name not in had and not uses.line_that_binds(name) and _changed(known.get(name), one)
    }


def _surely(first: FirstUse, run: CellRecord) -> bool:
    return first.sure and run.status == "ok"


def _changed(before: RetainedGraph | None, now: RetainedGraph | None) -> bool:
    """Whether a variable's graph is another one, or none, or has been freed."""
    if before is None or now is None:
        return before is not now
    if before.truncated or now.truncated:
        return False  # measured in part
    # More nodes with the same bytes: another variable that shared them has gone, such as the loss
    # of a training whose parameters this graph reaches, too.
    return before.saved_bytes != now.saved_bytes or now.nodes < before.nodes
