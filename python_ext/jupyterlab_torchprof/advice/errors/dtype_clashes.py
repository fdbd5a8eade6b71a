"""What has another type than an operation wants."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...record import ErrorInfo, NamedObject
from ..evidence.failures import Failure
from ..text.operands import indices, plain
from .arranged_shapes import together
from .cause import (
    innermost_layer,
    library_call,
    line_text,
    module_name,
    named,
    sentence,
    sizes,
    tensors_on_the_line,
)
from .layer_shapes import of_a_layer
from .loss_shapes import CLASSES

SUFFIXES = {
    "float32": ".float()",
    "float64": ".double()",
    "float16": ".half()",
    "bfloat16": ".bfloat16()",
    "int64": ".long()",
}
_FLOATS = ("float64", "float32", "float16", "bfloat16")
_BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
_FOUND = re.compile(r"Found dtype (\w+) but expected (\w+)")


@dataclass(frozen=True, slots=True)
class Clash:
    """What has another type than it is to have."""

    thing: NamedObject
    wanted: str
    title: str
    advice: str
    convert: bool = True
    """To convert it where it is passed is what is meant."""


def clash_of(failure: Failure) -> Clash | None:
    """What has another type than the failing operation wants, as far as the record proves it."""
    error = failure.error
    return (
        _of_a_loss(error)
        or _of_an_embedding(error)
        or _of_a_layer(error)
        or _of_indices(failure)
        or _of_operands(failure)
        or _of_a_mean(failure)
        or _of_a_backward(error)
    )


def _of_a_loss(error: ErrorInfo) -> Clash | None:
    call = library_call(error, (*CLASSES, *_BINARY))
    target = call.arguments.get("target") if call is not None else None
    output = call.arguments.get("input") if call is not None else None
    if call is None or target is None or output is None or target.dtype is None:
        return None
    name = named(target, "the target")
    if call.function in _BINARY:
        if target.dtype in _FLOATS:
            return None
        return Clash(
            target,
            output.dtype or "float32",
            f"{sentence(name)} is {target.dtype}; `{call.function}` compares {output.dtype} "
            "values.",
            f"Its targets are probabilities: {_converted(target, output.dtype or 'float32')}.",
        )
    if target.dtype in ("int64", "uint8") or target.shape == output.shape:
        return None
    if target.dtype in _FLOATS:
        return Clash(
            target,
            "int64",
            f"{sentence(name)} is {target.dtype} {sizes(target.shape)}; `{call.function}` takes "
            "classes as int64.",
            f"If it holds classes: {_converted(target, 'int64')}. Values of a regression want "
            "another loss, such as `mse_loss`; probabilities of classes have the sizes of the "
            f"output, {sizes(output.shape)}.",
            convert=False,
        )
    return Clash(
        target,
        "int64",
        f"{sentence(name)} is {target.dtype}; `{call.function}` takes classes as int64.",
        f"{sentence(_converted(target, 'int64'))}, once, where the labels are made.",
    )


def _of_an_embedding(error: ErrorInfo) -> Clash | None:
    call = innermost_layer(error)
    given = call.arguments.get("input") if call is not None else None
    if call is None or given is None or "num_embeddings" not in call.sizes:
        return None
    if given.dtype not in _FLOATS:
        return None
    return Clash(
        given,
        "int64",
        f"{sentence(named(given, 'the input'))} is {given.dtype}; {module_name(call)} looks rows "
        "up by integers.",
        f"{sentence(_converted(given, 'int64'))}, or keep the indices as integers from the start.",
    )


def _of_a_layer(error: ErrorInfo) -> Clash | None:
    call = innermost_layer(error)
    given = call.arguments.get("input") or call.arguments.get("query") if call is not None else None
    if call is None or given is None or call.dtype is None or given.dtype in (None, call.dtype):
        return None
    if "num_embeddings" in call.sizes or call.dtype not in _FLOATS:
        return None
    if given.dtype == "float64":
        why = "NumPy's floating-point numbers are float64. Convert them once, where they are made, "
        advice = f"{why}or here: {_converted(given, call.dtype)}."
    elif given.dtype in _FLOATS:
        advice = f"Both must be of one type: {_converted(given, call.dtype)}" + (
            ", or keep the weights in float32 and compute under `torch.autocast`."
            if call.dtype in ("float16", "bfloat16")
            else "."
        )
    else:
        advice = f"Layers compute with floating-point numbers: {_converted(given, call.dtype)}."
    return Clash(
        given,
        call.dtype,
        f"{sentence(named(given, 'the input'))} is {given.dtype}; {module_name(call)} has "
        f"{call.dtype} weights.",
        advice,
        convert=of_a_layer(error) is None,  # else its sizes fail next
    )


def _of_indices(failure: Failure) -> Clash | None:
    is_of_indices = "used as indices" in failure.error.message
    if not is_of_indices or failure.line is None or not line_text(failure):
        return None
    inside = indices(failure.code.source, failure.line) if failure.code is not None else set()
    found = [
        each
        for each in tensors_on_the_line(failure.error)
        if plain(each.name) in inside and each.dtype in _FLOATS
    ]
    if len(found) != 1:
        return None
    return Clash(
        found[0],
        "int64",
        f"`{found[0].name}` is {found[0].dtype}, and an index must be of integers or booleans.",
        f"{sentence(_converted(found[0], 'int64'))}.",
        convert=False,
    )


def _of_operands(failure: Failure) -> Clash | None:
    error = failure.error
    if not error.direct or "cast to the desired" in error.message:
        return None
    tensors = [each for each in tensors_on_the_line(error) if each.dtype is not None]
    pairs = [
        (one, other)
        for index, one in enumerate(tensors)
        for other in tensors[index + 1 :]
        if one.dtype != other.dtype and together(failure, one.name, other.name, mixing=False)
    ]
    if len(pairs) != 1:
        return None
    one, other = pairs[0]
    wide = next((each for each in (one, other) if each.dtype == "float64"), None)
    whole = next((each for each in (one, other) if each.dtype not in _FLOATS), None)
    change = wide or whole or other
    kept = one if change is other else other
    return Clash(
        change,
        kept.dtype or "",
        f"`{one.name}` is {one.dtype}, `{other.name}` {other.dtype}.",
        f"This operation takes one type only: {_converted(change, kept.dtype or '')}, or the other "
        "to that of this one.",
        convert=False,
    )


def _of_a_mean(failure: Failure) -> Clash | None:
    error = failure.error
    if "could not infer output dtype" not in error.message or not error.direct:
        return None
    found = [t for t in tensors_on_the_line(error) if f"{t.name}.mean(" in line_text(failure)]
    if len(found) != 1 or found[0].dtype in _FLOATS:
        return None
    return Clash(
        found[0],
        "float32",
        f"`{found[0].name}` is {found[0].dtype}, whose mean would be no such number.",
        f"`{found[0].name}.float().mean()` gives it as a floating-point number.",
        convert=False,
    )


def _of_a_backward(error: ErrorInfo) -> Clash | None:
    """Before PyTorch 2.13 some losses of two types failed in their backward only."""
    match = _FOUND.search(error.message)
    losses = [each for each in tensors_on_the_line(error) if each.shape == []]
    if match is None or len(losses) != 1 or not any(c.function == "backward" for c in error.calls):
        return None
    if (match[1], losses[0].dtype) not in (("Double", "float64"), ("Long", "int64")):
        return None
    return Clash(
        losses[0],
        "float32",
        f"`{losses[0].name}` is {losses[0].dtype}, made of an output and a target of two types.",
        "Convert the target to the type of the output (`.float()`) before the loss.",
        convert=False,
    )


def _converted(thing: NamedObject, dtype: str) -> str:
    suffix = SUFFIXES.get(dtype, f".to(torch.{dtype})")
    return f"`{thing.name}{suffix}`" if thing.name else f"`{suffix}` on it"
