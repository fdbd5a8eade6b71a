"""Batch norms that see few samples, since each rank has a part of the batch."""

from __future__ import annotations

from typing import NamedTuple

from ...derive import own_line
from ...ranks.told import are_ranks, last_launch
from ...record import Forwards, RankRun
from ...words import count_of, enumerate_words
from ..grammar import Case, Finding, Rule
from ..text.sites import mentions
from .lines import by_hand_at
from .wrapper import trained_forwards

_FEW = 16
"""Samples in a rank's batch, from which statistics are no longer so noisy."""
_LEAST = 10
"""Forwards whose batches were looked at."""
_MOST_SHAPES = 16
"""So many are recorded at most: there may have been others."""
_DIMENSIONS = (2, 4)
"""Of what is one sample for each first index, as features and images; of videos, whose frames may
be normalized one by one, nothing is said."""
_UNABLE = ("cpu", "mps", "meta")
"""Devices for which PyTorch's SyncBatchNorm raises an error."""


class SyncBatchNorm(Rule):
    """Under `DistributedDataParallel` each rank's batch norms compute with the statistics of its
    own part of the batch. With few samples these are noisy, and not those of all ranks together.

    Evidence: A wrapper that two ranks or more have trained with on an accelerator, PyTorch's own
    batch norms in training mode in it, and fewer than 16 samples in each batch that it got.

    Fix: By hand: `torch.nn.SyncBatchNorm.convert_sync_batchnorm`, before the model is wrapped.

    Silent: For batch norms that are in evaluation mode, that track no running statistics, or of
    another class; on the CPU, where `SyncBatchNorm` does not work; for input that is no image and
    no row of features; where a cell speaks of `SyncBatchNorm`.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html

    Notes: Changes values, and costs a collective for each layer in forward and backward, so it is
    said as information. The number is one of Group Normalization's authors (arXiv 1803.08494):
    below 16 samples the error of ResNet-50 begins to rise.
    """

    id = "syncbatchnorm"
    severity = "info"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The same in all ranks."""
        ranks = last_launch(case.record.ranks)
        if len(ranks) < 2 or not are_ranks(ranks) or mentions(case.program, "SyncBatchNorm"):
            return None
        found = [_small(run) for run in ranks]
        if not all(found):
            return None
        first = found[0]
        assert first is not None
        layers = count_of(first.layers, "batch norm")
        sizes = enumerate_words([str(size) for size in first.sizes])
        return Finding(
            title=f"Each of {len(ranks)} ranks normalizes by {sizes} samples of its own.",
            explanation=(
                f"The {layers} of the model take mean and variance from what one rank gets, and "
                "with few samples these are noisy. `SyncBatchNorm` takes them from all ranks: "
                "`net = torch.nn.SyncBatchNorm.convert_sync_batchnorm(net)`, before the model is "
                "wrapped. That gives other values, and costs two exchanges for each layer in a "
                "step; where the model trains as it should, leave it."
            ),
            evidence=[
                f"{layers} in training mode under `DistributedDataParallel`, on "
                f"{first.forwards.device} in rank {ranks[0].rank}.",
                f"{sizes} samples in each of {count_of(first.forwards.looked_at, 'forward')} that "
                "were looked at.",
            ],
            remedy=by_hand_at(
                case,
                "Whether the model learns better with statistics of all ranks, you have to try.",
                own_line(ranks[0].record, first.forwards.place),
            ),
        )


class _Small(NamedTuple):
    """Forwards of a wrapper with few samples."""

    forwards: Forwards
    sizes: list[int]
    layers: int


def _small(run: RankRun) -> _Small | None:
    """The wrapper's forwards, if there is one place of them, and each had few samples."""
    found = [each for each in trained_forwards(run.record) if each.training]
    wrapped = [each for each in found if each.module == "DistributedDataParallel"]
    if len(wrapped) != 1 or not any(each.iterations for each in run.replicas):
        return None
    forwards = wrapped[0]
    shapes, layers = forwards.shapes, forwards.layers
    if layers is None or not layers.batchnorms_alone or not _is_able(forwards.device):
        return None
    if not 0 < len(shapes) < _MOST_SHAPES or forwards.looked_at < _LEAST:
        return None
    sizes = sorted({shape[0] if len(shape) in _DIMENSIONS else _FEW for shape in shapes})
    return _Small(forwards, sizes, layers.batchnorms_alone) if sizes[-1] < _FEW else None


def _is_able(device: str | None) -> bool:
    return device is not None and device.partition(":")[0] not in _UNABLE
