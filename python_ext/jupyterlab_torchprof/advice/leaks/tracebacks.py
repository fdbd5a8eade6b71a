"""Memory that the last error keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import Action, CellRecord, Holder, Prediction, Severity
from ..evidence.held import (
    freed_after,
    held_bytes,
    is_kept_by_traceback,
    is_leak,
    is_share,
    latest,
    on_devices,
)
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.notebook import Later, Outlook

_MUCH = 0.1
_LITTLE = 0.01
_DEBUGS = re.compile(r"%(debug|tb)\b|\blast_(exc|traceback|value)\b|\bpost_mortem\b|\bpm\(")
_NO_FIX = "Nothing in the source has to change for this: the memory can be freed now."


@dataclass(frozen=True, slots=True)
class Pinned:
    """What the frames of an error keep."""

    record: CellRecord
    holders: list[Holder]
    held: dict[str, int]
    """Bytes by device."""
    now: CellRecord
    """The run that still found them."""


class TracebackPinsTensors(OldRule[Pinned]):
    """The frames of the last error keep their local variables alive.

    The finding is what the latest run's record found in the frames of this run's error and in no
    variable. On the failed run itself only when the device ran out of memory; otherwise once
    another cell has run and they are still held, for the user may be about to debug. A later
    error of another cell takes the place of this one, and the advice goes.

    Prediction: memory after the last run less the bytes held, on the device that has most.

    High where memory ran out or they keep a tenth of the device; low below 1 % of it.

    Silent below 16 MB and 1 % of the device, and where a cell that has not run is to debug the
    error. There is no fix, only the action, which says that
    post-mortem debugging ends with it.
    """

    id: ClassVar[str] = "traceback-pins-tensors"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "After an error Python and IPython keep the traceback, and with it all local variables "
        "of the functions that were running: batches, activations, whole models."
    )
    proof: ClassVar[str] = (
        "Storages that are reached from the frames of the last traceback and from no variable, "
        "after another cell has run, or at once when memory ran out."
    )
    cure: ClassVar[str] = (
        "The action clears the traceback's frames; `%debug` and `%tb` will not work any more for "
        "this error."
    )
    silent: ClassVar[str] = (
        "Right after the error, unless it was one of memory; below 16 MB and 1 % of the device."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://github.com/pytorch/pytorch/issues/27600",
        "https://github.com/ipython/ipython/issues/11572",
    )
    waits: ClassVar[bool] = True
    leftover: ClassVar[bool] = True
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Pinned | None:
        """See the class."""
        if record.status == "ok":
            return None
        now = latest(record, history)
        if now is record and record.out_of_memory is None:
            return None
        failed = [run for run in history if run.status != "ok"]
        if failed and failed[-1] is not record:
            return None
        holders = [
            holder
            for holder in now.holders
            if is_kept_by_traceback(holder)
            and holder.execution_count in (record.execution_count, None)
        ]
        held = held_bytes(holders)
        return Pinned(record, holders, held, now) if is_leak(now, held) else None

    def awaits(self, record: CellRecord) -> bool:
        """It failed."""
        return record.status != "ok"

    def is_stirred(self, now: CellRecord) -> bool:
        """A traceback keeps something."""
        return any(map(is_kept_by_traceback, now.holders))

    def outlook(self, finding: Pinned, later: Later) -> Outlook:
        """Whether no cell is to look at the frames."""
        debugs = any(map(_DEBUGS.search, later.waiting(finding.record)))
        return Outlook.NEEDED if debugs else Outlook.UNSAFE

    def title(self, finding: Pinned) -> str:
        """One sentence."""
        return f"The traceback of this error keeps {on_devices(finding.held)} alive."

    def explanation(self, finding: Pinned) -> str:
        """What happens and what can be done."""
        return (
            "Python keeps the local variables of the functions that the error passed through, so "
            f"that it can be debugged, and they hold {on_devices(finding.held)} that no variable "
            "of the notebook holds. Cells that succeed do not free it, only the next error does. "
            "Clear the traceback if you have finished with it: %debug will not work any more."
        )

    def evidence(self, finding: Pinned) -> list[str]:
        """Facts of the record."""
        return [
            f"`{holder.name}` ({holder.what}) keeps {on_devices(holder.unique_bytes)} alive."
            for holder in finding.holders
        ]

    def prediction(self, finding: Pinned) -> Prediction | None:
        """Memory without the frames."""
        return freed_after(finding.now, finding.held)

    def grade(self, finding: Pinned) -> Severity:
        """By what they keep of what there is."""
        if finding.record.out_of_memory is not None or is_share(finding.now, finding.held, _MUCH):
            return self.severity
        return "medium" if is_share(finding.now, finding.held, _LITTLE) else "low"

    def remedy(self, finding: Pinned) -> Remedy:
        """Only an action."""
        error = finding.record.error
        lines = [error.line] if error is not None and error.line is not None else []
        return Remedy(refusal=_NO_FIX, lines=lines, actions=[clear_traceback(finding.held)])


def clear_traceback(held: dict[str, int]) -> Action:
    """The action that frees what the last error keeps; ``held``: bytes by device."""
    return Action(
        kind="clear_traceback",
        title="Clear the traceback",
        description=(
            "Lets go of the last error's frames and their local variables. %debug and %tb will "
            "not work any more for this error; its text stays in the cell's output."
        ),
        expected_bytes=held,
    )
