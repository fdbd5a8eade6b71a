"""Attention that is computed as product, softmax and product, each an operator of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from .belonging import Belonging, Belongings
from .inputs import SOFTMAX, Inputs, Tensor
from .nesting import Operator

_FUSED = "aten::scaled_dot_product_attention"
_PRODUCTS = {"aten::bmm": 0, "aten::baddbmm": 1}
"""By name; the position of the first factor."""
_MASKS = ("aten::masked_fill", "aten::where", "aten::add")
_FARTHEST = 60
"""Operators between the parts of one attention."""


@dataclass(slots=True)
class Attention:
    """One computation of it."""

    first: Operator
    last: Operator
    at: Belonging
    """Of its softmax."""
    inputs: Inputs
    """Queries, keys and values: (batch and heads, length, width) each."""
    masked: bool
    dropout: bool
    total_ns: int


def attentions(operators: Sequence[Operator], belongings: Belongings) -> Iterator[Attention]:
    """Those of one piece's forwards; ``operators`` by thread and time."""
    product: int | None = None
    softmax: int | None = None
    for index, each in enumerate(operators):
        if each.inputs is None or (each.name not in _PRODUCTS and each.name != SOFTMAX):
            continue
        if belongings.of(each).phase not in ("forward", "other") or _is_fused(each):
            product = softmax = None
            continue
        if each.name == SOFTMAX:
            known = product is not None and index - product <= _FARTHEST
            known = known and _is_of(operators[product or 0], each, belongings)
            softmax = index if known else None
            continue
        if product is not None and softmax is not None and index - softmax <= _FARTHEST:
            found = _attention(operators[product : index + 1], operators[softmax], belongings)
            if found is not None:
                yield found
                product = softmax = None
                continue
        product, softmax = index, None


def _is_of(product: Operator, softmax: Operator, belongings: Belongings) -> bool:
    """Whether a softmax is of what a product has made."""
    query, key = _factors(product)
    weights = softmax.inputs.tensors[0].shape if softmax.inputs is not None else ()
    return (
        softmax.thread == product.thread
        and belongings.of(softmax).module == belongings.of(product).module
        and len(weights) >= 3
        and weights[-2:] == (query.shape[1], key.shape[2])
        and prod(weights[:-2]) == query.shape[0]
    )


def _attention(
    span: Sequence[Operator], softmax: Operator, belongings: Belongings
) -> Attention | None:
    """``span``: from the first product to the second, which may be of the same attention."""
    first, last = span[0], span[-1]
    (query, key), (weights, value) = _factors(first), _factors(last)
    if last.thread != first.thread or weights.shape != (*query.shape[:2], key.shape[2]):
        return None
    if belongings.of(last).module != belongings.of(softmax).module:
        return None
    names = {each.name for each in span}
    within = set(span)
    keys = Tensor((key.shape[0], key.shape[2], key.shape[1]), key.dtype, key.device, None)
    return Attention(
        first=first,
        last=last,
        at=belongings.of(softmax),
        inputs=Inputs((query._replace(strides=None), keys, value._replace(strides=None))),
        masked=first.name == "aten::baddbmm" or any(name.startswith(_MASKS) for name in names),
        dropout=bool(names & {"aten::dropout", "aten::native_dropout", "aten::bernoulli_"}),
        total_ns=sum(each.total_ns for each in span if each.parent not in within),
    )


def _factors(product: Operator) -> tuple[Tensor, Tensor]:
    assert product.inputs is not None
    start = _PRODUCTS[product.name]
    first, second = product.inputs.tensors[start : start + 2]
    return first, second


def _is_fused(operator: Operator) -> bool:
    """Whether PyTorch itself computes it so, asked for the whole."""
    around = operator.parent
    while around is not None:
        if around.name == _FUSED:
            return True
        around = around.parent
    return False
