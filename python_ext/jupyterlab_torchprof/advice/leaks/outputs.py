"""Memory that IPython's cache of shown values keeps."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from ... import fixes
from ...record import Action, CellRecord, Holder
from ...words import enumerate_words
from ..evidence.held import freed_after, held_bytes, is_leak, kept_by_outputs, latest, on_devices
from ..evidence.releases import release_outputs
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Place, read
from ..text.first_uses import name_uses
from ..text.notebook import Later, Outlook
from ..text.program import cell_key

_CACHE = re.compile(r"Out|_\d+|_{1,3}")
_BY_HAND = (
    "The cell's text does not tell what was shown: end its last line with a semicolon, or show a "
    "part of the value, such as its shape."
)


class OutCacheTensor(Rule):
    """IPython keeps every value that a cell shows in `Out[]`, so a large tensor or a model stays in
    memory after the last variable has let go of it.

    Evidence: Storages that are reached from `Out[]` or `_` and from no variable.

    Fix: The action releases the outputs; the fix ends the line with a semicolon, so that the value
    is neither shown nor kept.

    Silent: Below 16 MB and 1 % of the device; when a cell reads `_`, `_n` or `Out` itself.

    Sources:
        https://ipython.readthedocs.io/en/stable/interactive/reference.html#output-caching-system

    Notes: It is the latest run's record that tells what outputs of this cell's runs, of the same
    text, still keep: it may come long after the cell ran, when the variable that had been shown is
    bound to something new.

    Prediction, only where there is nothing but the action (the fix frees nothing now): memory after
    the last run less the bytes held, on the device that has most.
    """

    id = "out-cache-tensor"
    severity = "medium"
    alters = "nothing"
    waits = True
    leftover = True
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """Outputs of this cell that the last run found to be all that keeps something."""
        record, now = case.record, latest(case.record, case.history)
        holders = _own_outputs(case, now)
        held = held_bytes(holders)
        if not is_leak(now, held) or any(_reads_outputs(run.source) for run in case.history):
            return None
        kept_by = {int(count) for holder in holders for count in kept_by_outputs(holder)}
        counts = [str(count) for count in sorted(kept_by)]
        names, size = _names(counts), on_devices(held)
        place = shown_expression(record.source)
        return Finding(
            title=(
                f"{names} {'keeps' if len(counts) == 1 else 'keep'} {size} that no variable holds "
                "any more."
            ),
            explanation=(
                "IPython keeps what a cell shows as its last value, so that it can be used as "
                f"{names} later; {size} would be free without that. Release it now, and end the "
                "line with a semicolon if you need not see the value."
            ),
            evidence=[
                f"{_names(kept_by_outputs(holder))}, {_with_article(holder.what)}, alone keeps "
                f"{on_devices(holder.unique_bytes)} alive."
                for holder in holders
            ],
            remedy=_remedy(case, place, release_outputs(counts, held)),
            prediction=freed_after(now, held) if place is None else None,
            outlook=lambda later: _outlook(record, later),
        )

    def awaits(self, record: CellRecord) -> bool:
        """It has a number, so it may have displayed something."""
        return record.execution_count is not None

    def is_stirred(self, now: CellRecord) -> bool:
        """Outputs keep something."""
        return any(map(kept_by_outputs, now.holders))


def _own_outputs(case: Case, now: CellRecord) -> list[Holder]:
    """What outputs alone keep, all of them of runs of this cell with this text."""
    record = case.record
    kept = [holder for holder in now.holders if kept_by_outputs(holder)]
    if not kept or record.execution_count is None:
        return []
    key = cell_key(record)
    own = {
        str(run.execution_count)
        for run in (*case.history, record)
        if cell_key(run) == key and run.source_hash == record.source_hash
    }
    return [holder for holder in kept if own.issuperset(kept_by_outputs(holder))]


def _remedy(case: Case, place: Place | None, action: Action) -> Callable[[], Remedy]:
    """A semicolon for the next time, and the release of what is held now."""
    record = case.record
    if place is None:
        return case.by_hand(_BY_HAND, actions=[action])
    return case.edit(
        lambda: fixes.semicolon.hide_value(record.source, place, cell_id=record.cell_id),
        lines=range(place.line, place.end_line + 1),
        actions=[action],
    )


def shown_expression(source: str) -> Place | None:
    """Where the expression stands whose value the cell shows."""
    code = read(source)
    if code is None or not code.tree.body or not isinstance(code.tree.body[-1], ast.Expr):
        return None
    return code.place(code.tree.body[-1].value)


def _outlook(record: CellRecord, later: Later) -> Outlook:
    """Whether no cell works with the cache."""
    reads = any(map(_reads_outputs, later.waiting(record)))
    return Outlook.NEEDED if reads else Outlook.UNSAFE


def _reads_outputs(source: str) -> bool:
    """Whether a cell works with the cache of outputs."""
    if "_" not in source and "Out" not in source:
        return False
    uses = name_uses(source)
    if uses is None:
        return False
    return any(
        name in uses.read and first.kind == "read" and _CACHE.fullmatch(name)
        for name, first in uses.first.items()
    )


def _names(counts: Sequence[str]) -> str:
    return enumerate_words([f"Out[{count}]" for count in counts])


def _with_article(what: str) -> str:
    return f"{'an' if what[:1] in 'AEIOU' else 'a'} {what}"
