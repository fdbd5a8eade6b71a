"""Which of the user's layers has the layer within that refused a size: attention, transformers."""

from __future__ import annotations

from dataclasses import dataclass

from ...record import ErrorInfo, FailedCall, NamedObject
from ...words import sentence
from .cause import Cause, innermost_layer, module_name, named, sizes

_OF_A_QUERY = ("src", "tgt")
"""What transformers call the input that they attend from."""
_OF_A_KEY = ("memory",)


@dataclass(frozen=True, slots=True)
class _Operand:
    """A tensor that attention got, and the features that it was made for."""

    role: str
    """``"query"``, ``"key"`` or ``"value"``."""
    tensor: NamedObject
    expected: int
    size: str
    """The argument of the constructor that says so."""


def of_a_transformer(error: ErrorInfo) -> Cause | None:
    """Why attention, or a transformer around it, refused the number of features.

    A transformer is made with ``d_model``, and of its inner layers the user may know nothing.
    """
    inner = innermost_layer(error)
    if inner is None:
        return None
    if inner.class_name == "Transformer":
        return _of_the_whole(inner)
    operand = _refused(inner)
    if operand is None:
        return None
    outer, layer, given = _around(error, inner, operand)
    if outer is None or layer is None:
        return _of_attention(inner, operand) if inner.class_name == "MultiheadAttention" else None
    wanted = operand.expected
    made = f"with `d_model={_features(given)}`"
    make = f"Make its layers {made}" if outer is not layer else f"Make it {made}"
    return Cause(
        _title(given, "the input" if operand.role == "query" else "the memory", outer, wanted),
        f"{make}, or have what comes before give {wanted:,} features.",
        (_made_with(layer, "d_model", wanted),),
    )


def _of_the_whole(call: FailedCall) -> Cause | None:
    """`nn.Transformer` asks for its features itself."""
    expected = call.sizes.get("d_model")
    for role in _OF_A_QUERY:
        given = call.arguments.get(role)
        if given is not None and given.shape and expected and _features(given) != expected:
            return Cause(
                _title(given, f"`{role}`", call, expected),
                f"Make it with `d_model={_features(given)}`, or have what comes before give "
                f"{expected:,} features.",
                (_made_with(call, "d_model", expected),),
            )
    return None


def _of_attention(call: FailedCall, operand: _Operand) -> Cause:
    got = _features(operand.tensor)
    is_own = operand.expected != call.sizes.get("embed_dim")  # else nothing else was asked for
    return Cause(
        _title(operand.tensor, f"the {operand.role}", call, operand.expected),
        f"Make the layer with `{operand.size}={got}`, or have what comes before give "
        f"{operand.expected:,} features.",
        (_made_with(call, operand.size if is_own else "embed_dim", operand.expected),),
    )


def _refused(call: FailedCall) -> _Operand | None:
    """What an inner layer got with another number of features than it was made for."""
    if call.class_name == "MultiheadAttention":
        for role, size in (("query", "embed_dim"), ("key", "kdim"), ("value", "vdim")):
            tensor, expected = call.arguments.get(role), call.sizes.get(size)
            if tensor is None or not tensor.shape or expected is None:
                continue
            if _features(tensor) != expected:
                return _Operand(role, tensor, expected, size)
        return None
    tensor, expected = call.arguments.get("input"), call.sizes.get("normalized_shape[0]")
    if tensor is None or not tensor.shape or expected is None or expected == _features(tensor):
        return None
    return _Operand("query", tensor, expected, "normalized_shape")


def _around(
    error: ErrorInfo, inner: FailedCall, operand: _Operand
) -> tuple[FailedCall | None, FailedCall | None, NamedObject]:
    """The outermost and the innermost transformer that pass this tensor on, and as what."""
    roles = _OF_A_QUERY if operand.role == "query" else _OF_A_KEY
    outer: FailedCall | None = None
    layer: FailedCall | None = None
    given = operand.tensor
    before = error.calls[: error.calls.index(inner)]
    for call in reversed(before):
        if not call.library or call.class_name is None:
            break
        if call.function != "forward":
            continue  # a method of the layer's own, such as `_sa_block`
        passed = next((call.arguments[role] for role in roles if role in call.arguments), None)
        # Attention may get it with its first dimensions in another order.
        if passed is None or sorted(passed.shape or []) != sorted(operand.tensor.shape or []):
            break
        outer, layer, given = call, layer or call, passed
    return outer, layer, given


def _title(given: NamedObject, otherwise: str, call: FailedCall, expected: int) -> str:
    return (
        f"{sentence(named(given, otherwise))} is {sizes(given.shape)}; {module_name(call)} expects "
        f"{expected:,} features in the last dimension."
    )


def _made_with(call: FailedCall, size: str, value: int) -> str:
    kind = f" (`{call.class_name}`)" if call.module else ""
    return f"{sentence(module_name(call))}{kind} was made with {size}={value}."


def _features(tensor: NamedObject) -> int:
    return (tensor.shape or [0])[-1]
