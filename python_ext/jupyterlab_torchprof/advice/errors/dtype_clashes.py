"""What has another type than an operation wants."""

from __future__ import annotations

import re

from ...record import ErrorInfo
from ...words import sentence
from ..evidence.failures import Failure
from .cause import innermost_layer, library_call, module_name, named, sizes, tensors_on_the_line
from .clash import FLOATS, Clash, converted
from .layer_shapes import of_a_layer
from .loss_shapes import CLASSES
from .operand_dtypes import of_a_mean, of_indices, of_operands

_BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
_FOUND = re.compile(r"Found dtype (\w+) but expected (\w+)")


def clash_of(failure: Failure) -> Clash | None:
    """What has another type than the failing operation wants, as far as the record proves it."""
    error = failure.error
    return (
        _of_a_loss(error)
        or _of_an_embedding(error)
        or _of_a_layer(error)
        or of_indices(failure)
        or of_operands(failure)
        or of_a_mean(failure)
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
        if target.dtype in FLOATS:
            return None
        return Clash(
            target,
            output.dtype or "float32",
            f"{sentence(name)} is {target.dtype}; `{call.function}` compares {output.dtype} "
            "values.",
            f"Its targets are probabilities: {converted(target, output.dtype or 'float32')}.",
        )
    if target.dtype in ("int64", "uint8") or target.shape == output.shape:
        return None
    if target.dtype in FLOATS:
        return Clash(
            target,
            "int64",
            f"{sentence(name)} is {target.dtype} {sizes(target.shape)}; `{call.function}` takes "
            "classes as int64.",
            f"If it holds classes: {converted(target, 'int64')}. Values of a regression want "
            "another loss, such as `mse_loss`; probabilities of classes have the sizes of the "
            f"output, {sizes(output.shape)}.",
            convert=False,
        )
    return Clash(
        target,
        "int64",
        f"{sentence(name)} is {target.dtype}; `{call.function}` takes classes as int64.",
        f"{sentence(converted(target, 'int64'))}, once, where the labels are made.",
    )


def _of_an_embedding(error: ErrorInfo) -> Clash | None:
    call = innermost_layer(error)
    given = call.arguments.get("input") if call is not None else None
    if call is None or given is None or "num_embeddings" not in call.sizes:
        return None
    if given.dtype not in FLOATS:
        return None
    return Clash(
        given,
        "int64",
        f"{sentence(named(given, 'the input'))} is {given.dtype}; {module_name(call)} looks rows "
        "up by integers.",
        f"{sentence(converted(given, 'int64'))}, or keep the indices as integers from the start.",
    )


def _of_a_layer(error: ErrorInfo) -> Clash | None:
    call = innermost_layer(error)
    given = call.arguments.get("input") or call.arguments.get("query") if call is not None else None
    if call is None or given is None or call.dtype is None or given.dtype in (None, call.dtype):
        return None
    if "num_embeddings" in call.sizes or call.dtype not in FLOATS:
        return None
    if given.dtype == "float64":
        why = "NumPy's floating-point numbers are float64. Convert them once, where they are made, "
        advice = f"{why}or here: {converted(given, call.dtype)}."
    elif given.dtype in FLOATS:
        advice = f"Both must be of one type: {converted(given, call.dtype)}" + (
            ", or keep the weights in float32 and compute under `torch.autocast`."
            if call.dtype in ("float16", "bfloat16")
            else "."
        )
    else:
        advice = f"Layers compute with floating-point numbers: {converted(given, call.dtype)}."
    return Clash(
        given,
        call.dtype,
        f"{sentence(named(given, 'the input'))} is {given.dtype}; {module_name(call)} has "
        f"{call.dtype} weights.",
        advice,
        convert=of_a_layer(error) is None,  # else its sizes fail next
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
