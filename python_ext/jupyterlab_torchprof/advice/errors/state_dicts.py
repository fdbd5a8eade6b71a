"""State dicts whose keys are not those of the module."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import Fix, KeyMismatch
from ...words import code_list, count_of
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Call, read
from .cause import Cause, by_hand_at, failure_of
from .pretrained import MISMATCHED, pretrained

_MESSAGE = "Error(s) in loading state_dict for "
_SHOWN = 3
_WRAPPERS = {
    "module.": "`nn.DataParallel` and `DistributedDataParallel` leave it",
    "_orig_mod.": "`torch.compile` leaves it",
}


class StateDictKeys(Rule):
    """A state dict has other keys, or tensors of other sizes, than the module that is to load it.

    Evidence: PyTorch's error, or that of a library's `from_pretrained`, with the keys of both
    sides: how many fit, are missing, are unexpected or differ in size, the prefix in which they
    differ, and the dictionary of tensors that lies in a checkpoint.

    Fix: Takes the prefix from the keys (or adds it), or loads the dictionary that lies within, or
    both, where then each key of the module has its counterpart.

    Silent: For dictionaries that fit, and for loads with `strict=False`.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict

    Notes: The wording is that of PyTorch 2.4 to 2.15; the keys are read from it and from what was
    to be loaded. `strict=False` is never advised: it would hide that nothing was loaded. Of
    `from_pretrained` in transformers and diffusers the sizes are told, which transformers only
    writes to a log.
    """

    id = "state-dict-keys"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error, and how the keys differ."""
        failure = failure_of(case, _MESSAGE, MISMATCHED, names=("RuntimeError", "ValueError"))
        keys = failure.error.keys if failure is not None else None
        if failure is None or keys is None:
            return None
        message = failure.error.message
        cause = pretrained(keys, message) if MISMATCHED in message else _cause(keys)
        return Finding(
            title=cause.title,
            explanation=cause.advice,
            evidence=list(_facts(keys)),
            remedy=_remedy(case, failure, keys),
        )


def _cause(keys: KeyMismatch) -> Cause:
    module = f"`{keys.module}`"
    if keys.nested is not None:
        return _checkpoint(keys)
    if keys.around is not None:
        return Cause(
            f"A checkpoint was given to {module}: the state dict in it lies under "
            f"`{keys.around}`, and its keys are others, too.",
            "A checkpoint holds more than a model: its optimizer, the epoch. Load that part, and "
            "choose the keys of it that are the model's.",
        )
    if keys.prefix is not None and keys.besides_count:
        return Cause(
            f"{module} is a part of what was saved: its keys begin with `{keys.prefix}` there, "
            f"beside {count_of(keys.besides_count, 'other key')}.",
            "Those keys without it are all that it has, and each fits.",
        )
    if keys.prefix is not None:
        left = _WRAPPERS.get(keys.prefix)
        why = f" {left} when the state of the wrapped model is saved." if left else ""
        return Cause(
            f"All keys of the state dict begin with `{keys.prefix}`, and those of {module} do not.",
            f"Without it each key fits.{why}",
        )
    if keys.lacks_prefix is not None:
        wrapped = (
            f" Or load into the model within: `{keys.module}.{keys.lacks_prefix}load_state_dict`."
            if keys.lacks_prefix in _WRAPPERS
            else ""
        )
        return Cause(
            f"All keys of {module} begin with `{keys.lacks_prefix}`, and those of the state dict "
            "do not.",
            f"With it each key fits.{wrapped}",
        )
    if keys.sizes_count and not keys.missing_count and not keys.unexpected_count:
        return Cause(
            f"{count_of(keys.sizes_count, 'parameter')} of {module} "
            f"{'has' if keys.sizes_count == 1 else 'have'} another size in the state dict.",
            "The names fit, so it is of a model that was made with other numbers: make this one "
            "with the same, or leave these keys out if they are to be trained anew, as a new head.",
        )
    matched = "" if keys.matched_count is None else f", fitting: {keys.matched_count:,}"
    return Cause(
        f"The state dict does not fit {module}: keys missing: {keys.missing_count:,}, "
        f"unexpected: {keys.unexpected_count:,}{matched}.",
        "It is of another model, or of another version of this one. If only a part is to be "
        "loaded, choose its keys; `strict=False` would also hide what is missing by mistake.",
    )


def _checkpoint(keys: KeyMismatch) -> Cause:
    """A dictionary around the state dict, as trainers save it."""
    differs = ""
    if keys.prefix is not None:
        differs = (
            f" Its keys there begin with `{keys.prefix}`, as in what held it when it was saved; "
            "without that each fits."
        )
    elif keys.lacks_prefix is not None:
        differs = f" With `{keys.lacks_prefix}` before its keys there each fits."
    return Cause(
        f"The state of `{keys.module}` lies under `{keys.nested}` in what is loaded.",
        "A checkpoint holds more than a model: its optimizer, the epoch. Load the part that is the "
        f"model's.{differs}",
    )


def _facts(keys: KeyMismatch) -> list[str]:
    found: list[str] = []
    for what, names, count in (
        ("Missing", keys.missing, keys.missing_count),
        ("Unexpected", keys.unexpected, keys.unexpected_count),
    ):
        if count:
            more = f" and {count - _SHOWN:,} more" if count > _SHOWN else ""
            shown = names[:_SHOWN]
            listed = code_list(shown) if not more else ", ".join(f"`{name}`" for name in shown)
            found.append(f"{what}: {listed}{more}.")
    if keys.sizes_count:
        others = keys.sizes_count - _SHOWN
        shown = [*keys.sizes[:_SHOWN], *([f"{others:,} more"] if others > 0 else [])]
        found.append(f"Other sizes: {'; '.join(shown)}.")
    return found


def _remedy(case: Case, failure: Failure, keys: KeyMismatch) -> Callable[[], Remedy]:
    cell, call = failure.code, _call(failure)
    change = keys.prefix or keys.lacks_prefix or keys.nested
    if cell is None or call is None or change is None or failure.error.file_objects is not None:
        return by_hand_at(
            case,
            failure,
            "Which of them is the right one is for you to say."
            if change is None
            else "The call that loads it was not found on the failing line.",
        )

    def changed() -> Fix:
        states, where = fixes.state_dict, (cell.source, call.place, change)
        if keys.prefix is not None:
            return states.strip_prefix(
                *where,
                within=keys.nested,
                others=keys.besides_count > 0,
                cell_id=cell.cell_id,
            )
        if keys.lacks_prefix is not None:
            return states.add_prefix(*where, within=keys.nested, cell_id=cell.cell_id)
        return states.take(*where, cell_id=cell.cell_id)

    return case.edit(changed, lines=failure.lines, code=failure.elsewhere)


def _call(failure: Failure) -> Call | None:
    """The only call on the failing line that loads a state dict."""
    code = read(failure.code.source) if failure.code is not None else None
    line = failure.line or 0
    calls = [
        call
        for call in (code.calls if code is not None else ())
        if call.method == "load_state_dict" and call.place.line <= line <= call.place.end_line
    ]
    return calls[0] if len(calls) == 1 else None
