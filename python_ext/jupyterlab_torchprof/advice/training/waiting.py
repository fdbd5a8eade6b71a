"""Training loops that wait for the accelerator."""

from __future__ import annotations

import ast

from ...derive import line_of
from ...record import CellRecord, Transfer
from ...units import format_seconds
from ..grammar import Case, Finding, Rule
from ..text.code import read

_READS = frozenset({"item", "tolist", "numpy", "cpu"})
_SHARE = 0.05
_FLOOR_S = 0.05
_LEAST_STEPS = 10


class ItemSyncInLoop(Rule):
    """Each `.item()` of a tensor on an accelerator waits until all its work is done, so that the
    next step cannot be prepared meanwhile.

    Evidence: More reads than optimizer steps in the same loop, which took more than 5 % of the run
    and 50 ms.

    Fix: By hand: gather `loss.detach()`, and read it once after the loop or every so many steps.

    Silent: On the CPU; one read a step; reads that cost little; reads of another loop, as that of a
    validation.

    Sources:
        https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#avoid-unnecessary-cpu-gpu-synchronization

    Notes: Reads are `item`, `tolist`, `numpy` and `cpu`, but not those of PyTorch's own code.
    Nothing is predicted: a read also waits for work that was due anyway, and how much of the time
    that is cannot be told. Where a value decides what happens next, it has to be read.
    """

    id = "item-sync-in-loop"
    severity = "medium"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Reads that took long, more than one a step."""
        record, steps = case.record, case.grad.optimizer_steps
        reads = _reads_of_loop(record, steps) if steps >= _LEAST_STEPS else []
        calls = sum(each.calls for each in reads)
        spent = sum(each.duration_s for each in reads)
        if calls <= steps or spent < max(_FLOOR_S, _SHARE * record.duration_s):
            return None
        return Finding(
            title=f"The loop reads {calls / steps:.2g} values a step from the accelerator.",
            explanation=(
                "A read waits until all work that was queued is done, and the device then waits "
                "for the next step to be prepared. Gathered as detached tensors and read once "
                "after the loop, or every so many steps, the values cost no such wait. A part of "
                "the time is work that was due anyway."
            ),
            evidence=[
                f"Line {case.line(each.place)} called `{each.method}` {each.calls:,} times in "
                f"{steps:,} steps, which took {format_seconds(each.duration_s)} of "
                f"{format_seconds(record.duration_s)}."
                for each in reads
            ],
            remedy=case.by_hand(
                "Only you know where the values are needed at once: gather `.detach()` of them "
                "and read them after the loop or every so many steps.",
                lines=[case.line(each.place) for each in reads],
            ),
        )


def _reads_of_loop(record: CellRecord, steps: int) -> list[Transfer]:
    """Reads of values in the loop that steps, if there are more than steps in the run."""
    reads = [
        each
        for each in record.transfers
        if each.method in _READS and each.target == "cpu" and 2 * each.calls >= steps
    ]
    if sum(each.calls for each in reads) <= steps:
        return []
    inside = _lines_of_loop(record)
    return [each for each in reads if line_of(record, each.place) in inside]


def _lines_of_loop(record: CellRecord) -> range:
    """The lines of the innermost loop of the cell in whose body an optimizer steps.

    Only the line of the step where a function is called there that steps: it may loop itself, and
    what else is called around it may not step. Empty where it is not known.
    """
    line = line_of(record, record.grad.last_step_place) if record.grad is not None else None
    code = read(record.source) if line is not None else None
    if line is None or code is None:
        return range(0)
    steps = [call for call in code.calls if call.method == "step" and call.line == line]
    loops = steps[0].loops if steps else ()
    if not loops or not isinstance(loops[-1], ast.stmt):
        return range(line, line + 1)
    place = code.place(loops[-1])
    return range(place.line, place.end_line + 1)
