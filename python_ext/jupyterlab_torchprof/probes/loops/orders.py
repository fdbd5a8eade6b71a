"""The order in which a distributed sampler goes through its dataset."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..objects.kinds import attributes_of, class_name, home_of


class Order(NamedTuple):
    """Two passes of one sampler with the same numbers have the same order."""

    sampler: int
    """Its id, while its loader lives."""
    epoch: int
    seed: int


def order_of(loader: Any) -> Order | None:
    """``None``: its sampler is no ``DistributedSampler`` of PyTorch's that shuffles.

    Source: ``torch/utils/data/distributed.py``; the permutation is seeded by seed and epoch.
    """
    sampler = attributes_of(loader).get("sampler")
    kind = type(sampler)
    if class_name(sampler) != "DistributedSampler":
        return None
    if home_of(kind) != "torch.utils.data.distributed":
        return None
    own = attributes_of(sampler)
    epoch, seed = own.get("epoch"), own.get("seed")
    if own.get("shuffle") is not True or type(epoch) is not int or type(seed) is not int:
        return None
    return Order(id(sampler), epoch, seed)
