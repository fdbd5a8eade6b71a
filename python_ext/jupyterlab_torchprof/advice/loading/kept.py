"""Checkpoints that stay in memory beside the model that they were loaded into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import Action, CellRecord, Checkpoint, Prediction, Severity
from ...words import code_list
from ..evidence.held import freed_after, is_leak, latest, on_devices
from ..evidence.runs import later_runs, place_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import cell_key
from ..text.deletion import outlook_for_names
from ..text.names import name_uses, reads_in_function
from ..text.notebook import Later, Outlook

_WORD = re.compile(r"[^\W\d]\w*")
_PATIENCE = 2
"""So many other cells have to run without a word of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that has done its work."""

    record: CellRecord
    names: list[str]
    """The variables that hold it or a part of it."""
    module: str
    line: int
    """Of the ``load_state_dict``."""
    held: dict[str, int]
    """Bytes by device that no module shares."""
    now: CellRecord
    taken: frozenset[str]
    """Words of all cells, which a fix does not use for names of its own."""


class StateDictKept(OldRule[Kept]):
    """A loaded state dict stays alive after the model has got its values.

    The finding is a result of ``torch.load`` that went into ``load_state_dict`` in this run, that
    variables still hold (the whole and a part of it count as one) with at least 16 MB (or 1 % of
    the device) of storages which no module shares, and that no cell has mentioned since while two
    other cells ran, nor does a function or a cell that has not run: training that goes on may need
    its optimizer state.

    Prediction, on a device: memory after the last run less those bytes. The fix deletes the names
    at the end of the cell, the action deletes them now. The fix is refused where another cell
    binds one of them: this cell could not run again by itself. It is safe where all cells are
    known.
    """

    id: ClassVar[str] = "state-dict-kept"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "A loaded checkpoint stays in memory beside the model that got its values: everything is "
        "there twice."
    )
    proof: ClassVar[str] = (
        "A result of `torch.load` that was passed to `load_state_dict`, its bytes that no module "
        "shares, and two other cells that ran without mentioning it."
    )
    cure: ClassVar[str] = "Deletes the names at the end of the cell, or now."
    silent: ClassVar[str] = (
        "Below 16 MB and 1 % of the device; while later cells, run or not, or functions mention "
        "the names; with `assign=True`, where the model took the tensors over."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/recipes/recipes/module_load_state_dict_tips.html",
    )
    waits: ClassVar[bool] = True
    leftover: ClassVar[bool] = True
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Kept | None:
        """See the class."""
        now = latest(record, history)
        if record.status != "ok" or now is record:
            return None
        for entry in record.checkpoints:
            if entry.loaded_line is None or entry.loaded_into is None:
                continue
            of_load = {
                each.variable
                for each in record.checkpoints
                if each.loaded_line == entry.loaded_line
            }
            still = [each for each in now.checkpoints if each.variable in of_load]
            held = _held(still)
            names = [each.variable for each in still]
            if (
                is_leak(now, held)
                and all(each.loaded_into for each in still)
                and all(_is_over(name, record, history) for name in names)
            ):
                taken = frozenset(name for run in history for name in _WORD.findall(run.source))
                into, line = entry.loaded_into, entry.loaded_line
                return Kept(record, names, into, line, held, now, taken)
        return None

    def awaits(self, record: CellRecord) -> bool:
        """A model has taken over what it loaded."""
        return record.status == "ok" and any(
            entry.loaded_line is not None and entry.loaded_into is not None
            for entry in record.checkpoints
        )

    def is_stirred(self, now: CellRecord) -> bool:
        """Something loaded is still there."""
        return bool(now.checkpoints)

    def outlook(self, finding: Kept, later: Later) -> Outlook:
        """Whether no cell has the names."""
        return outlook_for_names(finding.names, finding.record, later)

    def title(self, finding: Kept) -> str:
        """One sentence."""
        keep = "keeps" if len(finding.names) == 1 else "keep"
        return (
            f"{code_list(finding.names)} {keep} {on_devices(finding.held)} beside "
            f"`{finding.module}`."
        )

    def explanation(self, finding: Kept) -> str:
        """What happens and what can be done."""
        one = len(finding.names) == 1
        return (
            f"`{finding.module}` has copies of the values, and nothing has used "
            f"{code_list(finding.names)} since. The tensors stay in memory until "
            f"{'the name is' if one else 'all of these names are'} bound again or deleted."
        )

    def evidence(self, finding: Kept) -> list[str]:
        """Facts of the record."""
        was = "was" if len(finding.names) == 1 else "were"
        return [
            f"{code_list(finding.names)} {was} loaded into `{finding.module}`, and no module "
            f"shares {on_devices(finding.held)} of it.",
            "At least two other cells have run since without mentioning it.",
        ]

    def prediction(self, finding: Kept) -> Prediction | None:
        """Memory without it."""
        return freed_after(finding.now, finding.held)

    def remedy(self, finding: Kept) -> Remedy:
        """Delete the names, at the end of the cell and now."""
        from ...fixes.release import CannotFix, delete_after  # libcst takes a while to import

        record, names, lines = finding.record, finding.names, [finding.line]
        action = Action(
            kind="delete_names",
            title=f"Delete {', '.join(names)}",
            description=f"Deletes {code_list(names)}. Load the file again if you need it later.",
            targets=names,
            expected_bytes=finding.held,
        )
        uses = name_uses(record.source)
        first = uses.first if uses is not None else {}
        foreign = [name for name in names if name not in first or first[name].kind != "bound"]
        if foreign:
            refusal = (
                f"Another cell makes {code_list(foreign)}, and this one could not run again "
                "without it: delete it now, or load and use the file in one cell."
            )
            return Remedy(refusal=refusal, lines=lines, actions=[action])
        try:
            fix = delete_after(record.source, names, cell_id=record.cell_id, taken=finding.taken)
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=lines, actions=[action])
        return Remedy(fix=fix, lines=lines, actions=[action])


def _held(parts: Sequence[Checkpoint]) -> dict[str, int]:
    """What the whole and its parts hold together: at least what the largest of them does."""
    held: dict[str, int] = {}
    for part in parts:
        for device, count in part.unique_bytes.items():
            held[device] = max(count, held.get(device, 0))
    return held


def _is_over(name: str, record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether enough other cells have run since, none has the name, and no function needs it."""
    if not name.isidentifier():
        return False
    word = re.compile(rf"\b{re.escape(name)}\b")
    later = [run for run in later_runs(record, history) if cell_key(run) != cell_key(record)]
    if any(name in run.source and word.search(run.source) for run in later):
        return False
    if len({cell_key(run) for run in later}) < _PATIENCE:
        return False
    return not any(
        reads_in_function(run.source, name)
        for run in history[: place_of(record, history) + 1]
        if name in run.source
    )
