"""How recorded work is done: as it was, and in each other way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..beside.errors import CannotMeasure
from ..record import DeepWork
from .adam import adam_steps
from .tensors import Tensors

_MULTIPLE = 8


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do it."""

    call: Callable[[], Any]
    """Does it once, from tensors that were made before."""
    threads: int | None = None
    """PyTorch's number of threads; ``None``: as it is."""


def ways(work: DeepWork, alternative: str, make: Tensors) -> tuple[Way, Way]:
    """As it was, and in the other way.

    Raises:
        CannotMeasure: this version knows no such way.
    """
    if alternative not in _OTHERS:
        raise CannotMeasure("This cannot be tried in that way.")
    if work.kind == "optimizer":
        return Way(adam_steps(work, make, fused=False)), Way(adam_steps(work, make, fused=True))
    tensors = [make.like(each) for each in work.inputs]
    if work.kind == "layout":
        multiply, copied = _operator(work, make), work.numbers[0][0]
        return Way(lambda: multiply(_copied(tensors, copied))), Way(lambda: multiply(tensors))
    if work.kind == "operator":
        compute = _operator(work, make)
    else:
        mask = _mask(work, make)
        compute = _attention(work, make, mask)
        if alternative == "sdpa":
            fused = _fused_attention(work, make, mask)
            return Way(lambda: compute(tensors)), Way(lambda: fused(tensors))
    return Way(lambda: compute(tensors)), _OTHERS[alternative](work, make, compute, tensors)


_Compute = Callable[[Sequence[Any]], Any]


def _operator(work: DeepWork, make: Tensors) -> _Compute:
    torch = make.torch
    if work.name == "aten::convolution":
        stride, padding, dilation, (transposed,), output_padding, (groups,) = work.numbers
        rest = (stride, padding, dilation, bool(transposed), output_padding, groups)
        return lambda given: torch.convolution(
            given[0], given[1], given[2] if len(given) > 2 else None, *rest
        )
    names = ("mm", "addmm", "bmm", "baddbmm")
    name = work.name.removeprefix("aten::")
    if name not in names:
        raise CannotMeasure("This operator cannot be tried.")
    function = getattr(torch, name)
    return lambda given: function(*given)


def _copied(tensors: Sequence[Any], index: int) -> Sequence[Any]:
    """With one of them in the usual order, whatever its own."""
    return [each.contiguous() if at == index else each for at, each in enumerate(tensors)]


def _attention(work: DeepWork, make: Tensors, mask: Any) -> _Compute:
    """Product, softmax and product, and back where the recorded one went back."""

    def forward(given: Sequence[Any]) -> Any:
        query, key, value = given
        scores = make.torch.bmm(query, key.transpose(1, 2)) * query.shape[-1] ** -0.5
        if mask is not None:
            scores = scores + mask.to(scores.dtype)
        return make.torch.bmm(make.torch.softmax(scores, dim=-1), value)

    return _there_and_back(work, make, forward)


def _fused_attention(work: DeepWork, make: Tensors, mask: Any) -> _Compute:
    fused = make.torch.nn.functional.scaled_dot_product_attention

    def forward(given: Sequence[Any]) -> Any:
        query, key, value = (each.unsqueeze(0) for each in given)  # of three axes none is fused
        return fused(query, key, value, attn_mask=mask).squeeze(0)

    return _there_and_back(work, make, forward)


def _mask(work: DeepWork, make: Tensors) -> Any:
    if not work.masked:
        return None
    query, key = work.inputs[0], work.inputs[1]
    return make.like(query, [query.shape[1], key.shape[1]])


def _there_and_back(work: DeepWork, make: Tensors, forward: _Compute) -> _Compute:
    if not work.backward_s:
        return forward
    torch = make.torch

    def compute(given: Sequence[Any]) -> Any:
        with torch.enable_grad():
            leaves = [each.detach().requires_grad_() for each in given]
            result = forward(leaves)
        return torch.autograd.grad(result, leaves, torch.ones_like(result))

    return compute


_Other = Callable[[DeepWork, Tensors, _Compute, Sequence[Any]], Way]


def _bfloat16(work: DeepWork, make: Tensors, compute: _Compute, tensors: Sequence[Any]) -> Way:
    del work
    dtype = make.torch.bfloat16
    return Way(lambda: compute([each.to(dtype) for each in tensors]))


def _channels_last(work: DeepWork, make: Tensors, compute: _Compute, tensors: Sequence[Any]) -> Way:
    """Of a model in this layout all is in it already, so nothing is converted each time."""
    del work
    layout = make.torch.channels_last
    given = [each.to(memory_format=layout) if each.dim() == 4 else each for each in tensors]
    return Way(lambda: compute(given))


def _padded(work: DeepWork, make: Tensors, compute: _Compute, tensors: Sequence[Any]) -> Way:
    """With the sizes that a model would have had."""
    rows = work.inputs[-2].shape[0]
    given = [
        make.like(each, [size if size in (1, rows) else _even(size) for size in each.shape])
        for each in work.inputs
    ]
    del tensors
    return Way(lambda: compute(given))


def _even(size: int) -> int:
    return -(-size // _MULTIPLE) * _MULTIPLE


def _fewer_threads(work: DeepWork, make: Tensors, compute: _Compute, tensors: Sequence[Any]) -> Way:
    del work
    threads = max(1, make.torch.get_num_threads() // 2)
    return Way(lambda: compute(tensors), threads)


def _never(work: DeepWork, make: Tensors, compute: _Compute, tensors: Sequence[Any]) -> Way:
    raise CannotMeasure("This cannot be tried in that way.")


_OTHERS: dict[str, _Other] = {
    "bfloat16": _bfloat16,
    "channels_last": _channels_last,
    "padded": _padded,
    "fewer_threads": _fewer_threads,
    "sdpa": _never,
    "fused": _never,
    "no_copy": _never,
}
"""By name; the last three are no other way to call the same."""
