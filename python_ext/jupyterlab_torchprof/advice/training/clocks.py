"""Clocks that are read before the accelerator has done its work."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from ... import fixes
from ...derive import line_of
from ...words import count_of
from ..evidence.devices import type_of
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Call, Code, read, resolve
from ..text.program import Program
from ..text.sites import calls_below

_CLOCKS = frozenset({"time.time", "time.perf_counter", "time.monotonic"})
_WAITS = re.compile(
    r"(?<![\w.])(?:bool|float|int|print)\("
    r"|\.(?:all|allclose|any|cpu|equal|item|nonzero|numpy|tolist)\("
    r"|synchronize\("
)
"""Calls that wait for the device if they get a tensor that lies there."""


class TimingWithoutSync(Rule):
    """Work on an accelerator is queued, and Python goes on. A clock that is read without waiting
    says how long queueing took.

    Evidence: Forwards on an accelerator on the lines between two readings of a clock, and nothing
    there that waits for the device.

    Fix: Waits for the device above both readings of the clock.

    Silent: On the CPU; where a value is read between, or anything waits.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution

    Notes: The readings are a clock that is read into a variable and a later one, in the same
    function, that it is taken from. A wait is looked for in the text, in the functions of the
    notebook that are called there, and among the transfers of the record. Nothing is predicted:
    the measured time will rise.
    """

    id = "timing-without-sync"
    severity = "medium"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Forwards between two readings of a clock, and nothing there that waits."""
        record, torch = case.record, case.record.torch
        device = torch.accelerator if torch is not None else None
        forwards = [each for each in case.grad.forwards if type_of(each.device or "") == device]
        code = read(record.source) if forwards else None
        if code is None or device is None:
            return None
        for start, end in readings(code, case.program):
            calls = sum(
                each.calls
                for each in forwards
                if start.line < (case.line(each.place) or 0) < end.line
            )
            if calls and not _waits(case.program, code, start.line, end.line):
                return _too_early(case, start, end, calls, device)
        return None


def _too_early(case: Case, start: Call, end: Call, calls: int, device: str) -> Finding:
    first, last = start.line, end.line
    return Finding(
        title=f"The time of lines {first} to {last} is read before the device has done the work.",
        explanation=(
            f"Calls on {device} only queue work, so that the clock of line {last} may be read "
            "while the device still computes. Wait for it before the clock is read."
        ),
        evidence=[
            f"{count_of(calls, 'forward')} ran on {device} between the readings of lines {first} "
            f"and {last}, and no value was read there."
        ],
        remedy=_wait_before(case, start, end, device),
    )


def _wait_before(case: Case, start: Call, end: Call, device: str) -> Callable[[], Remedy]:
    record, name = case.record, case.placement.torch_name
    lines = [start.line, end.line]
    if name is None:
        return case.by_hand("The notebook has no name for PyTorch.", lines=lines)
    module = "cuda" if device == "cuda" else "accelerator"
    return case.edit(
        lambda: fixes.training_loop.synchronise_before(
            record.source,
            [start.place, end.place],
            f"{name}.{module}.synchronize()",
            cell_id=record.cell_id,
        ),
        lines=lines,
    )


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
    copied = (line_of(record, each.place) for each in record.transfers if each.target == "cpu")
    if any(first <= (line or 0) <= last for line in copied):
        return True
    calls = calls_below(program, [call for call in code.calls if first <= call.line <= last])
    return any(_WAITS.search(f"{call.name}(") for call in calls)
