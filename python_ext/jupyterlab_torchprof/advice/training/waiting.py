"""Loops that wait for the accelerator, and clocks that do not."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity, Transfer
from ...units import format_seconds
from ..code import Call, Code, Program, read, resolve
from ..rule import Remedy, Rule
from ..words import count_of, enumerate_words

_READS = frozenset({"item", "tolist", "numpy", "cpu"})
_SHARE = 0.05
_FLOOR_S = 0.05
_LEAST_STEPS = 10
_CLOCKS = frozenset({"time.time", "time.perf_counter", "time.monotonic"})
_WAITS = (".item(", ".cpu(", ".tolist(", ".numpy(", "synchronize(", "print(")


@dataclass(frozen=True, slots=True)
class Read:
    """Values that a training loop reads from the accelerator."""

    record: CellRecord
    transfers: list[Transfer]
    steps: int


class ItemSyncInLoop(Rule[Read]):
    """A training loop reads values from the accelerator more than once a step.

    The finding is more reads of values (``item``, ``tolist``, ``numpy``, ``cpu``) than optimizer
    steps, whose measured time is over 5 % of the run and 50 ms. Reads of PyTorch's own code are
    not counted. Nothing is predicted: a read also waits for work that was due anyway, and how
    much of the time that is cannot be told.

    Only a suggestion: where a value decides what happens next, it has to be read.
    """

    id: ClassVar[str] = "item-sync-in-loop"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "Each `.item()` of a tensor on an accelerator waits until all its work is done, so that "
        "the next step cannot be prepared meanwhile."
    )
    proof: ClassVar[str] = (
        "More reads than optimizer steps, which took more than 5 % of the run and 50 ms."
    )
    cure: ClassVar[str] = (
        "By hand: gather `loss.detach()`, and read it once after the loop or every so many steps."
    )
    silent: ClassVar[str] = "On the CPU; one read a step; reads that cost little."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#avoid-unnecessary-cpu-gpu-synchronization",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Read | None:
        """See the class."""
        steps = record.grad.optimizer_steps if record.grad is not None else 0
        if steps < _LEAST_STEPS:
            return None
        reads = [each for each in record.transfers if each.method in _READS and each.line]
        reads = [each for each in reads if each.target == "cpu" and 2 * each.calls >= steps]
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


@dataclass(frozen=True, slots=True)
class Timed:
    """A clock that is read twice with forwards between."""

    record: CellRecord
    start: Call
    end: Call
    calls: int
    device: str


class TimingWithoutSync(Rule[Timed]):
    """A clock measures how long it takes to queue the work, not to do it.

    The finding is a clock read into a variable, its difference to a later reading in the same
    block, forwards on an accelerator on the lines between, and nothing there that waits for the
    device: no read of a value (neither in the text nor in the transfers of the record) and no
    ``synchronize``. Nothing is predicted: the measured time will rise. The fix waits before both
    readings.
    """

    id: ClassVar[str] = "timing-without-sync"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "Work on an accelerator is queued, and Python goes on. A clock that is read without "
        "waiting says how long queueing took."
    )
    proof: ClassVar[str] = (
        "Forwards on an accelerator on the lines between two readings of a clock, and nothing "
        "there that waits for the device."
    )
    cure: ClassVar[str] = "Waits for the device above both readings of the clock."
    silent: ClassVar[str] = "On the CPU; where a value is read between, or anything waits."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Timed | None:
        """See the class."""
        grad, torch = record.grad, record.torch
        if grad is None or torch is None or torch.accelerator is None:
            return None
        forwards = [
            each
            for each in grad.forwards
            if each.line and (each.device or "").partition(":")[0] == torch.accelerator
        ]
        code = read(record.source) if forwards and "time" in record.source else None
        if code is None:
            return None
        program = Program(record, history)
        for start, end in readings(code, program):
            between = [each for each in forwards if start.line < (each.line or 0) < end.line]
            if between and not _waits(record, start.line, end.line):
                calls = sum(entry.calls for entry in between)
                return Timed(record, start, end, calls, torch.accelerator)
        return None

    def title(self, finding: Timed) -> str:
        """One sentence."""
        return (
            f"The time of lines {finding.start.line} to {finding.end.line} is read before the "
            "device has done the work."
        )

    def explanation(self, finding: Timed) -> str:
        """What happens and what can be done."""
        return (
            f"Calls on {finding.device} only queue work, so that the clock of line "
            f"{finding.end.line} may be read while the device still computes. Wait for it before "
            "the clock is read."
        )

    def evidence(self, finding: Timed) -> list[str]:
        """Facts of the record."""
        return [
            f"{count_of(finding.calls, 'forward')} ran on {finding.device} between the readings "
            f"of lines {enumerate_words([str(finding.start.line), str(finding.end.line)])}, and "
            "no value was read there."
        ]

    def remedy(self, finding: Timed) -> Remedy:
        """Wait before the clock is read."""
        from ...fixes.training_loop import CannotFix, synchronise_before

        record = finding.record
        name = record.placement.torch_name if record.placement is not None else None
        module = "cuda" if finding.device == "cuda" else "accelerator"
        lines = [finding.start.line, finding.end.line]
        if name is None:
            return Remedy(refusal="The notebook has no name for PyTorch.", lines=lines)
        try:
            fix = synchronise_before(
                record.source,
                [finding.start.place, finding.end.place],
                f"{name}.{module}.synchronize()",
                cell_id=record.cell_id,
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines)
        return Remedy(fix=fix, lines=lines)


def readings(code: Code, program: Program) -> Iterator[tuple[Call, Call]]:
    """Pairs of a clock read into a variable and a clock that it is taken from."""
    starts: dict[tuple[str, str | None], Call] = {}
    for call in code.calls:
        if resolve(call.name, program.imports) not in _CLOCKS or not call.parents:
            continue
        around = call.parents[-1]
        if isinstance(around, ast.Assign) and isinstance(around.targets[0], ast.Name):
            starts[around.targets[0].id, call.function] = call
            continue
        if not isinstance(around, ast.BinOp) or not isinstance(around.op, ast.Sub):
            continue
        if isinstance(around.right, ast.Name):
            start = starts.get((around.right.id, call.function))
            if start is not None:
                yield start, call


def _waits(record: CellRecord, first: int, last: int) -> bool:
    lines = record.source.split("\n")[first - 1 : last]
    if any(word in line for line in lines for word in _WAITS):
        return True
    return any(
        each.target == "cpu" and each.line and first <= each.line <= last
        for each in record.transfers
    )
