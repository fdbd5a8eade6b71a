"""Run statements under ``torch.autocast``."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite
from .torch_name import find_torch

__all__ = [
    "CannotFix",
    "Training",
    "infer_in_autocast",
    "name_dtype",
    "train_in_autocast",
]


@dataclass(frozen=True, slots=True)
class Training:
    """The parts of a canonical loop."""

    first: Place
    """The first statement of forward and loss."""
    last: Place
    """The last one."""
    backward: Place
    """The call ``loss.backward()``."""
    step: Place
    """The call ``optimizer.step()``."""
    loop: Place


def train_in_autocast(
    source: str,
    training: Training,
    *,
    device: str,
    bf16: bool,
    torch_name: str | None,
    cell_id: str | None,
) -> Fix:
    """Put forward and loss under autocast; in float16 with a scaler that is made above the loop."""
    rewrite = Rewrite(source, cell_id)
    torch = _torch(rewrite, training.first.line, torch_name)
    first = _statement(rewrite, training.first)
    last = _statement(rewrite, training.last)
    dtype = "bfloat16" if bf16 else "float16"
    head = f'with {torch}.autocast("{device}", dtype={torch}.{dtype})'
    rewrite.indent_under(first, last, head)
    if not bf16:
        if "scaler" in source:
            raise CannotFix("The cell uses the name scaler already.")
        backward, step = rewrite.call(training.backward), rewrite.call(training.step)
        loss = backward.func.value if isinstance(backward.func, cst.Attribute) else backward
        optimizer = step.func.value if isinstance(step.func, cst.Attribute) else step
        rewrite.replace(backward, f"scaler.scale({rewrite.code(loss)}).backward()")
        rewrite.replace(step, f"scaler.step({rewrite.code(optimizer)})")
        rewrite.add_line_below(step, "scaler.update()")
        rewrite.add_line_above(
            _outermost_loop(rewrite, training.loop), f'scaler = {torch}.amp.GradScaler("{device}")'
        )
    return rewrite.fix(f"Run forward and loss of line {training.first.line} in {dtype}")


def infer_in_autocast(
    source: str,
    place: Place,
    *,
    device: str,
    torch_name: str | None,
    cell_id: str | None,
) -> Fix:
    """Add autocast in bfloat16 to the ``with torch.no_grad():`` at ``place``."""
    rewrite = Rewrite(source, cell_id)
    block = rewrite.find(cst.With, place)
    torch = _torch(rewrite, place.line, torch_name)
    item = block.items[-1]
    if item.asname is not None or "autocast" in rewrite.code(block):
        raise CannotFix(f"The block of line {place.line} binds a name, or has autocast already.")
    rewrite.insert_after(item.item, f', {torch}.autocast("{device}", dtype={torch}.bfloat16)')
    return rewrite.fix(f"Run the block of line {place.line} in bfloat16")


def name_dtype(source: str, place: Place, *, torch_name: str | None, cell_id: str | None) -> Fix:
    """Give the autocast at ``place`` bfloat16."""
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    torch = _torch(rewrite, place.line, torch_name)
    if sum(argument.keyword is None for argument in call.args) > 1:
        raise CannotFix(f"Line {place.line} passes autocast's arguments without names.")
    rewrite.set_argument(call, "dtype", f"{torch}.bfloat16")
    return rewrite.fix(f"Use bfloat16 on line {place.line}")


def _outermost_loop(rewrite: Rewrite, place: Place) -> cst.CSTNode:
    """The loop over epochs, so that the scale is found once and not in every epoch."""
    loop = rewrite.find(cst.For, place)
    outer: cst.CSTNode = loop
    node = rewrite.parent(loop)
    while not isinstance(node, (cst.Module, cst.FunctionDef)):
        if isinstance(node, (cst.For, cst.While)):
            outer = node
        node = rewrite.parent(node)
    if isinstance(node, cst.FunctionDef) and outer is loop:
        raise CannotFix(
            "In float16 a GradScaler is needed, made once before the function is called: write it "
            "by hand."
        )
    return outer


def _torch(rewrite: Rewrite, line: int, torch_name: str | None) -> str:
    found = find_torch(rewrite.cell, line, torch_name)
    if found.import_line is not None:
        raise CannotFix("No cell imports torch under a name that could be used here.")
    return found.expression


def _statement(rewrite: Rewrite, place: Place) -> cst.CSTNode:
    return rewrite.find(cst.BaseSmallStatement, place)  # type: ignore[type-abstract]
