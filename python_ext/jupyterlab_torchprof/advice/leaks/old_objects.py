"""Models that live on after their variable was bound to a new one."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import Action, CellRecord, Holder, Prediction, Severity
from ...words import code_list
from ..evidence.held import freed_after, held_bytes, is_leak, latest, on_devices
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Place, dotted, imports_of, read, resolve
from ..text.names import name_uses
from .outputs import release_outputs
from .tracebacks import clear_traceback

_OUTPUT = re.compile(r"Out\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Old:
    """What a variable held before the run bound it again, still alive."""

    record: CellRecord
    holders: list[Holder]
    held: dict[str, int]
    """Bytes by device."""
    keepers: list[str]
    """Optimizers and schedulers, by variable, that keep it."""
    outputs: list[str]
    """Execution counts of outputs that keep it."""
    traceback: bool
    now: CellRecord
    """The run that still found it."""


class OldModelAlive(OldRule[Old]):
    """A cell that makes a model ran again, and the model before is still in memory.

    The finding is what the record still found of the object that a variable of this run held
    before, and what keeps it: an optimizer or a scheduler made for it, perhaps an output or the
    last traceback, too. Given when the next cell has run and it is still there, for that may
    have been the cell that makes the optimizer anew. What outputs or the traceback alone keep is
    the matter of out-cache-tensor and traceback-pins-tensors.

    Prediction: memory after the last run less the bytes held, on the device that has most.

    Silent below 16 MB and 1 % of the device; for objects whose keeper is not known or is anything
    else, as an ensemble or a trainer, which may keep it on purpose; and where the new object is
    made from the old. The fix sets the variables to ``None`` above the statement (``del`` would
    fail when the notebook is run afresh), so that the old model is gone while the new one is
    made.
    """

    id: ClassVar[str] = "old-model-alive"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "A cell that builds a model ran again, and its optimizer, an output or a traceback keeps "
        "the model before alive: both take memory."
    )
    proof: ClassVar[str] = (
        "A weak reference to what the variable held before is still alive after the next cell, "
        "its storages belong to no variable, and what keeps it is known."
    )
    cure: ClassVar[str] = (
        "Sets the variables to `None` above the statement that builds the model, so that the old "
        "one is freed first; the actions free it now."
    )
    silent: ClassVar[str] = (
        "Ensembles, EMA copies, teachers and students, which variables hold; unknown keepers; "
        "below 16 MB and 1 % of the device."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory",
    )
    waits: ClassVar[bool] = True
    leftover: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Old | None:
        """See the class."""
        now = latest(record, history)
        holders = [holder for holder in now.holders if holder.kind == "old_object"]
        if not holders:
            return None
        uses = name_uses(record.source)
        if uses is None:
            return None
        optimizers = _optimizers(now, history)
        found: list[Holder] = []
        keepers: list[str] = []
        outputs: list[str] = []
        for holder in holders:
            first = uses.first.get(holder.name)
            if (
                first is None
                or first.kind != "bound"
                or _last_to_bind(holder.name, history) is not record
            ):
                continue
            counts = [match.group(1) for match in map(_OUTPUT.fullmatch, holder.held_by) if match]
            known = [name for name in holder.held_by if name in optimizers]
            rest = len(holder.held_by) - len(counts) - len(known) - ("traceback" in holder.held_by)
            if rest or not known or now is record:
                continue
            found.append(holder)
            keepers += [name for name in known if name not in keepers]
            outputs += [count for count in counts if count not in outputs]
        held = held_bytes(found)
        if not is_leak(now, held):
            return None
        pinned = any("traceback" in holder.held_by for holder in found)
        return Old(record, found, held, keepers, outputs, pinned, now)

    def is_stirred(self, now: CellRecord) -> bool:
        """Something keeps what a variable held before."""
        return any(holder.kind == "old_object" for holder in now.holders)

    def title(self, finding: Old) -> str:
        """One sentence."""
        names = code_list([holder.name for holder in finding.holders])
        return f"The {names} of before is still alive: {on_devices(finding.held)}."

    def explanation(self, finding: Old) -> str:
        """What happens and what can be done."""
        names = code_list([holder.name for holder in finding.holders])
        return (
            f"This cell bound {names} again, but {_keepers(finding)} still refers to what it was "
            f"before, so that both are in memory: {on_devices(finding.held)} for the old one."
        )

    def evidence(self, finding: Old) -> list[str]:
        """Facts of the record."""
        return [
            f"The old `{holder.name}` ({holder.what}) takes {on_devices(holder.unique_bytes)} and "
            f"is kept by {_plain(holder.held_by)}."
            for holder in finding.holders
        ]

    def prediction(self, finding: Old) -> Prediction | None:
        """Memory without the old objects."""
        return freed_after(finding.now, finding.held)

    def remedy(self, finding: Old) -> Remedy:
        """Let go before the new one is made, and now."""
        from ...fixes.release import CannotFix, release_before  # libcst takes a while to import

        record = finding.record
        names = [*dict.fromkeys([*(h.name for h in finding.holders), *finding.keepers])]
        place = binding(record.source, finding.holders[0].name)
        lines = [place.line] if place is not None else []
        actions = _actions(finding)
        if place is None:
            reason = f"`{finding.holders[0].name}` is not bound by a statement at top level."
            return Remedy(refusal=reason, lines=lines, actions=actions)
        try:
            fix = release_before(record.source, place, names, cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, actions=actions)
        return Remedy(fix=fix, lines=lines, actions=actions)


def binding(source: str, name: str) -> Place | None:
    """The first assignment of anything but ``None`` to a variable at top level."""
    code = read(source)
    for statement in code.tree.body if code is not None else ():
        if not isinstance(statement, ast.Assign):
            continue
        value = statement.value
        is_none = isinstance(value, ast.Constant) and value.value is None
        if not is_none and any(
            isinstance(target, ast.Name) and target.id == name for target in statement.targets
        ):
            return code.place(statement) if code is not None else None
    return None


def _last_to_bind(name: str, history: Sequence[CellRecord]) -> CellRecord | None:
    for run in reversed(history):
        if name in run.source:
            uses = name_uses(run.source)
            if uses is not None and name in uses.bound:
                return run
    return None


def _optimizers(now: CellRecord, history: Sequence[CellRecord]) -> set[str]:
    """Variables that hold optimizers or their schedulers."""
    names = {entry.variable for entry in now.optimizers if entry.variable}
    imports = imports_of(history)
    for run in history:
        if "optim" not in run.source and "cheduler" not in run.source and "LR(" not in run.source:
            continue
        code = read(run.source)
        for statement in code.tree.body if code is not None else ():
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                made = resolve(dotted(statement.value.func), imports)
                if made.startswith("torch.optim."):
                    names.update(t.id for t in statement.targets if isinstance(t, ast.Name))
    return names


def _keepers(finding: Old) -> str:
    return _plain([name for holder in finding.holders for name in holder.held_by])


def _plain(held_by: Sequence[str]) -> str:
    names = list(dict.fromkeys(held_by))
    code = [f"`{name}`" if name != "traceback" else "the last traceback" for name in names]
    return code[0] if len(code) == 1 else f"{', '.join(code[:-1])} and {code[-1]}"


def _actions(finding: Old) -> list[Action]:
    ways = bool(finding.keepers) + bool(finding.outputs) + finding.traceback
    # Of several keepers each alone frees nothing.
    expected = finding.held if ways == 1 else {}
    actions: list[Action] = []
    if finding.keepers:
        actions.append(
            Action(
                kind="delete_names",
                title=f"Delete {', '.join(finding.keepers)}",
                description=(
                    f"Deletes {code_list(finding.keepers)}, made for the old model. Run the cell "
                    "that makes it again before you train on."
                ),
                targets=finding.keepers,
                expected_bytes=expected,
            )
        )
    if finding.outputs:
        actions.append(release_outputs(finding.outputs, expected))
    if finding.traceback:
        actions.append(clear_traceback(expected))
    return actions
