"""Models that live on after their variable was bound to a new one."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Sequence

from ... import fixes
from ...record import Action, CellRecord, Holder
from ...words import code_list, enumerate_words
from ..evidence.held import freed_after, held_bytes, is_leak, latest, on_devices
from ..evidence.modules import called_functions
from ..evidence.releases import clear_traceback, delete_names, release_outputs
from ..evidence.runs import cells_after
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Place, dotted, imports_of, read, resolve
from ..text.first_uses import name_uses
from ..text.functions import DEFINITIONS, Function, functions_in, shares

_OUTPUT = re.compile(r"Out\[(\d+)\]")
_TRACEBACK = "traceback"


class OldModelAlive(Rule):
    """A cell that builds a model ran again, and its optimizer, an output or a traceback keeps the
    model before alive: both take memory.

    Evidence: A weak reference to what the variable held before is still alive after the next cell,
    its storages belong to no variable, and what keeps it is known.

    Fix: Sets the variables to `None` above the statement that builds the model, so that the old one
    is freed first; the actions free it now.

    Silent: Ensembles, EMA copies, teachers and students, which variables hold; unknown keepers;
    below 16 MB and 1 % of the device.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory

    Notes: An optimizer or a scheduler must be among the keepers; what outputs or the traceback
    alone keep is the matter of out-cache-tensor and traceback-pins-tensors. A trainer, or anything
    else, may keep it on purpose. The next cell may be the one that makes the optimizer anew, so the
    rule waits for it. Nothing is said where the new object is made from the old.

    Prediction: memory after the last run less the bytes held, on the device that has most.

    The fix writes `None`, since `del` would fail when the notebook is run afresh.
    """

    id = "old-model-alive"
    severity = "high"
    alters = "nothing"
    waits = True
    leftover = True

    def find(self, case: Case) -> Finding | None:
        """What variables of this run held before, if optimizers keep it after another run."""
        record, now = case.record, latest(case.record, case.history)
        old = _kept_by_optimizers(case, now) if cells_after(record, case.history) else []
        held = held_bytes(old)
        if not is_leak(now, held):
            return None
        names = code_list([holder.name for holder in old])
        held_by = list(dict.fromkeys(name for holder in old for name in holder.held_by))
        return Finding(
            title=f"The {names} of before is still alive: {on_devices(held)}.",
            explanation=(
                f"This cell bound {names} again, but {_listed(held_by)} still refers to what it "
                f"was before, so that both are in memory: {on_devices(held)} for the old one."
            ),
            evidence=[
                f"The old `{holder.name}` ({holder.what}) takes "
                f"{on_devices(holder.unique_bytes)} and is kept by {_listed(holder.held_by)}."
                for holder in old
            ],
            remedy=_remedy(case, old, held_by, held),
            prediction=freed_after(now, held),
        )

    def is_stirred(self, now: CellRecord) -> bool:
        """Something keeps what a variable held before."""
        return any(holder.kind == "old_object" for holder in now.holders)


def _kept_by_optimizers(case: Case, now: CellRecord) -> list[Holder]:
    """What variables held until this run bound them, if all that keeps it is known."""
    holders = [
        holder
        for holder in now.holders
        if holder.kind == "old_object" and _binds_anew(case, holder.name)
    ]
    optimizers = _optimizers(now, case.history) if holders else set()
    return [holder for holder in holders if _is_known(holder.held_by, optimizers)]


def _is_known(held_by: Sequence[str], optimizers: Collection[str]) -> bool:
    """Whether all that keeps an object is known, and an optimizer among it."""
    others = [name for name in held_by if name not in optimizers]
    known = all(name == _TRACEBACK or _OUTPUT.fullmatch(name) for name in others)
    return known and len(others) < len(held_by)


def _binds_anew(case: Case, name: str) -> bool:
    """Whether the run binds the name before it reads it, and no later one does."""
    sources = {run.source for run in case.history if name in run.source}
    binders = [each for text in sources for each in functions_in(text) if shares(each, name)]
    for run in reversed(case.history):
        code = read(run.source) if run.source in sources else None
        parts: list[ast.Module | Function] = [] if code is None else [code.tree]
        reached = called_functions(run, case.history) if binders else []
        kind = _first_use(name, [*parts, *(each for each in reached if each in binders)])
        if kind is not None:
            return run is case.record and kind == "bound"
    return False


def _first_use(name: str, parts: Sequence[ast.Module | Function]) -> str | None:
    """How the part that binds a variable first meets it; ``None``: none of them binds it."""
    for part in parts:
        body = [each for each in part.body if not isinstance(each, DEFINITIONS)]
        uses = name_uses(ast.unparse(ast.Module(body, [])))
        if uses is not None and name in uses.bound:
            return uses.first[name].kind
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


def _remedy(
    case: Case, old: Sequence[Holder], held_by: Sequence[str], held: dict[str, int]
) -> Callable[[], Remedy]:
    """Let go before the new one is made, and now."""
    record, name = case.record, old[0].name
    outputs = [match.group(1) for match in map(_OUTPUT.fullmatch, held_by) if match]
    optimizers = [each for each in held_by if each != _TRACEBACK and not _OUTPUT.fullmatch(each)]
    actions = _actions(optimizers, outputs, _TRACEBACK in held_by, held)
    place = binding(record.source, name)
    if place is None:
        why = f"`{name}` is not bound by a statement at top level. Above the one that binds it, "
        why += f"set {code_list([name, *optimizers])} to `None`."
        return case.by_hand(why, actions=actions)
    names = list(dict.fromkeys([*(holder.name for holder in old), *optimizers]))
    return case.edit(
        lambda: fixes.release.release_before(record.source, place, names, cell_id=record.cell_id),
        lines=[place.line],
        actions=actions,
    )


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


def _actions(
    optimizers: Sequence[str], outputs: Sequence[str], in_frames: bool, held: dict[str, int]
) -> list[Action]:
    # Where several kinds of things keep it, none of the actions alone frees anything.
    expected = {} if outputs or in_frames else held
    remark = ", made for the old model. Run the cell that makes it again before you train on."
    actions = [delete_names(optimizers, remark, expected)]
    if outputs:
        actions.append(release_outputs(outputs, expected))
    if in_frames:
        actions.append(clear_traceback(expected))
    return actions


def _listed(held_by: Sequence[str]) -> str:
    return enumerate_words(
        ["the last traceback" if name == _TRACEBACK else f"`{name}`" for name in held_by]
    )
