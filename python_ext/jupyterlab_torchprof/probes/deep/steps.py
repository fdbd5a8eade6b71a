"""What the time of a step was spent for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ...record import DeepStep
from .belonging import Belongings, annotated_phase, runs_closure
from .marks import Marks
from .nesting import Operator, is_outermost

Span = tuple[int, int, str]
"""Begin and end in nanoseconds since the epoch, and the phase between."""


def steps_between(boundaries_ns: Sequence[int], spans: Sequence[Span]) -> list[DeepStep]:
    """The steps from each boundary to the next; their phases are those of the ``spans``."""
    return [_step(begin, end, spans) for begin, end in pairwise(boundaries_ns) if end > begin]


def phase_spans(
    whole: tuple[int, int],
    operators: Iterable[Operator],
    belongings: Belongings,
    modules: Marks[str | None],
    thread: int | None,
) -> list[Span]:
    """Begin, end and phase of what the cell's thread did, in order; the rest is ``"other"``.

    ``whole``: begin and end of the time that is asked about.
    """
    forwards = _forwards(modules, *whole)
    return list(_innermost([*_annotated(operators, belongings, thread), *forwards]))


def _annotated(
    operators: Iterable[Operator], belongings: Belongings, thread: int | None
) -> Iterator[Span]:
    """Spans of data, backward and optimizer; a backward goes from its first node to its last.

    Of a step that runs a closure only the operators of its own are the optimizer's: whose the time
    around the closure's is, nobody knows.
    A device's backward runs on a thread of the engine's, for which the cell's waits.
    """
    begin = end = 0
    before = None
    outermost = [each for each in operators if is_outermost(each)]
    for each in sorted(outermost, key=lambda each: each.start_ns):
        phase = annotated_phase(each)
        if each.parent is not None and phase is None:
            phase = "optimizer" if belongings.of(each).phase == "optimizer" else None
        if runs_closure(each):
            phase = None
        if each.thread != thread and (phase != "backward" or each.forward_thread != thread):
            continue
        if before == phase and (phase == "backward" or (phase and each.parent is not None)):
            end = max(end, each.end_ns)
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


def _innermost(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans without overlap: what lies within another goes before it.

    So an optimizer's step has what its closure does taken off. What a checkpoint computes again is
    the backward's, and what a dataset computes is data.
    """
    open_spans: list[Span] = []
    at = 0
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        begin, end, phase = span
        while open_spans and open_spans[-1][1] <= begin:
            _begin, until, around = open_spans.pop()
            if until > at:
                yield at, until, around
                at = until
        if open_spans and begin > at:
            yield at, begin, open_spans[-1][2]
        at = max(at, begin)
        if phase == "forward" and open_spans and open_spans[-1][2] in ("backward", "data"):
            phase = open_spans[-1][2]
        open_spans.append((begin, end, phase))
    for _begin, until, around in reversed(open_spans):
        if until > at:
            yield at, until, around
            at = until


def _step(begin_ns: int, end_ns: int, spans: Iterable[Span]) -> DeepStep:
    phases: dict[str, float] = {}
    for begin, end, phase in spans:
        shared = min(end, end_ns) - max(begin, begin_ns)
        if shared > 0:
            phases[phase] = phases.get(phase, 0.0) + shared / 1e9
    duration = (end_ns - begin_ns) / 1e9
    phases["other"] = max(0.0, duration - sum(phases.values()))
    return DeepStep(duration_s=duration, phases=phases)
