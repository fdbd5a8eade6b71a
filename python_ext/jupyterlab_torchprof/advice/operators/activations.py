"""Lines whose activations are most of a full memory."""

from __future__ import annotations

from collections.abc import Iterable

from ...record import DeepCheckpoint, DeepHeld, DeepMemory, DeepMoment, MemoryEntry
from ...units import format_bytes, format_percent, format_seconds
from ...words import count_of
from ..evidence.deep import Window, window_of
from ..evidence.memory import is_nearly_full, memory_entry
from ..grammar import Case, Finding, Rule
from ..text.sites import mentions

_SHARE = 0.4
_SAME = 0.98
"""A range that is narrower than this part of itself is one number."""
_FULL = 0.5
"""Of the memory that there is; with less the user has what is needed."""


class ActivationsByLine(Rule):
    """What one line computes in the forward is kept for the backward, and is most of what fills
    the memory. It can be computed again in the backward instead.

    Evidence: A deep profile of a training whose tensors took half of the device's memory, or of the
    machine's, at their peak, 40 % of that made in the forward by one line.

    Fix: By hand: `checkpoint(…, use_reentrant=False)` around what the line calls. Its forward,
    whose seconds are told, then runs twice. Where calls of modules can be told apart, those that
    lower the peak most are named, with the peak that is left.

    Silent: Where there is memory enough; where some cell uses checkpointing; where
    `activation-checkpointing` speaks of the same device.

    Sources:
        https://docs.pytorch.org/docs/stable/checkpoint.html

    Notes: The peak that is left is reckoned from how long each block of a step lives.
    """

    id = "activations-by-line"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The line, if memory is short."""
        window = window_of(case.record)
        if window is None or not window.phase_s("backward"):
            return None
        for memory in window.deep.memory:
            held = next((each for each in memory.held if each.place is not None), None)
            if held is None or held.phase != "forward":
                continue
            if held.held_bytes < _SHARE * memory.peak_bytes or not _is_short(memory, case):
                continue
            if not mentions(case.program, "checkpoint(", "checkpointing", "checkpoint_seq"):
                return _finding(case, window, memory, held)
        return None


def _is_short(memory: DeepMemory, case: Case) -> bool:
    """Whether the device is half full of it, and the always-on rule leaves it to us."""
    entry = memory_entry(case.record, "host" if memory.device == "cpu" else memory.device)
    if entry is None or not entry.total_bytes:
        return False
    return memory.peak_bytes >= _FULL * entry.total_bytes and not _is_of_others(entry)


def _is_of_others(entry: MemoryEntry) -> bool:
    return entry.device != "host" and is_nearly_full(entry.peak_bytes, entry)


def _finding(case: Case, window: Window, memory: DeepMemory, held: DeepHeld) -> Finding:
    lines = (each for each in window.deep.lines if each.place == held.place)
    line = next(lines, None)
    again = 0.0 if line is None else line.host_s / window.steps
    share, size = held.held_bytes / memory.peak_bytes, format_bytes(held.held_bytes)
    ways = [each for each in memory.checkpoints if each.moments and each.least]
    where = "the host" if memory.device == "cpu" else memory.device
    return Finding(
        title=f"One line's activations are {format_percent(share)} of the peak on {where}: {size}.",
        explanation=(
            "They are kept until the backward has passed the line. With activation checkpointing "
            f"its forward runs again then, which takes {format_seconds(again)} in each step, and "
            "only its inputs are kept."
        ),
        evidence=[
            f"At the peak of the recorded steps {format_bytes(memory.peak_bytes)} of new tensors "
            f"were on {where}; {held.blocks:,} with {size} were made by this line's forward.",
            *(_with_checkpoints(each, memory) for each in ways[:1]),
        ],
        remedy=case.by_hand_there(
            "By hand: write `checkpoint(function, x, use_reentrant=False)` of "
            "torch.utils.checkpoint for `function(x)`, on this line or on those that it calls.",
            held.place,
        ),
    )


def _with_checkpoints(way: DeepCheckpoint, memory: DeepMemory) -> str:
    """What the peak would be, with all that stands."""
    measured, least, most = map(_peak, (memory.moments, way.least, way.moments))
    rest = len(way.modules) - 1
    beside = f" and {count_of(rest, 'other module')}" if rest else ""
    left = f"at most {format_bytes(most)}"
    if least < _SAME * most:
        left = f"between {format_bytes(least)} and {format_bytes(most)}"
    return (
        f"With checkpoints of `{way.modules[0]}`{beside} the peak of a step, "
        f"{format_bytes(measured)} with what stood before, would be {left}, and "
        f"{format_seconds(way.again_s)} of forwards would run twice in it."
    )


def _peak(moments: Iterable[DeepMoment]) -> int:
    return max((sum(part.held_bytes for part in each.parts) for each in moments), default=0)
