"""In which order a loader goes through its dataset, and whether through all of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..objects.kinds import attributes_of, class_name, home_of

_PLAIN = ("SequentialSampler", "RandomSampler")
_HOME = "torch.utils.data.sampler"


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


def is_whole(loader: Any) -> bool:
    """Whether its batches are those of the whole dataset, as PyTorch's own samplers make them."""
    own = attributes_of(loader)
    sampler, batches = own.get("sampler"), own.get("batch_sampler")
    return (
        class_name(sampler) in _PLAIN
        and class_name(batches) == "BatchSampler"
        and home_of(type(sampler)) == home_of(type(batches)) == _HOME
    )
