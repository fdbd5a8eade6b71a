"""Inference mode for a block that runs without gradients."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "infer"]


def infer(source: str, place: Place, *, cell_id: str | None) -> Fix:
    """Put ``torch.inference_mode()`` for the ``torch.no_grad()`` at ``place``.

    Raises CannotFix where ``no_grad`` was imported by its name, so that the module is not known.
    """
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    function = call.func
    if not isinstance(function, cst.Attribute) or not isinstance(function.value, cst.Name):
        raise CannotFix(f"Line {place.line} does not name PyTorch: import inference_mode there.")
    if function.attr.value != "no_grad":
        raise CannotFix(f"Line {place.line} does not call no_grad.")
    rewrite.replace(function.attr, "inference_mode")
    return rewrite.fix(f"Use inference_mode on line {place.line}", safe=True)
