"""Clocks that are read before the accelerator has done its work."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ...words import count_of, enumerate_words
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Call, Code, Program, read, resolve
from ..text.sites import functions_reached

_CLOCKS = frozenset({"time.time", "time.perf_counter", "time.monotonic"})
_WAITS = re.compile(
    r"(?<![\w.])(?:bool|float|int|print)\("
    r"|\.(?:all|allclose|any|cpu|equal|item|nonzero|numpy|tolist)\("
    r"|synchronize\("
)
"""Calls that wait for the device if they get a tensor that lies there."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A clock that is read twice with forwards between."""

    record: CellRecord
    start: Call
    end: Call
    calls: int
    device: str


class TimingWithoutSync(OldRule[Timed]):
    """A clock measures how long it takes to queue the work, not to do it.

    The finding is a clock read into a variable, its difference to a later reading in the same
    function, forwards on an accelerator on the lines between, and nothing there that waits for
    the device: no read of a value (neither in the text nor in the transfers of the record, nor in
    a function of the notebook that is called there) and no ``synchronize``. Nothing is predicted:
    the measured time will rise. The fix waits before both readings.
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
            if between and not _waits(program, code, start.line, end.line):
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


def _waits(program: Program, code: Code, first: int, last: int) -> bool:
    """Whether anything between two lines may wait for the device, in functions of cells, too."""
    record = program.record
    if any(_WAITS.search(line) for line in record.source.split("\n")[first - 1 : last]):
        return True
    if any(each.target == "cpu" and first <= (each.line or 0) <= last for each in record.transfers):
        return True
    called = [call for call in code.calls if first <= call.line <= last]
    reached = functions_reached(program, called)
    return any(
        _WAITS.search(call.name + "(")
        for cell in program.cells
        for call in _calls(cell)
        if call.function in reached
    )


def _calls(cell: CellRecord) -> Sequence[Call]:
    code = read(cell.source)
    return code.calls if code is not None else ()
