"""What layers expect of their input's sizes, and what they got."""

from __future__ import annotations

import re
from math import prod

from ...record import ErrorInfo, FailedCall, NamedObject
from ...words import count_of, sentence
from .cause import Cause, innermost_layer, module_name, named, sizes

_DIMENSIONS = {"1d": 1, "2d": 2, "3d": 3}
_SPATIAL = {1: "length", 2: "height and width", 3: "depth, height and width"}
_ONE_VALUE = "Expected more than 1 value per channel"
_HIDDEN = re.compile(r"Expected hidden\S* size (\([\d, ]+\)), got (\[[\d, ]+\])")
_TOO_SMALL = ("Kernel size can't be greater than", "Output size is too small")


def of_a_layer(error: ErrorInfo) -> Cause | None:
    """Why one of PyTorch's layers refused its input."""
    call = innermost_layer(error)
    if call is None or call.class_name is None:
        return None
    given = call.arguments.get("input") or call.arguments.get("query")
    if given is None or not given.shape:
        return None
    hidden = _HIDDEN.search(error.message)
    if hidden is not None:
        return _hidden(call, given, hidden)
    name = call.class_name
    if name.startswith(("Conv", "LazyConv")):
        return _conv(error, call, given)
    if name.startswith("BatchNorm") or name.startswith("SyncBatchNorm"):
        return _batch_norm(error, call, given)
    if "Pool" in name and _TOO_SMALL[1] in error.message:
        return _too_small(call, given)
    return _features(call, given)


def _hidden(call: FailedCall, given: NamedObject, match: re.Match[str]) -> Cause:
    first = "" if not call.sizes.get("batch_first") else ", batch_first=True"
    return Cause(
        f"{sentence(module_name(call))} wants a hidden state of {match[1]} and gets {match[2]}.",
        "Its sizes are layers (times directions), batch and hidden size, whatever `batch_first` "
        "says. A last batch that is smaller needs a smaller one: make it in the loop, of the size "
        "that the batch has.",
        (f"{_is(given)}{first}.",),
    )


def _features(call: FailedCall, given: NamedObject) -> Cause | None:
    """Layers that want a number of features in one dimension."""
    shape = given.shape or []
    for size in ("in_features", "input_size", "embed_dim"):
        expected = call.sizes.get(size)
        if expected is not None and shape[-1] != expected:
            return _wanted(call, given, expected, size)
    channels = call.sizes.get("num_channels")
    if channels is not None and len(shape) > 1 and shape[1] != channels:
        return Cause(
            f"{_is(given)}; {module_name(call)} expects {count_of(channels, 'channel')} in "
            "dimension 1.",
            f"It has {shape[1]:,} there: `{call.class_name}` must be made for as many channels as "
            "the layer before gives.",
            (_made_with(call, "num_channels"),),
        )
    return _normalized(call, given)


def _normalized(call: FailedCall, given: NamedObject) -> Cause | None:
    shape = given.shape or []
    wanted = [size for name, size in call.sizes.items() if name.startswith("normalized_shape")]
    if not wanted or shape[-len(wanted) :] == wanted:
        return None
    return Cause(
        f"{_is(given)}; {module_name(call)} normalises over {sizes(wanted)}.",
        "These must be the last sizes of its input: make the layer for "
        f"{sizes(shape[-len(wanted) :])}, or have what comes before give {sizes(wanted)}.",
        (f"{sentence(module_name(call))} was made with normalized_shape={sizes(wanted)}.",),
    )


def _wanted(call: FailedCall, given: NamedObject, expected: int, size: str) -> Cause:
    shape = given.shape or []
    got = shape[-1]
    if size == "in_features" and len(shape) > 2 and prod(shape[1:]) == expected:
        advice = (
            f"Flattened behind the batch dimension it has {expected:,}: "
            + (f"pass `{given.name}.flatten(1)`" if given.name else "put `.flatten(1)` behind it")
            + ", or put `nn.Flatten()` before the layer."
        )
    elif len(shape) == 4 and call.class_name == "Linear":
        flat = prod(shape[1:])
        advice = (
            "The layer takes the last dimension for the features. Flattened behind the batch "
            f"dimension there are {flat:,}: behind `nn.Flatten()` it is `in_features={flat}`."
        )
    else:
        advice = (
            f"Make the layer with `{size}={got}`, or have what comes before give {expected:,} "
            "features."
        )
    return Cause(
        f"{_is(given)}; {module_name(call)} expects {expected:,} features in the last dimension.",
        advice,
        (_made_with(call, size),),
    )


def _conv(error: ErrorInfo, call: FailedCall, given: NamedObject) -> Cause | None:
    spatial = _DIMENSIONS.get(str(call.class_name)[-2:])
    channels = call.sizes.get("in_channels")
    shape = given.shape or []
    if spatial is None or channels is None:
        return None
    if _TOO_SMALL[0] in error.message:
        return _too_small(call, given)
    facts = (_made_with(call, "in_channels"),)
    name = module_name(call)
    if len(shape) not in (spatial + 1, spatial + 2):
        title = (
            f"{_is(given)}; {name} expects {spatial + 2} dimensions: batch, channels, "
            f"{_SPATIAL[spatial]}."
        )
        advice = "Without the batch it may have one less. Add what is missing with `.unsqueeze()`."
        if len(shape) == spatial and channels == 1:
            advice = "An index of `[None, None]` behind it adds a batch and a channel of one."
        return Cause(title, advice, facts)
    at = 0 if len(shape) == spatial + 1 else 1
    if shape[at] == channels:
        return None
    title = f"{_is(given)}; {name} expects {count_of(channels, 'channel')} in dimension {at}."
    if at == 0:
        advice = (
            f"{len(shape)} dimensions are read as one item without a batch, so the first is taken "
            "for the channels. "
        )
        if channels == 1:
            return Cause(title, f"{advice}`.unsqueeze(1)` gives each item its channel.", facts)
        return Cause(title, f"{advice}A batch has {spatial + 2}.", facts)
    square = len(shape) > 3 and shape[-1] == shape[-2]  # of an image: its width is no channels
    if shape[-1] == channels and not square:
        order = (0, len(shape) - 1, *range(1, len(shape) - 1))
        advice = (
            f"Its last dimension is {channels:,}: PyTorch has channels before {_SPATIAL[spatial]}, "
            f"as `.permute{order}` makes it."
        )
    else:
        advice = (
            f"It has {shape[at]:,}: make the layer with `in_channels={shape[at]}`, or give it as "
            f"many channels as it was made for."
        )
    return Cause(title, advice, facts)


def _batch_norm(error: ErrorInfo, call: FailedCall, given: NamedObject) -> Cause | None:
    shape = given.shape or []
    name, features = module_name(call), call.sizes.get("num_features")
    if _ONE_VALUE in error.message:
        return Cause(
            f"{_is(given)}: {name} has one value per channel, and no variance to learn from it.",
            "In training, batch norm needs more than one. A last batch of one item is left out by "
            "`DataLoader(…, drop_last=True)`; to predict, call `model.eval()` first.",
            (f"{sentence(name)} was in training mode.",) if call.training else (),
        )
    spatial = _DIMENSIONS.get(str(call.class_name)[-2:])
    allowed = (2, 3) if spatial == 1 else (spatial + 2 if spatial else 0,)
    if spatial and len(shape) not in allowed:
        title = f"{_is(given)}; {name} expects {' or '.join(map(str, allowed))} dimensions."
        if spatial > 1 and shape[0] == features and len(shape) == spatial + 1:
            return Cause(
                title,
                f"The first has the {features:,} channels, so the batch is missing: give the model "
                "a batch, if only of one (`.unsqueeze(0)`).",
                (_made_with(call, "num_features"),),
            )
        return Cause(
            title,
            f"`{call.class_name}` is for batches with {_SPATIAL[spatial]}. Use the one that fits "
            "what comes before: BatchNorm1d behind linear layers, BatchNorm2d behind images.",
        )
    if features is None or len(shape) < 2 or shape[1] == features:
        return None
    turned = len(shape) == 3 and shape[-1] == features
    return Cause(
        f"{_is(given)}; {name} expects {count_of(features, 'channel')} in dimension 1.",
        f"Its last dimension is {features:,}: batch norm has channels before length, as "
        "`.transpose(1, 2)` makes it."
        if turned
        else f"It has {shape[1]:,}: make the layer with `num_features={shape[1]}`, or have what "
        f"comes before give {features:,}.",
        (_made_with(call, "num_features"),),
    )


def _too_small(call: FailedCall, given: NamedObject) -> Cause:
    return Cause(
        f"{_is(given)}, too small for {module_name(call)}.",
        "Each layer with a stride, and each without padding, leaves less of it. Use a larger "
        "input, fewer such layers, padding, or an adaptive pooling layer.",
    )


def _is(given: NamedObject) -> str:
    return f"{sentence(named(given, 'the input'))} is {sizes(given.shape)}"


def _made_with(call: FailedCall, size: str) -> str:
    made = f"was made with {size}={call.sizes[size]}"
    kind = f" (`{call.class_name}`)" if call.module else ""
    return f"{sentence(module_name(call))}{kind} {made}."
