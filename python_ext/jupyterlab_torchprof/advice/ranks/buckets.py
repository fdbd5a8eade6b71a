"""Gradients that a nearly full device holds twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...ranks.told import last_launch
from ...record import MemoryEntry, RankRun, Replica
from ...units import format_bytes
from ..evidence.memory import filled, is_large
from ..grammar import Case, Finding, Rule
from .wrapper import written


class BucketView(Rule):
    """`DistributedDataParallel` keeps the gradients twice, in `.grad` and in the buckets that it
    reduces, on a device that is nearly full.

    Evidence: A rank that came to more than 90 % of its device, where it has trained under a wrapper
    without `gradient_as_bucket_view`, whose gradients take 64 MiB or 1 % of the device.

    Fix: By hand: `gradient_as_bucket_view=True`.

    Silent: Where the device has room; where the optimizer steps on several devices; for wrappers
    that are not called.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html

    Notes: The bytes are those of the parameters that need gradients, as the wrapper has them. The
    peak falls by that less the largest gradient, which is computed before it is copied (measured on
    PyTorch 2.13: 27.8 of 32 MiB). Not safe: `.grad` cannot be detached in place any more.
    """

    id = "bucket-view"
    severity = "info"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A full device with such a wrapper."""
        found = next(_full(last_launch(case.record.ranks)), None)
        if found is None:
            return None
        run, memory, wrapper = found
        name = written(wrapper)
        size, device = format_bytes(wrapper.parameter_bytes), memory.device
        return Finding(
            title=f"{name} keeps its gradients twice on {device}, which is nearly full.",
            explanation=(
                "`DistributedDataParallel` copies gradients into buckets, which it reduces, and "
                "keeps both. With `gradient_as_bucket_view=True` each `.grad` is a view of its "
                f"bucket: up to {size} less in each rank. Values stay the same; "
                "`.grad.detach_()` is an error then."
            ),
            evidence=[
                f"Rank {run.rank} held up to {format_bytes(memory.peak_bytes)} of "
                f"{format_bytes(memory.total_bytes or 0)} of {device}.",
                f"{name} has {size} of parameters that need gradients.",
            ],
            remedy=case.by_hand("Whether the program detaches gradients is for you to check."),
        )


def _full(ranks: Sequence[RankRun]) -> Iterator[tuple[RankRun, MemoryEntry, Replica]]:
    """Ranks whose device is nearly full, with a wrapper that would leave room."""
    for run in ranks:
        devices = {name for each in run.record.optimizers if each.steps for name in each.devices}
        for memory in filled(run.record):
            for wrapper in run.replicas:
                keeps_both = wrapper.iterations > 0 and not wrapper.bucket_view
                is_much = is_large(wrapper.parameter_bytes, memory)
                if devices == {memory.device} and keeps_both and is_much:
                    yield run, memory, wrapper
