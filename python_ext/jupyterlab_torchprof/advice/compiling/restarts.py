"""Compiled functions that start over for each value of something, as a deep profile tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ...record import CellRecord, DeepCompilation
from ...units import format_seconds
from ...words import count_of
from ..evidence.times import is_worth_saying, shortened
from ..grammar import Case, Finding, Rule
from .reasons import Changed, changed
from .recompiling import is_limit, let_sizes_change

_LEAST = 3
"""After the second value the compiler takes many sizes and numbers for any."""
_MOST_TOLD = 3


class RecompileCause(Rule):
    """A compiled function is compiled again for each value of something that changes as the loop
    goes on: a counter, a global variable, a size.

    Evidence: A deep profile of a run in which one function was compiled again three times or more,
    as the same check of the compiler's had failed, for 50 ms and 1 % of the run.

    Fix: As for `recompile-storm` where it is a size; else by hand, by what changes. The prediction
    is what compiling again took.

    Silent: Where the limit was reached, of which `recompile-storm` speaks; for functions of which
    the compiler names no reason.

    Sources:
        https://docs.pytorch.org/docs/stable/torch.compiler_troubleshooting.html

    Notes: PyTorch names its reasons from 2.7 on.
    """

    id = "recompile-cause"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The check that made for most of it."""
        record = case.record
        if any(map(is_limit, record.warnings)):
            return None
        found = max(_causes(record), key=lambda each: _seconds(each[1]), default=None)
        if found is None or not is_worth_saying(_seconds(found[1]), record):
            return None
        first, entries = found
        place, lines = entries[0].place, [case.line(entries[0].place)]
        function = "A compiled function" if place is None else f"`{entries[0].function}`"
        times = sum(each.count for each in entries)
        causes = filter(None, map(_cause, entries))
        values = sorted((cause.instead_of for cause in causes), key=lambda each: (len(each), each))
        by_hand = f"By hand: {first.remedy[0].lower()}{first.remedy[1:]}"
        return Finding(
            title=f"{function} was compiled again {count_of(times, 'time')}, as {first.what} "
            "changed.",
            explanation=(
                "torch.compile made code for the value that it saw first, and again for each that "
                "came. After a few the function runs as it stands, without being compiled."
            ),
            evidence=[
                f"Compiling again took {format_seconds(_seconds(entries))}.",
                f"It had been compiled for {', '.join(values[:_MOST_TOLD])}"
                f"{', …' if len(values) > _MOST_TOLD else ''}; then another value came.",
            ],
            remedy=let_sizes_change(case, entries[0].reason, lines)
            if first.is_size
            else case.by_hand_there(by_hand, place),
            prediction=shortened(record, _seconds(entries)),
        )


def _causes(record: CellRecord) -> list[tuple[Changed, Sequence[DeepCompilation]]]:
    """What changed, and the compilations that it made."""
    groups: defaultdict[tuple[int | None, str, str], list[DeepCompilation]] = defaultdict(list)
    for each in record.deep.compiler if record.deep is not None else ():
        cause = _cause(each)
        if cause is not None:
            groups[each.place, each.function, cause.what].append(each)
    return [
        (cause, entries)
        for entries in groups.values()
        if sum(each.count for each in entries) >= _LEAST
        and (cause := _cause(entries[0])) is not None
    ]


def _cause(entry: DeepCompilation) -> Changed | None:
    return changed(entry.reason) if entry.kind == "recompiled" else None


def _seconds(entries: Sequence[DeepCompilation]) -> float:
    return sum(each.seconds or 0.0 for each in entries)
