"""Change the construction of an optimizer."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "adam_to_adamw", "add_option"]

_WEIGHT_DECAY = 4
"""Position of ``weight_decay`` among Adam's arguments."""


def adam_to_adamw(
    source: str,
    place: Place,
    *,
    imports: Mapping[str, str],
    torch_name: str | None,
    cell_id: str | None,
    has_decay: bool = False,
) -> Fix:
    """Make the ``Adam(…)`` at ``place`` an ``AdamW(…)``.

    AdamW's default weight decay is 0.01: where the call gives none, 0.0 is spelled out.
    ``imports``: what names stand for; ``torch_name``: the namespace's name of PyTorch;
    ``has_decay``: whatever a dictionary passes, it gave weight decay and nothing that AdamW does
    not know. Raises CannotFix where the arguments cannot be seen or AdamW cannot be named.
    """
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    hidden = {argument.star for argument in call.args} - {""}
    if hidden and not (has_decay and hidden == {"**"}):
        raise CannotFix(f"Line {place.line} passes arguments that the text does not show.")
    keywords = {argument.keyword.value for argument in call.args if argument.keyword is not None}
    if "decoupled_weight_decay" in keywords:
        raise CannotFix(f"Line {place.line} says itself how weights decay.")
    function = call.func
    if isinstance(function, cst.Attribute):
        rewrite.replace(function.attr, "AdamW")
    else:
        rewrite.replace(function, _name_of_adamw(imports, torch_name))
    positional = sum(argument.keyword is None for argument in call.args)
    if "weight_decay" not in keywords and positional <= _WEIGHT_DECAY and not hidden:
        rewrite.add_argument(call, "weight_decay=0.0")
    return rewrite.fix(f"Use AdamW on line {place.line}")


def add_option(source: str, place: Place, option: str, value: str, *, cell_id: str | None) -> Fix:
    """Give the optimizer that is made at ``place`` an option.

    Raises CannotFix where it may have the option already.
    """
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    for argument in call.args:
        if argument.star:
            raise CannotFix(f"Line {place.line} passes arguments that the text does not show.")
        if argument.keyword is not None and argument.keyword.value == option:
            raise CannotFix(f"Line {place.line} says itself what {option} is.")
    rewrite.add_argument(call, f"{option}={value}")
    return rewrite.fix(f"Pass {option}={value} on line {place.line}")


def _name_of_adamw(imports: Mapping[str, str], torch_name: str | None) -> str:
    for name, full in imports.items():
        if full == "torch.optim.AdamW":
            return name
    for name, full in imports.items():
        if full == "torch.optim":
            return f"{name}.AdamW"
    if torch_name is not None:
        return f"{torch_name}.optim.AdamW"
    raise CannotFix("AdamW is not imported: import it from torch.optim.")
