"""Make tensors on the device where they are needed."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "create_on"]


def create_on(source: str, place: Place, *, cell_id: str | None, safe: bool = False) -> Fix:
    """Make ``torch.zeros(n).to(d)`` at ``place`` a ``torch.zeros(n, device=d)``.

    ``safe``: the factory makes the same values on every device.
    """
    rewrite = Rewrite(source, cell_id)
    move = rewrite.call(place)
    factory = move.func.value if isinstance(move.func, cst.Attribute) else None
    if not isinstance(factory, cst.Call) or not isinstance(move.func, cst.Attribute):
        raise CannotFix(f"Line {place.line} does not move what a call returns.")
    for argument in factory.args:
        if argument.star == "**":
            raise CannotFix(f"Line {place.line} passes arguments that the text does not show.")
        if argument.keyword is not None and argument.keyword.value in ("device", "out"):
            raise CannotFix(f"Line {place.line} says itself where the tensor is made.")
        if argument.keyword is not None and argument.keyword.value == "pin_memory":
            raise CannotFix(f"Line {place.line} makes a pinned tensor.")
        if argument.keyword is not None and argument.keyword.value == "requires_grad":
            raise CannotFix(f"Line {place.line} makes a leaf, of which the copy is none.")
    told = [each for each in move.args if each.keyword is None or each.keyword.value == "device"]
    device = rewrite.code(told[0].value) if told else ""
    if move.func.attr.value == "cuda":
        if device and not device.isdigit():
            raise CannotFix(f"Line {place.line} passes cuda() what may be an index or a device.")
        device = f'"cuda:{device}"' if device else '"cuda"'
    if not device:
        raise CannotFix(f"Line {place.line} names no device.")
    text = rewrite.code(factory)
    if "#" in text:
        raise CannotFix(f"A comment stands in the call of line {place.line}.")
    inner = text.rstrip()[:-1].rstrip().rstrip(",")
    separator = "" if inner.endswith("(") else ", "
    rewrite.replace(move, f"{inner}{separator}device={device})")
    return rewrite.fix(f"Make the tensor on the device on line {place.line}", safe=safe)
