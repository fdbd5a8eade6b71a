"""What operators got that could be done in another way: shapes, types, devices, strides."""

from __future__ import annotations

from typing import Any, NamedTuple

_LONG_NS = {False: 20_000, True: 50_000}
"""Of products, and of what is done element by element: there are many of these."""
PRODUCTS = frozenset({"aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm"})
CONVOLUTION = "aten::convolution"
SOFTMAX = "aten::_softmax"
UPDATE = "aten::addcdiv_"
"""What Adam does last to each parameter, where it takes them one by one."""
CAST = "aten::_to_copy"
COPY = "aten::copy_"

REDUCTIONS = frozenset({"aten::mean", "aten::sum", "aten::var"})
POINTWISE = REDUCTIONS | frozenset(
    f"aten::{name}"
    for name in (
        *("add", "sub", "rsub", "mul", "div", "pow", "square", "sqrt", "rsqrt", "reciprocal"),
        *("exp", "log", "sin", "cos", "tanh", "erf", "sigmoid", "relu", "silu", "gelu", "softplus"),
        *("neg", "abs", "clamp", "clamp_min", "clamp_max", "maximum", "minimum", "where"),
        *("masked_fill", "addcmul", "addcdiv", "lerp", "add_", "sub_", "mul_", "div_", "exp_"),
        *("clamp_", "relu_", "masked_fill_"),
    )
)
"""What reads each element once, and mostly writes it."""

_ALWAYS = frozenset({"aten::bmm", "aten::baddbmm", SOFTMAX, UPDATE, CAST})
WANTED = _ALWAYS | PRODUCTS | POINTWISE | {CONVOLUTION, COPY}
"""Operators whose inputs are read."""


class Tensor(NamedTuple):
    """One of an operator's tensors."""

    shape: tuple[int, ...]
    dtype: str
    """``"float32"``."""
    device: str
    strides: tuple[int, ...] | None
    """``None``: contiguous."""
    storage: int = 0
    """Address of its data, of what is cast."""
    number: int = 0
    """PyTorch's of its memory, of what is copied or multiplied; zero: none."""

    def alike(self) -> Tensor:
        """The same wherever it lies."""
        return self._replace(storage=0, number=0)


class Inputs(NamedTuple):
    """Of one call."""

    tensors: tuple[Tensor, ...]
    numbers: tuple[tuple[int, ...], ...] = ()
    """Of a convolution: stride, padding, dilation, transposed, output padding, groups; of a cast
    PyTorch's number of the type; of a product with a copy which tensor that is."""

    def alike(self) -> Inputs:
        """The same wherever they lie."""
        return self._replace(tensors=tuple(each.alike() for each in self.tensors))


def tensors_of(name: str, taken_ns: int, inputs: list[Any]) -> tuple[Tensor, ...]:
    """The tensors that an operator got, of those that are wanted and long enough."""
    if name not in _ALWAYS and taken_ns < _LONG_NS[name in POINTWISE]:
        return ()
    if name == CAST:
        given = inputs[0]
        is_tensor = hasattr(given, "storage_data_ptr")
        return (_tensor(given)._replace(storage=given.storage_data_ptr),) if is_tensor else ()
    found = (given for given in inputs if hasattr(given, "storage_data_ptr"))
    if name == COPY or name in PRODUCTS:
        return tuple(_tensor(each)._replace(number=each.allocation_id or 0) for each in found)
    return tuple(map(_tensor, found))


def numbers_of(name: str, event: Any) -> tuple[tuple[int, ...], ...]:
    """Arguments that are no tensors; ``event`` as PyTorch's ``_KinetoEvent``."""
    if name == CAST:
        dtype = event.concrete_inputs()[1]
        return ((dtype,),) if isinstance(dtype, int) else ()
    if name != CONVOLUTION:
        return ()
    return tuple(
        tuple(map(int, each)) if isinstance(each, list) else (int(each),)
        for each in event.concrete_inputs()[3:9]
    )


def _tensor(given: Any) -> Tensor:
    shape, strides = tuple(given.sizes), tuple(given.strides)
    dtype = str(given.dtype).removeprefix("torch.")
    return Tensor(shape, dtype, str(given.device), None if _is_dense(shape, strides) else strides)


def _is_dense(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether it is contiguous."""
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=False):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True
