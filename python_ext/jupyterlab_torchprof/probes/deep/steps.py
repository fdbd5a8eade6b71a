"""What the time of a step was spent for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ...record import DeepStep
from .belonging import annotated_phase
from .marks import Marks
from .nesting import Operator

Span = tuple[int, int, str]
"""Begin and end in nanoseconds since the epoch, and the phase between."""


def steps_between(
    boundaries_ns: Sequence[int],
    operators: Iterable[Operator],
    modules: Marks[str | None],
    thread: int | None,
) -> list[DeepStep]:
    """The steps from each boundary to the next; their phases are time of the cell's thread."""
    ends = list(pairwise(boundaries_ns))
    if not ends:
        return []
    spans = phase_spans(boundaries_ns[0], boundaries_ns[-1], operators, modules, thread)
    return [_step(begin, end, spans) for begin, end in ends if end > begin]


def phase_spans(
    begin_ns: int,
    end_ns: int,
    operators: Iterable[Operator],
    modules: Marks[str | None],
    thread: int | None,
) -> list[Span]:
    """Begin, end and phase of what the cell's thread did, in order; the rest is ``"other"``."""
    forwards = _forwards(modules, begin_ns, end_ns)
    return _without_overlap(sorted([*_annotated(operators, thread), *forwards]))


def _annotated(operators: Iterable[Operator], thread: int | None) -> Iterator[Span]:
    """Spans of data, backward and optimizer; a backward goes from its first node to its last."""
    begin = end = 0
    before = None
    for each in operators:
        if each.parent is not None or each.thread != thread:
            continue
        phase = annotated_phase(each)
        if before == "backward" and phase == "backward":
            end = each.end_ns
            continue
        if before is not None:
            yield begin, end, before
        begin, end, before = each.start_ns, each.end_ns, phase
    if before is not None:
        yield begin, end, before


def _forwards(modules: Marks[str | None], begin_ns: int, end_ns: int) -> Iterator[Span]:
    for begin, end, name in modules.within(begin_ns, end_ns):
        if name is not None:
            yield begin, end, "forward"


def _without_overlap(spans: Iterable[Span]) -> list[Span]:
    """What begins within another goes before it: a step of an optimizer may run forwards."""
    clear: list[Span] = []
    for begin, end, phase in spans:
        last = clear[-1][1] if clear else begin
        if end > last:
            clear.append((max(begin, last), end, phase))
    return clear


def _step(begin_ns: int, end_ns: int, spans: Iterable[Span]) -> DeepStep:
    phases: dict[str, float] = {}
    for begin, end, phase in spans:
        shared = min(end, end_ns) - max(begin, begin_ns)
        if shared > 0:
            phases[phase] = phases.get(phase, 0.0) + shared / 1e9
    duration = (end_ns - begin_ns) / 1e9
    phases["other"] = max(0.0, duration - sum(phases.values()))
    return DeepStep(duration_s=duration, phases=phases)
