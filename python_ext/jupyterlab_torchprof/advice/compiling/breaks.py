"""Lines of the user's at which compiled code ends, and goes on as Python runs it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...record import CellRecord, DeepCompilation, Place
from ...words import count_of
from ..grammar import Case, Finding, Rule

_WANTED = re.compile(r"graph_break\(|torch\.compiler\.disable|torch\._dynamo\.disable|skip", re.I)
"""Reasons that the program gave itself."""
_LEAST_STEPS = 3
_MOST_TOLD = 3


class GraphBreak(Rule):
    """`torch.compile` could not follow a line that runs in each step: it made a graph of what comes
    before and one of what comes after, with Python between them, and fuses nothing across it.

    Evidence: A deep profile of three whole steps or more in which the line ran, and the compiler's
    own message that it broke there.

    Fix: None; the compiler's hints are told.

    Silent: Where the line is of a library, where it ran in no recorded step, and where the program
    asks for the break, as by `torch.compiler.disable`.

    Sources:
        https://docs.pytorch.org/docs/stable/torch.compiler_troubleshooting.html
    """

    id = "graph-break"
    severity = "low"
    alters = "nothing"  # within a profiler of the program's there is no deep profile

    def find(self, case: Case) -> Finding | None:
        """The breaks on lines that ran in the recorded steps."""
        found = list(_breaks(case.record))
        if not found:
            return None
        steps = len(case.record.deep.steps) if case.record.deep is not None else 0
        first, place = found[0]
        rest = len({_where(at) for _one, at in found}) - 1
        others = f", and at {count_of(rest, 'other line')}" if rest else ""
        is_here = place.kind == "cell" and place.source_hash == case.record.source_hash
        hints = [hint.rstrip(".") for one, _at in found[:_MOST_TOLD] for hint in one.hints[:1]]
        return Finding(
            title=f"Compiled code breaks in `{first.function or 'the cell'}`{others}.",
            explanation=(
                "Where the compiler cannot follow a line, it compiles what stands before and what "
                "stands after it by themselves, and Python runs between: nothing is fused across "
                "the line, and each part has its own checks in each step."
            ),
            evidence=[
                *(
                    f"Of {_line(one, at)} the compiler said: {one.reason.rstrip('.')}."
                    for one, at in found[:_MOST_TOLD]
                ),
                f"The line ran in the {count_of(steps, 'step')} that were recorded.",
            ],
            remedy=case.by_hand(
                f"The compiler's hint: {hints[0]}."
                if hints
                else "Take the line out of the compiled function, or write it so that it needs no "
                "values of tensors.",
                lines=[place.line if is_here else case.line(first.place)],
            ),
        )


def _breaks(record: CellRecord) -> Iterator[tuple[DeepCompilation, Place]]:
    deep = record.deep
    if deep is None or not deep.window.whole_steps or len(deep.steps) < _LEAST_STEPS:
        return
    ran = {_where(record.places[line.place]) for line in deep.lines}
    told: set[tuple[object, ...]] = set()
    for one in deep.compiler:
        if one.kind != "break" or one.place is None or not one.reason:
            continue
        place = record.places[one.place]
        where = _where(place)
        if where in ran and where not in told and not _WANTED.search(one.reason):
            told.add(where)
            yield one, place


def _where(place: Place) -> tuple[object, ...]:
    """The line itself, however it was reached."""
    return (place.kind, place.source_hash, place.path, place.line)


def _line(one: DeepCompilation, place: Place) -> str:
    of = f" of `{one.function}`" if one.function else ""
    where = f" in {place.path}" if place.path else ""
    return f"line {place.line}{of}{where}"
