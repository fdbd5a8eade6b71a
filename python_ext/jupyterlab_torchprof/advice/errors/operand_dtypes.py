"""Operands on the user's own line whose types an operation does not want."""

from __future__ import annotations

from ...words import sentence
from ..evidence.failures import Failure
from ..text.operands import indices, plain
from .arranged_shapes import together
from .cause import line_text, tensors_on_the_line
from .clash import FLOATS, Clash, converted


def of_indices(failure: Failure) -> Clash | None:
    """What is used as an index and is of no integer type."""
    is_of_indices = "used as indices" in failure.error.message
    if not is_of_indices or failure.line is None or not line_text(failure):
        return None
    inside = indices(failure.code.source, failure.line) if failure.code is not None else set()
    found = [
        each
        for each in tensors_on_the_line(failure.error)
        if plain(each.name) in inside and each.dtype in FLOATS
    ]
    if len(found) != 1:
        return None
    return Clash(
        found[0],
        "int64",
        f"`{found[0].name}` is {found[0].dtype}, and an index must be of integers or booleans.",
        f"{sentence(converted(found[0], 'int64'))}.",
        convert=False,
    )


def of_operands(failure: Failure) -> Clash | None:
    """Two tensors that one operation wants of one type."""
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
    whole = next((each for each in (one, other) if each.dtype not in FLOATS), None)
    change = wide or whole or other
    kept = one if change is other else other
    return Clash(
        change,
        kept.dtype or "",
        f"`{one.name}` is {one.dtype}, `{other.name}` {other.dtype}.",
        f"This operation takes one type only: {converted(change, kept.dtype or '')}, or the other "
        "to that of this one.",
        convert=False,
    )


def of_a_mean(failure: Failure) -> Clash | None:
    """An integer tensor whose mean was asked for."""
    error = failure.error
    if "could not infer output dtype" not in error.message or not error.direct:
        return None
    found = [t for t in tensors_on_the_line(error) if f"{t.name}.mean(" in line_text(failure)]
    if len(found) != 1 or found[0].dtype in FLOATS:
        return None
    return Clash(
        found[0],
        "float32",
        f"`{found[0].name}` is {found[0].dtype}, whose mean would be no such number.",
        f"`{found[0].name}.float().mean()` gives it as a floating-point number.",
        convert=False,
    )
