"""Labels and indices beyond what there is."""

from __future__ import annotations

import re

from ...record import ErrorInfo, NamedObject
from ...words import count_of, sentence
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Rule
from ..text.operands import indices, plain
from .cause import (
    Cause,
    by_hand_at,
    failure_of,
    finding_of,
    innermost_layer,
    library_call,
    line_text,
    module_name,
    named,
    sizes,
    tensors_on_the_line,
)
from .loss_shapes import CLASSES

_MESSAGES = (
    "is out of bounds",
    "index out of range in self",
    "target out of range",
    "not in the valid range",
    "Class values must be",
)
_TARGET = re.compile(r"Target (-?\d+) is out of bounds")


class IndexOutOfRange(Rule):
    """A label is no class that the output has, or an index no row of the embedding.

    Evidence: PyTorch's error, with the least and the greatest of the labels or indices (of a tensor
    on the host) and the number of classes or rows.

    Fix: By hand; where labels count from one, the advice says so.

    Silent: For indices of which no name on the line tells; for values on a device, which are not
    read.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

    Notes: The wordings are those of PyTorch 2.4 to 2.15. Values are read once, when the error has
    been raised, and of the host's memory only.
    """

    id = "index-out-of-range"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """Values that the record has of what was looked up."""
        failure = failure_of(case, *_MESSAGES, names=("IndexError", "RuntimeError"))
        if failure is None:
            return None
        error = failure.error
        cause = _of_classes(error) or _of_an_embedding(error) or _of_an_index(failure)
        if cause is None:
            return None
        return finding_of(
            failure,
            cause,
            by_hand_at(
                case, failure, "Whether the labels or the model are wrong is for you to say."
            ),
        )


def _of_classes(error: ErrorInfo) -> Cause | None:
    call = library_call(error, (*CLASSES, "multi_margin_loss"))
    output = call.arguments.get("input") if call is not None else None
    target = call.arguments.get("target") if call is not None else None
    if output is None or target is None or not output.shape:
        return None
    classes = output.shape[1 if len(output.shape) > 1 else 0]
    low, high = target.low, target.high
    if low is None or high is None or (low >= 0 and high < classes):
        return None
    name = named(target, "the target")
    beyond = _TARGET.search(error.message)
    left_out = beyond is not None and int(beyond[1]) >= 0 > low  # as by `ignore_index`
    if low == 1 and high == classes:
        advice = f"If they count from one, subtract it: {_minus_one(target)}."
    elif low == -1 and high < classes and not left_out:
        advice = (
            "Labels of -1 are no class. If they stand for what is to be left out, pass "
            "`ignore_index=-1`."
        )
    elif low < 0 and not left_out:
        advice = "Labels below zero are no classes; `ignore_index` leaves one such value out."
    else:
        advice = (
            f"Give the last layer at least {high + 1:,} outputs, or look for labels that do not "
            "belong there."
        )
    return Cause(
        f"{sentence(name)} has labels {'' if left_out else f'from {low:,} '}"
        f"{'up ' if left_out else ''}to {high:,}, and {named(output, 'the output')} "
        f"{sizes(output.shape)} has {count_of(classes, 'class', 'classes')}: 0 to {classes - 1:,}.",
        advice,
    )


def _of_an_embedding(error: ErrorInfo) -> Cause | None:
    call = innermost_layer(error)
    rows = call.sizes.get("num_embeddings") if call is not None else None
    given = call.arguments.get("input") if call is not None else None
    name = module_name(call) if call is not None else ""
    if rows is None:
        call = library_call(error, ("embedding",))
        weight = call.arguments.get("weight") if call is not None else None
        given = call.arguments.get("input") if call is not None else None
        rows = weight.shape[0] if weight is not None and weight.shape else None
        name = named(weight, "the table")
    if rows is None or given is None or given.low is None or given.high is None:
        return None
    if given.low >= 0 and given.high < rows:
        return None
    what = sentence(named(given, "the input"))
    advice = (
        f"Make it with at least {given.high + 1:,} rows (the length of the vocabulary with its "
        "special tokens, or of the longest sequence), or keep the indices below that."
        if given.low >= 0
        else "Indices below zero name no row: look for where they come from, such as padding by -1."
    )
    return Cause(
        f"{what} has indices from {given.low:,} to {given.high:,}, and {name} has "
        f"{count_of(rows, 'row')}: 0 to {rows - 1:,}.",
        advice,
    )


def _of_an_index(failure: Failure) -> Cause | None:
    """A tensor of indices in brackets on the line, and one of which it takes elements."""
    error = failure.error
    if not error.direct or failure.code is None or failure.line is None:
        return None
    inside = indices(failure.code.source, failure.line)
    tensors = tensors_on_the_line(error)
    index = [t for t in tensors if plain(t.name) in inside and t.high is not None]
    of = [
        t for t in tensors if any(f"{t.name}[{each.name}" in line_text(failure) for each in index)
    ]
    if len(index) != 1 or len(of) != 1 or not of[0].shape:
        return None
    return _beyond(index[0], of[0])


def _beyond(index: NamedObject, of: NamedObject) -> Cause | None:
    rows = (of.shape or [0])[0]
    low, high = index.low or 0, index.high or 0
    if high < rows and low >= -rows:
        return None
    return Cause(
        f"`{index.name}` has indices from {low:,} to {high:,}, and `{of.name}` {sizes(of.shape)} "
        f"has {count_of(rows, 'row')}.",
        "Look for where the indices were made: for more, or other, data than this.",
    )


def _minus_one(target: NamedObject) -> str:
    return f"`{target.name} - 1`" if target.name else "`- 1` where they are made"
