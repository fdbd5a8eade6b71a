"""Ranks that all go through the whole dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...ranks.told import last_launch
from ...record import CellRecord, DataLoading, RankRun
from ...words import count_of
from ..evidence.loaders import training_loaders
from ..grammar import Case, Finding, Rule
from .lines import by_hand_at, made_at
from .wrapper import trained_forwards

_LEAST = 10
"""Batches, and reductions."""
_CALLED = 5
"""Iterations of the wrapper, which was asked after ten steps, and does not count the last ones."""
_DISTINCT = 2
_NEARLY = 0.9
_SHARED = ("all_reduce", "broadcast", "barrier")
"""Collectives of ranks that share no model and no batch with each other."""


class SamplerMissing(Rule):
    """Each rank of a data-parallel training gets the same batches: the dataset is not divided among
    the ranks, so all of them compute the gradients of the same samples, and several are no faster
    than one.

    Evidence: The first batches of a loader that trains on a whole dataset, which hold the same
    bytes in all ranks and differ from each other; as many batches in each rank, a backward for
    each, and forwards of whole batches under `DistributedDataParallel` over all ranks.

    Fix: By hand: `sampler=DistributedSampler(dataset)`, and `sampler.set_epoch(epoch)`.

    Silent: Where ranks get other batches, for whatever reason: a dataset divided before, another
    seed, the loaders of accelerate, Trainer and Lightning; for loaders with another sampler than
    PyTorch's two for one process; where a rank takes a part of a batch, or every other one; where
    ranks share a model or sequences with each other, as they then want the same batches; for an
    `IterableDataset`, models called by names of arguments only, and where PyTorch records no
    collectives.

    Sources:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler

    Notes: Another seed in each rank makes other batches, too, drawn with repetition: that is
    nothing to complain of. Of each batch a few kilobytes are compared.
    """

    id = "sampler-missing"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A loader that gave all ranks the same."""
        ranks = last_launch(case.record.ranks)
        if len(ranks) < 2 or not all(map(_is_parallel, ranks)):
            return None
        found = next(_alike(ranks), None)
        if found is None:
            return None
        name = found.variable or found.name or "the loader"
        named = name if name == "the loader" else f"`{name}`"
        each = count_of(found.batches, "batch", "batches")
        return Finding(
            title=f"All {len(ranks)} ranks get the same batches of {named}.",
            explanation=(
                "Each rank goes through the whole dataset in the same order, so the gradients that "
                "are averaged are all of the same samples: an epoch takes as many steps as with "
                "one rank. Give the loader `sampler=DistributedSampler(dataset)`, in the place of "
                "`shuffle=True`, and call `sampler.set_epoch(epoch)` at the start of each epoch: "
                f"then each rank gets one of {len(ranks)} parts. A step is then of {len(ranks)} "
                "times as many samples, so the learning rate may have to change. A dataset that "
                "makes its samples at random needs a seed of its own in each rank instead."
            ),
            evidence=[
                f"Its first {len(found.first_batches)} batches held the same bytes in all "
                f"{len(ranks)} ranks.",
                f"Each rank took {each}, of {found.dataset}.",
            ],
            remedy=by_hand_at(
                case,
                "Other batches give other results: that is for the author to choose.",
                made_at(ranks[0], found.made, found.place),
            ),
        )


def _is_parallel(run: RankRun) -> bool:
    """Whether the rank trains a whole model, as all others do, on whole batches."""
    record, grad = run.record, run.record.grad
    batches = sum(each.batches for each in training_loaders(record))
    if grad is None or not batches or grad.backwards < _NEARLY * batches:
        return False
    kinds = {each.name.rpartition(":")[2]: each for each in run.collectives}
    shared = [kind for kind, each in kinds.items() if each.calls >= _LEAST]
    return (
        "all_reduce" in shared
        and all(kind in _SHARED for kind in shared)
        and any(
            each.world_size == run.world_size and each.iterations >= _CALLED
            for each in run.replicas
        )
    )


def _alike(ranks: Sequence[RankRun]) -> Iterator[DataLoading]:
    """The loaders of the first rank that gave each other one the same."""
    first, others = ranks[0], ranks[1:]
    for loader in training_loaders(first.record):
        if _divides_nothing(first.record, loader) and all(
            any(_is_same(loader, own) for own in training_loaders(run.record)) for run in others
        ):
            yield loader


def _divides_nothing(record: CellRecord, loader: DataLoading) -> bool:
    """Whether the loop computes on all of each batch."""
    if not loader.is_whole or loader.batches < _LEAST:
        return False
    if len(set(loader.first_batches)) < _DISTINCT or loader.batch_size is None:
        return False
    shapes = [shape for each in trained_forwards(record) for shape in each.shapes]
    return any(shape[:1] == [loader.batch_size] for shape in shapes)


def _is_same(one: DataLoading, other: DataLoading) -> bool:
    return (
        one.first_batches == other.first_batches
        and one.batches == other.batches
        and one.dataset == other.dataset
    )
