"""Checkpoints that stay in memory beside the model that they were loaded into."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ... import fixes
from ...record import Action, CellRecord, Checkpoint
from ...words import code_list
from ..evidence.held import freed_after, is_leak, latest, on_devices
from ..evidence.releases import delete_names
from ..evidence.runs import cells_after, later_runs, place_of
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import imports_of, read
from ..text.deletion import binds_first, outlook_for_names, word_of
from ..text.functions import functions_in, shares, within_functions
from ..text.notebook import has_word
from ..text.program import cell_key
from ..text.uses.owners import has_own_readers_only
from ..text.uses.scopes import reads_in_function

_WORD = re.compile(r"[^\W\d]\w*")
_PATIENCE = 2
"""So many other cells have to run without a word of it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A checkpoint that has done its work."""

    names: list[str]
    """The variables that hold it or a part of it."""
    module: str
    line: int
    """Of the ``load_state_dict``."""
    held: dict[str, int]
    """Bytes by device that no module shares."""


class StateDictKept(Rule):
    """A loaded checkpoint stays in memory beside the model that got its values: everything is there
    twice.

    Evidence: A dictionary that `torch.load` or safetensors' `load_file` returned and that was
    passed to `load_state_dict`, its bytes that no module shares, and two other cells that ran
    without mentioning it.

    Fix: Deletes the names at the end of the cell, or now.

    Silent: Below 16 MB and 1 % of the device; for tensors that lie in a mapped file (`mmap=True`,
    `load_file` to the CPU), whose memory the system takes back when it needs it; while later
    cells, run or not, or functions mention the names; for attributes that something may read
    without their names (`vars`, `asdict`, a method of a module); with `assign=True`, where the
    model took the tensors over.

    Sources:
        https://docs.pytorch.org/tutorials/recipes/recipes/module_load_state_dict_tips.html

    Notes: Training that goes on may need the optimizer state of a checkpoint, so one mention is
    enough to say nothing. Predicted is, on a device, memory after the last run less those bytes; a
    checkpoint and a part of it count as one. No fix is given where another cell binds one of the
    names: this cell could not run again by itself. A function may need one if it binds it first.

    It may be an attribute, `trainer.checkpoint`; then its name must stand in one function or cell
    only, and the fix is never safe. Nothing is said where that does not prove that nobody reads
    it: where `trainer` is of a class that no cell defines or is handed on as a whole, if only to
    `print`, or a cell goes through attributes without their names.
    """

    id = "state-dict-kept"
    severity = "medium"
    alters = "nothing"
    waits = True
    leftover = True
    minds_later = True

    def awaits(self, record: CellRecord) -> bool:
        """A model has taken over what it loaded."""
        return record.status == "ok" and any(
            entry.loaded_place is not None and entry.loaded_into is not None
            for entry in record.checkpoints
        )

    def is_stirred(self, now: CellRecord) -> bool:
        """Something loaded is still there."""
        return bool(now.checkpoints)

    def find(self, case: Case) -> Finding | None:
        """A loaded checkpoint that variables still hold and nothing has mentioned since."""
        now = latest(case.record, case.history)
        kept = _kept(case, now)
        if kept is None:
            return None
        names, module, one = code_list(kept.names), kept.module, len(kept.names) == 1
        held = on_devices(kept.held)
        return Finding(
            title=f"{names} {'keeps' if one else 'keep'} {held} beside `{module}`.",
            explanation=(
                f"`{module}` has copies of the values, and nothing has used {names} since. The "
                f"tensors stay in memory until {'the name is' if one else 'all of these names are'}"
                " bound again or deleted."
            ),
            evidence=[
                f"{names} {'was' if one else 'were'} loaded into `{module}`, and no module shares "
                f"{held} of it.",
                "At least two other cells have run since without mentioning it.",
            ],
            prediction=freed_after(now, kept.held),
            outlook=partial(outlook_for_names, kept.names, case.record),
            remedy=_delete(case, kept),
        )


def _kept(case: Case, now: CellRecord) -> _Kept | None:
    """What the run loaded into a model and ``now`` still finds, if it is large and forgotten."""
    record = case.record
    if record.status != "ok" or now is record:
        return None
    for entry in record.checkpoints:
        into, line = entry.loaded_into, case.line(entry.loaded_place)
        if into is None or line is None:
            continue
        of_load = {
            each.variable for each in record.checkpoints if case.line(each.loaded_place) == line
        }
        still = [each for each in now.checkpoints if each.variable in of_load]
        names, held = [each.variable for each in still], _held(still)
        if (
            is_leak(now, held)
            and all(each.loaded_into for each in still)
            and all(_is_over(name, case) for name in names)
        ):
            return _Kept(names, into, line, held)
    return None


def _held(parts: Sequence[Checkpoint]) -> dict[str, int]:
    """What the whole and its parts hold together: at least what the largest of them does."""
    held: dict[str, int] = {}
    for part in parts:
        for device, count in part.unique_bytes.items():
            held[device] = max(count, held.get(device, 0))
    return held


def _is_over(name: str, case: Case) -> bool:
    """Whether enough other cells have run since, none has the name, and nothing else needs it."""
    record, history = case.record, case.history
    if len(cells_after(record, history)) < _PATIENCE:
        return False
    others = [run for run in later_runs(record, history) if cell_key(run) != cell_key(record)]
    if any(has_word(run.source, word_of(name)) for run in others):
        return False
    until_then = history[: place_of(record, history) + 1]
    if name.isidentifier():
        return not any(reads_in_function(run.source, name) for run in until_then)
    if len({scope for run in until_then for scope in _mentioned_in(word_of(name), run)}) != 1:
        return False
    texts = list(dict.fromkeys(run.source for run in history))
    return has_own_readers_only(name, texts, imports_of(history))


def _mentioned_in(word: str, run: CellRecord) -> Iterator[tuple[str, str | None]]:
    """The cells and functions that have a name for an attribute of anything."""
    code = read(run.source) if has_word(run.source, word) else None
    # ``model.state_dict()`` is a method's name, and no checkpoint.
    methods = {call.node.func for call in code.calls} if code is not None else set()
    for node, function in within_functions(code.tree) if code is not None else ():
        if isinstance(node, ast.Attribute) and node.attr == word and node not in methods:
            yield cell_key(run), function


def _delete(case: Case, kept: _Kept) -> Callable[[], Remedy]:
    """Delete the names, at the end of the cell and now."""
    record, names = case.record, kept.names
    actions = [_action(kept)] if all(map(str.isidentifier, names)) else []
    foreign = [name for name in names if not binds_first(record.source, name)]
    if foreign:
        why = _why_not(foreign, case.history)
        return case.by_hand(why, lines=[kept.line], actions=actions)
    return case.edit(
        lambda: fixes.release.delete_after(
            record.source,
            names,
            cell_id=record.cell_id,
            # A fix uses none of these for names of its own.
            taken={name for run in case.history for name in _WORD.findall(run.source)},
        ),
        lines=[kept.line],
        actions=actions,
    )


def _why_not(foreign: Sequence[str], history: Sequence[CellRecord]) -> str:
    """What to do by hand where the cell itself does not bind the names."""
    names, them = code_list(foreign), "it" if len(foreign) == 1 else "them"
    functions = [each for run in history for each in functions_in(run.source)]
    binders = [each for each in functions if any(shares(each, name) for name in foreign)]
    if binders or not all(map(str.isidentifier, foreign)):
        return (
            f"A function binds {names}: keep what the file holds in a variable of that function, "
            "which goes when the function has ended."
        )
    return (
        f"Another cell makes {names}, and this one could not run again without {them}: delete "
        f"{them} now, or load and use the file in one cell."
    )


def _action(kept: _Kept) -> Action:
    remark = ". Load the file again if you need it later."
    return delete_names(kept.names, remark, kept.held)
