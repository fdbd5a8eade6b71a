"""Floating-point operations of an operator, from the shapes of what it got.

A multiplication and an addition count as two. The formulas are those of the mathematical
operation; a library may compute it with fewer, as Winograd's convolution does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

_Shapes = Sequence[Sequence[int]]
_Formula = Callable[[_Shapes, Sequence[Any]], int]


def flops_of(name: str, event: Any) -> int | None:
    """Operations of one call; ``None``: there is no formula for it, or a shape is missing.

    ``event``: has ``shapes()`` and ``concrete_inputs()``, as PyTorch's ``_KinetoEvent``.
    """
    formula = _FORMULAS.get(name)
    if formula is None:
        return None
    try:
        return formula(event.shapes(), event.concrete_inputs())
    except (IndexError, TypeError, ValueError):
        return None


def _mm(shapes: _Shapes, _inputs: Sequence[Any]) -> int:
    (rows, inner), (_inner, columns) = shapes[0], shapes[1]
    return 2 * rows * inner * columns


def _addmm(shapes: _Shapes, inputs: Sequence[Any]) -> int:
    return _mm(shapes[1:3], inputs)


def _bmm(shapes: _Shapes, _inputs: Sequence[Any]) -> int:
    (batch, rows, inner), (_batch, _inner, columns) = shapes[0], shapes[1]
    return 2 * batch * rows * inner * columns


def _baddbmm(shapes: _Shapes, inputs: Sequence[Any]) -> int:
    return _bmm(shapes[1:3], inputs)


def _convolution(shapes: _Shapes, inputs: Sequence[Any]) -> int:
    """Each output's element, or of a transposed one each input's, meets one filter."""
    given, weight = shapes[0], shapes[1]
    stride, padding, dilation, transposed, output_padding = inputs[3:8]
    if transposed:
        positions = prod(given[2:])
        return 2 * given[0] * positions * prod(weight)
    del output_padding
    kernel = weight[2:]
    output = [
        (size + 2 * _at(padding, axis) - _at(dilation, axis) * (kernel[axis] - 1) - 1)
        // _at(stride, axis)
        + 1
        for axis, size in enumerate(given[2:])
    ]
    return 2 * given[0] * prod(output) * prod(weight)


def _convolution_backward(shapes: _Shapes, inputs: Sequence[Any]) -> int:
    """The gradient of the input and of the weight each cost what the forward did."""
    gradient, given, weight = shapes[0], shapes[1], shapes[2]
    transposed, mask = inputs[7], inputs[10]
    positions = prod((given if transposed else gradient)[2:])
    once = 2 * gradient[0] * positions * prod(weight)
    return once * (bool(mask[0]) + bool(mask[1]))


def _attention(shapes: _Shapes, _inputs: Sequence[Any]) -> int:
    """Queries by keys, and weights by values: (batch, heads, length, width) each."""
    query, key, value = shapes[0], shapes[1], shapes[2]
    heads = prod(query[:-2])
    length, width = query[-2:]
    return 2 * heads * length * key[-2] * (width + value[-1])


def _attention_backward(shapes: _Shapes, inputs: Sequence[Any]) -> int:
    """The weights again, and two products for each of the forward's two."""
    query, key, value = shapes[1], shapes[2], shapes[3]
    heads = prod(query[:-2])
    length, width = query[-2:]
    pair = 2 * heads * length * key[-2]
    return pair * width + 2 * pair * (width + value[-1])


def _at(values: Any, axis: int) -> int:
    """Of a size for each axis, or of one for all."""
    return int(values[axis] if len(values) > 1 else values[0])


_FORMULAS: dict[str, _Formula] = {
    "aten::mm": _mm,
    "aten::addmm": _addmm,
    "aten::bmm": _bmm,
    "aten::baddbmm": _baddbmm,
    "aten::convolution": _convolution,
    "aten::convolution_backward": _convolution_backward,
    "aten::_scaled_dot_product_flash_attention_for_cpu": _attention,
    "aten::_scaled_dot_product_flash_attention_for_cpu_backward": _attention_backward,
    "aten::_scaled_dot_product_flash_attention": _attention,
    "aten::_scaled_dot_product_flash_attention_backward": _attention_backward,
    "aten::_scaled_dot_product_efficient_attention": _attention,
    "aten::_scaled_dot_product_efficient_attention_backward": _attention_backward,
    "aten::_scaled_dot_product_cudnn_attention": _attention,
    "aten::_scaled_dot_product_cudnn_attention_backward": _attention_backward,
}
"""Of an operator that has one, nothing within it is counted."""
