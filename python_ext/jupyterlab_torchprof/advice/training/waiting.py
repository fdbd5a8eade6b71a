"""Training loops that wait for the accelerator."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity, Transfer
from ...units import format_seconds
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import read

_READS = frozenset({"item", "tolist", "numpy", "cpu"})
_SHARE = 0.05
_FLOOR_S = 0.05
_LEAST_STEPS = 10


@dataclass(frozen=True, slots=True)
class Read:
    """Values that a training loop reads from the accelerator."""

    record: CellRecord
    transfers: list[Transfer]
    steps: int


class ItemSyncInLoop(OldRule[Read]):
    """A training loop reads values from the accelerator more than once a step.

    The finding is more reads of values (``item``, ``tolist``, ``numpy``, ``cpu``) than optimizer
    steps in the loop that steps, whose measured time is over 5 % of the run and 50 ms. Reads of
    PyTorch's own code are not counted, nor are those of a validation beside that loop. Nothing is
    predicted: a read also waits for work that was due anyway, and how much of the time that is
    cannot be told.

    Only a suggestion: where a value decides what happens next, it has to be read.
    """

    id: ClassVar[str] = "item-sync-in-loop"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "Each `.item()` of a tensor on an accelerator waits until all its work is done, so that "
        "the next step cannot be prepared meanwhile."
    )
    proof: ClassVar[str] = (
        "More reads than optimizer steps in the same loop, which took more than 5 % of the run "
        "and 50 ms."
    )
    cure: ClassVar[str] = (
        "By hand: gather `loss.detach()`, and read it once after the loop or every so many steps."
    )
    silent: ClassVar[str] = (
        "On the CPU; one read a step; reads that cost little; reads of another loop, as that of a "
        "validation."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#avoid-unnecessary-cpu-gpu-synchronization",
    )
    in_functions: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Read | None:
        """See the class."""
        steps = record.grad.optimizer_steps if record.grad is not None else 0
        if steps < _LEAST_STEPS:
            return None
        reads = [each for each in record.transfers if each.method in _READS]
        reads = [each for each in reads if each.target == "cpu" and 2 * each.calls >= steps]
        inside = lines_of_loop(record) if sum(each.calls for each in reads) > steps else range(0)
        reads = [each for each in reads if each.line in inside]
        calls = sum(each.calls for each in reads)
        spent = sum(each.duration_s for each in reads)
        if calls <= steps or spent < max(_FLOOR_S, _SHARE * record.duration_s):
            return None
        return Read(record, reads, steps)

    def title(self, finding: Read) -> str:
        """One sentence."""
        calls = sum(each.calls for each in finding.transfers)
        return f"The loop reads {calls / finding.steps:.2g} values a step from the accelerator."

    def explanation(self, finding: Read) -> str:
        """What happens and what can be done."""
        return (
            "A read waits until all work that was queued is done, and the device then waits for "
            "the next step to be prepared. Gathered as detached tensors and read once after the "
            "loop, or every so many steps, the values cost no such wait. A part of the time is "
            "work that was due anyway."
        )

    def evidence(self, finding: Read) -> list[str]:
        """Facts of the record."""
        return [
            f"Line {each.line} called `{each.method}` {each.calls:,} times in "
            f"{finding.steps:,} steps, which took {format_seconds(each.duration_s)} of "
            f"{format_seconds(finding.record.duration_s)}."
            for each in finding.transfers
        ]

    def remedy(self, finding: Read) -> Remedy:
        """Only a suggestion."""
        lines = sorted({each.line for each in finding.transfers if each.line})
        refusal = (
            "Only you know where the values are needed at once: gather `.detach()` of them and "
            "read them after the loop or every so many steps."
        )
        return Remedy(refusal=refusal, lines=lines)


def lines_of_loop(record: CellRecord) -> range:
    """The lines of the innermost loop of the cell in whose body an optimizer steps.

    Only the line of the step where a function is called there that steps: it may loop itself, and
    what else is called around it may not step. Empty where it is not known.
    """
    line = record.grad.last_step_line if record.grad is not None else None
    code = read(record.source) if line is not None else None
    if line is None or code is None:
        return range(0)
    steps = [call for call in code.calls if call.method == "step" and call.line == line]
    loops = steps[0].loops if steps else ()
    if not loops or not isinstance(loops[-1], ast.stmt):
        return range(line, line + 1)
    place = code.place(loops[-1])
    return range(place.line, place.end_line + 1)
