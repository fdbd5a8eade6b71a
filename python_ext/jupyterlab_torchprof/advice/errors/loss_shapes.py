"""Outputs and targets whose sizes a loss refuses."""

from __future__ import annotations

from ...record import ErrorInfo, NamedObject
from ...words import sentence
from .cause import Cause, library_call, named, sizes

CLASSES = ("cross_entropy", "nll_loss")
"""Losses whose targets are classes."""
_ALIKE = (
    *("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"),
    *("binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div", "gaussian_nll_loss"),
)
"""Losses whose targets have the sizes of the output."""


def of_a_loss(error: ErrorInfo) -> Cause | None:
    """Why a loss refused its arguments."""
    call = library_call(error, (*CLASSES, *_ALIKE))
    if call is None:
        return None
    output, target = call.arguments.get("input"), call.arguments.get("target")
    if output is None or target is None or output.shape is None or target.shape is None:
        return None
    one, other = named(output, "the output"), named(target, "the target")
    title = (
        f"{sentence(one)} is {sizes(output.shape)} and {other} {sizes(target.shape)}: "
        f"`{call.function}` cannot compare them."
    )
    compare = _classes if call.function in CLASSES else _alike
    advice = compare(output, target)
    return None if advice is None else Cause(title, advice)


def _classes(output: NamedObject, target: NamedObject) -> str | None:
    out, want = output.shape or [], target.shape or []
    if len(out) < 2 or out == want:
        return None
    fits = [out[0], *out[2:]]
    rule = f"For an output of {sizes(out)} the targets are classes of {sizes(fits)}"
    if fits == want:
        return None
    if len(want) == len(out) and want[:1] + want[2:] == fits and want[1] == 1:
        return f"{rule}: {_with(target, '.squeeze(1)')} takes the dimension of one away."
    last = [*out[:-1]]
    if len(out) > 2 and want == last:
        moved = ".transpose(1, 2)" if len(out) == 3 else ".movedim(-1, 1)"
        return (
            f"The classes are to be in dimension 1 of the output, not in the last: "
            f"{_with(output, moved)}."
        )
    if len(want) == len(out) and want[0] == out[0]:
        return (
            f"{rule}, or probabilities of {sizes(out)} in a floating-point type. The target has "
            f"{want[1]:,} in dimension 1, the output {out[1]:,}."
        )
    if want[:1] != out[:1]:
        return (
            f"{rule}. They differ in the batch: {out[0]:,} and {want[0] if want else 0:,}. Look "
            "for a `view` or `reshape` that moves other dimensions into the batch, or for pairs "
            "that were cut apart."
        )
    return f"{rule}."


def _alike(output: NamedObject, target: NamedObject) -> str | None:
    out, want = output.shape or [], target.shape or []
    if out == want:
        return None
    if out == [*want, 1]:
        return (
            f"They must be alike: {_with(target, '.unsqueeze(-1)')} has the sizes of the output "
            f"(or {_with(output, '.squeeze(-1)')} those of the target)."
        )
    if want == [*out, 1]:
        return f"They must be alike: {_with(target, '.squeeze(-1)')} has the sizes of the output."
    if len(out) == len(want) > 1 and out[:-1] == want[:-1]:
        return "They must be alike: have the last layer give as many values as a target has."
    if out[:1] != want[:1] and out and want:
        return (
            f"They must be alike, and differ in the batch: {out[0]:,} and {want[0]:,}. Look for "
            "pairs that were cut apart, or for a `view` or `reshape` that moves other dimensions "
            "into the batch."
        )
    return "They must be alike: one value of the output for each of the target."


def _with(thing: NamedObject, suffix: str) -> str:
    return f"`{thing.name}{suffix}`" if thing.name else f"`{suffix}` on it"
