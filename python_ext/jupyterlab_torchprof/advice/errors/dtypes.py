"""Types of elements that do not go together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ... import fixes
from ...record import ErrorInfo, NamedObject
from ..evidence.conversions import conversion_to
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Remedy, Rule
from ..text.operands import indices, plain
from .cause import (
    failure_of,
    innermost_layer,
    library_call,
    line_text,
    module_name,
    named,
    said,
    sentence,
    sizes,
    tensors_on_the_line,
)
from .layer_shapes import of_a_layer
from .loss_shapes import CLASSES
from .operand_shapes import together

_MESSAGES = (
    "have the same dtype",
    "expected scalar type",
    "expected target dtype",
    "should be the same",
    "Found dtype",
    "can't be cast to the desired output type",
    "one of the following scalar types",
    "tensors used as indices must be",
    "RNN input dtype",
    "input must have the type",
    "mixed dtype",
    "could not infer output dtype",
)
_SUFFIXES = {
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
class _Clash:
    """What has another type than it is to have."""

    thing: NamedObject
    wanted: str
    title: str
    advice: str
    convert: bool = True
    """To convert it where it is passed is what is meant."""


class DtypeMismatch(Rule):
    """An operation gets elements of types that it does not mix: float64 from NumPy and float32
    weights, labels that are no int64, indices that are no integers.

    Evidence: PyTorch's error, with the types of what the failing line reads, or of what the layer
    or the loss got.

    Fix: Converts the input where the failing line passes it on: `.float()`, `.long()`.

    Silent: Where the types that are known are alike.

    Sources:
        https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype

    Notes: The wordings are those of PyTorch 2.4 to 2.15. The fix is an input's only, to the type of
    the weights; which of two operands is to change only the user knows. Floating-point labels are
    not turned into classes: they may be meant for another loss.
    """

    id = "dtype-mismatch"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """Types that the record has of what met in the failing operation."""
        failure = failure_of(case, *_MESSAGES)
        if failure is None or ".cuda." in failure.error.message:
            return None
        error = failure.error
        clash = (
            _of_a_loss(error)
            or _of_an_embedding(error)
            or _of_a_layer(error)
            or _of_indices(failure)
            or _of_operands(failure)
            or _of_a_mean(failure)
            or _of_a_backward(error)
        )
        if clash is None:
            return None
        moved = conversion_to(case.record, case.history, clash.wanted)
        return Finding(
            title=clash.title,
            explanation=clash.advice,
            evidence=[said(error), *([moved] if moved else [])],
            remedy=_remedy(case, failure, clash),
        )


def _of_a_loss(error: ErrorInfo) -> _Clash | None:
    call = library_call(error, (*CLASSES, *_BINARY))
    target = call.arguments.get("target") if call is not None else None
    output = call.arguments.get("input") if call is not None else None
    if call is None or target is None or output is None or target.dtype is None:
        return None
    name = named(target, "the target")
    if call.function in _BINARY:
        if target.dtype in _FLOATS:
            return None
        return _Clash(
            target,
            output.dtype or "float32",
            f"{sentence(name)} is {target.dtype}; `{call.function}` compares {output.dtype} "
            "values.",
            f"Its targets are probabilities: {_converted(target, output.dtype or 'float32')}.",
        )
    if target.dtype in ("int64", "uint8") or target.shape == output.shape:
        return None
    if target.dtype in _FLOATS:
        return _Clash(
            target,
            "int64",
            f"{sentence(name)} is {target.dtype} {sizes(target.shape)}; `{call.function}` takes "
            "classes as int64.",
            f"If it holds classes: {_converted(target, 'int64')}. Values of a regression want "
            "another loss, such as `mse_loss`; probabilities of classes have the sizes of the "
            f"output, {sizes(output.shape)}.",
            convert=False,
        )
    return _Clash(
        target,
        "int64",
        f"{sentence(name)} is {target.dtype}; `{call.function}` takes classes as int64.",
        f"{sentence(_converted(target, 'int64'))}, once, where the labels are made.",
    )


def _of_an_embedding(error: ErrorInfo) -> _Clash | None:
    call = innermost_layer(error)
    given = call.arguments.get("input") if call is not None else None
    if call is None or given is None or "num_embeddings" not in call.sizes:
        return None
    if given.dtype not in _FLOATS:
        return None
    return _Clash(
        given,
        "int64",
        f"{sentence(named(given, 'the input'))} is {given.dtype}; {module_name(call)} looks rows "
        "up by integers.",
        f"{sentence(_converted(given, 'int64'))}, or keep the indices as integers from the start.",
    )


def _of_a_layer(error: ErrorInfo) -> _Clash | None:
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
    return _Clash(
        given,
        call.dtype,
        f"{sentence(named(given, 'the input'))} is {given.dtype}; {module_name(call)} has "
        f"{call.dtype} weights.",
        advice,
        convert=of_a_layer(error) is None,  # else its sizes fail next
    )


def _of_indices(failure: Failure) -> _Clash | None:
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
    return _Clash(
        found[0],
        "int64",
        f"`{found[0].name}` is {found[0].dtype}, and an index must be of integers or booleans.",
        f"{sentence(_converted(found[0], 'int64'))}.",
        convert=False,
    )


def _of_operands(failure: Failure) -> _Clash | None:
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
    return _Clash(
        change,
        kept.dtype or "",
        f"`{one.name}` is {one.dtype}, `{other.name}` {other.dtype}.",
        f"This operation takes one type only: {_converted(change, kept.dtype or '')}, or the other "
        "to that of this one.",
        convert=False,
    )


def _of_a_mean(failure: Failure) -> _Clash | None:
    error = failure.error
    if "could not infer output dtype" not in error.message or not error.direct:
        return None
    found = [t for t in tensors_on_the_line(error) if f"{t.name}.mean(" in line_text(failure)]
    if len(found) != 1 or found[0].dtype in _FLOATS:
        return None
    return _Clash(
        found[0],
        "float32",
        f"`{found[0].name}` is {found[0].dtype}, whose mean would be no such number.",
        f"`{found[0].name}.float().mean()` gives it as a floating-point number.",
        convert=False,
    )


def _of_a_backward(error: ErrorInfo) -> _Clash | None:
    """Before PyTorch 2.13 some losses of two types failed in their backward only."""
    match = _FOUND.search(error.message)
    losses = [each for each in tensors_on_the_line(error) if each.shape == []]
    if match is None or len(losses) != 1 or not any(c.function == "backward" for c in error.calls):
        return None
    if (match[1], losses[0].dtype) not in (("Double", "float64"), ("Long", "int64")):
        return None
    return _Clash(
        losses[0],
        "float32",
        f"`{losses[0].name}` is {losses[0].dtype}, made of an output and a target of two types.",
        "Convert the target to the type of the output (`.float()`) before the loss.",
        convert=False,
    )


def _converted(thing: NamedObject, dtype: str) -> str:
    suffix = _SUFFIXES.get(dtype, f".to(torch.{dtype})")
    return f"`{thing.name}{suffix}`" if thing.name else f"`{suffix}` on it"


def _remedy(case: Case, failure: Failure, clash: _Clash) -> Callable[[], Remedy]:
    cell, line = failure.code, failure.line
    suffix = _SUFFIXES.get(clash.wanted)
    name: Sequence[str] = [clash.thing.name]
    if cell is None or line is None or failure.error.file_objects is not None:
        why = "The failing line stands in no cell as it is now."
    elif not clash.convert or suffix is None:
        why = "Which of them is to change is for you to say."
    elif not clash.thing.name:
        why = "The failing line has no name for it."
    else:
        return case.edit(
            lambda: fixes.methods.passed_on(cell.source, line, name, suffix, cell_id=cell.cell_id),
            lines=failure.lines,
            code=failure.elsewhere,
        )
    return case.by_hand(why, lines=failure.lines, code=failure.elsewhere)
