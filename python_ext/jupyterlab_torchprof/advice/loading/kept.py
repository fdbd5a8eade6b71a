"""Checkpoints that stay in memory beside the model that they were loaded into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import Action, CellRecord, Checkpoint, Prediction, Severity
from ..leaks.held import freed_after, is_leak, latest, on_devices
from ..lifetime import cell_key
from ..rule import Remedy, Rule

_PATIENCE = 2
"""So many other cells have to run without a word of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that has done its work."""

    record: CellRecord
    checkpoint: Checkpoint
    """As it is now."""
    now: CellRecord


class StateDictKept(Rule[Kept]):
    """A loaded state dict stays alive after the model has got its values.

    The finding is a result of ``torch.load`` that went into ``load_state_dict`` in this run, that
    a variable still holds with at least 16 MB (or 1 % of the device) of storages which no module
    shares, and that no cell has mentioned since while two other cells ran: training that goes on
    may need its optimizer state later.

    Prediction, on a device: memory after the last run less those bytes. The fix deletes the name
    at the end of the cell, the action deletes it now.
    """

    id: ClassVar[str] = "state-dict-kept"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "A loaded checkpoint stays in memory beside the model that got its values: everything is "
        "there twice."
    )
    proof: ClassVar[str] = (
        "A result of `torch.load` that was passed to `load_state_dict`, its bytes that no module "
        "shares, and two other cells that ran without mentioning it."
    )
    cure: ClassVar[str] = "Deletes the name at the end of the cell, or now."
    silent: ClassVar[str] = (
        "Below 16 MB and 1 % of the device; while later cells still mention the name; with "
        "`assign=True`, where the model took the tensors over."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/recipes/recipes/module_load_state_dict_tips.html",
    )
    waits: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Kept | None:
        """See the class."""
        now = latest(record, history)
        if record.status != "ok" or now is record:
            return None
        for entry in record.checkpoints:
            if entry.loaded_line is None or not entry.variable.isidentifier():
                continue
            still = next(
                (each for each in now.checkpoints if each.variable == entry.variable), None
            )
            if still is None or still.loaded_into is None or not is_leak(now, still.unique_bytes):
                continue
            if _is_over(entry.variable, record, history):
                return Kept(record, still, now)
        return None

    def title(self, finding: Kept) -> str:
        """One sentence."""
        checkpoint = finding.checkpoint
        return (
            f"`{checkpoint.variable}` keeps {on_devices(checkpoint.unique_bytes)} beside "
            f"`{checkpoint.loaded_into}`."
        )

    def explanation(self, finding: Kept) -> str:
        """What happens and what can be done."""
        checkpoint = finding.checkpoint
        return (
            f"`{checkpoint.loaded_into}` has copies of the values, and nothing has used "
            f"`{checkpoint.variable}` since. Its tensors stay in memory until the name is bound "
            "again or deleted."
        )

    def evidence(self, finding: Kept) -> list[str]:
        """Facts of the record."""
        checkpoint = finding.checkpoint
        return [
            f"`{checkpoint.variable}` was loaded into `{checkpoint.loaded_into}`, and no module "
            f"shares {on_devices(checkpoint.unique_bytes)} of it.",
            "At least two other cells have run since, and none mentions it.",
        ]

    def prediction(self, finding: Kept) -> Prediction | None:
        """Memory without it."""
        return freed_after(finding.now, finding.checkpoint.unique_bytes)

    def remedy(self, finding: Kept) -> Remedy:
        """Delete the name, at the end of the cell and now."""
        from ...fixes.release import CannotFix, delete_after  # libcst takes a while to import

        record, name = finding.record, finding.checkpoint.variable
        line = next(
            (each.loaded_line for each in record.checkpoints if each.variable == name), None
        )
        lines = [line] if line else []
        action = Action(
            kind="delete_names",
            title=f"Delete {name}",
            description=f"Deletes `{name}`. Load the file again if you need it later.",
            targets=[name],
            expected_bytes=finding.checkpoint.unique_bytes,
        )
        try:
            fix = delete_after(record.source, [name], cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, actions=[action])
        return Remedy(fix=fix, lines=lines, actions=[action])


def _is_over(name: str, record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether enough other cells have run since, and none has the name."""
    index = next((i for i, run in enumerate(history) if run is record), len(history))
    word = re.compile(rf"\b{re.escape(name)}\b")
    later = [run for run in history[index + 1 :] if cell_key(run) != cell_key(record)]
    if any(name in run.source and word.search(run.source) for run in later):
        return False
    return len({cell_key(run) for run in later}) >= _PATIENCE
