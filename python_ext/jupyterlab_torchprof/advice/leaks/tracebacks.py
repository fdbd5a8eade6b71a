"""Memory that the last error keeps."""

from __future__ import annotations

import re

from ...record import CellRecord, Severity
from ..evidence.failures import error_lines
from ..evidence.held import (
    freed_after,
    held_bytes,
    is_kept_by_traceback,
    is_leak,
    is_share,
    latest,
    on_devices,
)
from ..evidence.releases import clear_traceback
from ..grammar import Case, Finding, Rule
from ..text.notebook import Later, Outlook

_MUCH = 0.1
_LITTLE = 0.01
_DEBUGS = re.compile(r"%(debug|tb)\b|\blast_(exc|traceback|value)\b|\bpost_mortem\b|\bpm\(")
_NO_FIX = "Nothing in the source has to change for this: the memory can be freed now."


class TracebackPinsTensors(Rule):
    """After an error Python and IPython keep the traceback, and with it all local variables of the
    functions that were running: batches, activations, whole models.

    Evidence: Storages that are reached from the frames of the last traceback and from no variable,
    after another cell has run, or at once when memory ran out.

    Fix: The action clears the traceback's frames; `%debug` and `%tb` will not work any more for
    this error.

    Silent: Right after the error, unless it was one of memory; below 16 MB and 1 % of the device.

    Sources:
        https://github.com/pytorch/pytorch/issues/27600
        https://github.com/ipython/ipython/issues/11572

    Notes: Right after the error the user may be about to debug, and a cell that has not run may be
    there to do so. A later error of another cell takes the place of this one, and the advice goes.

    Prediction: memory after the last run less the bytes held, on the device that has most. High
    where memory ran out or they keep a tenth of the device; low below 1 % of it.
    """

    id = "traceback-pins-tensors"
    severity = "high"
    alters = "nothing"
    waits = True
    leftover = True
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """What the last run found in the frames of this run's error, if no other came later."""
        record, now = case.record, latest(case.record, case.history)
        if record.status == "ok" or (now is record and record.out_of_memory is None):
            return None
        failed = [run for run in case.history if run.status != "ok"]
        if failed and failed[-1] is not record:
            return None
        holders = [
            holder
            for holder in now.holders
            if is_kept_by_traceback(holder)
            and holder.execution_count in (record.execution_count, None)
        ]
        held = held_bytes(holders)
        if not is_leak(now, held):
            return None
        size = on_devices(held)
        return Finding(
            title=f"The traceback of this error keeps {size} alive.",
            explanation=(
                "Python keeps the local variables of the functions that the error passed through, "
                f"so that it can be debugged, and they hold {size} that no variable of the "
                "notebook holds. Cells that succeed do not free it, only the next error does. "
                "Clear the traceback if you have finished with it: %debug will not work any more."
            ),
            evidence=[
                f"`{holder.name}` ({holder.what}) keeps {on_devices(holder.unique_bytes)} alive."
                for holder in holders
            ],
            remedy=case.by_hand(
                _NO_FIX, lines=error_lines(record), actions=[clear_traceback(held)]
            ),
            prediction=freed_after(now, held),
            severity=_severity(record, now, held),
            outlook=lambda later: _outlook(record, later),
        )

    def awaits(self, record: CellRecord) -> bool:
        """It failed."""
        return record.status != "ok"

    def is_stirred(self, now: CellRecord) -> bool:
        """A traceback keeps something."""
        return any(map(is_kept_by_traceback, now.holders))


def _severity(record: CellRecord, now: CellRecord, held: dict[str, int]) -> Severity:
    """By what the frames keep of what there is."""
    if record.out_of_memory is not None or is_share(now, held, _MUCH):
        return "high"
    return "medium" if is_share(now, held, _LITTLE) else "low"


def _outlook(record: CellRecord, later: Later) -> Outlook:
    """Whether no cell is to look at the frames."""
    debugs = any(map(_DEBUGS.search, later.waiting(record)))
    return Outlook.NEEDED if debugs else Outlook.UNSAFE
