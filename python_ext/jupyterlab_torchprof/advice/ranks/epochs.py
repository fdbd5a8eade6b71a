"""A distributed sampler that gives the same order in each epoch."""

from __future__ import annotations

from ...words import count_of
from ..evidence.loaders import training_loaders
from ..grammar import Case, Finding, Rule
from .lines import by_hand_at


class SamplerSetEpoch(Rule):
    """A `DistributedSampler` shuffles by its seed and its epoch. Where nobody tells it the epoch,
    each one goes through the data in the same order, with the same batches.

    Evidence: Two passes or more over a loader that trains, in which its sampler, which shuffles,
    had the same epoch and the same seed as in the pass before.

    Fix: By hand: `loader.sampler.set_epoch(epoch)` at the start of each epoch.

    Silent: On loaders that evaluate, where the order does not matter, and under libraries that tell
    the sampler the epoch or have one of their own (accelerate, Lightning, Trainer).

    Sources:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler

    Notes: The fix changes values, so it is left to the author.
    """

    id = "sampler-set-epoch"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Passes in the order of the one before, in the run or in one of its ranks."""
        runs = (case.record, *(run.record for run in case.record.ranks))
        found = next(
            (
                (run, loader)
                for run in runs
                for loader in training_loaders(run)
                if loader.repeated_orders
            ),
            None,
        )
        if found is None:
            return None
        run, loader = found
        name = loader.variable or loader.name or "loader"
        return Finding(
            title=f"`{name}` has the same order in each epoch.",
            explanation=(
                "A `DistributedSampler` shuffles by its seed and its epoch, and nobody has told it "
                f"that another epoch began. Call `{name}.sampler.set_epoch(epoch)` at the start of "
                "each; the batches, and so the results, will be others."
            ),
            evidence=[
                f"{count_of(loader.iterators, 'pass', 'passes')} over `{name}`, "
                f"{loader.repeated_orders} of them in the order of the one before."
            ],
            remedy=by_hand_at(
                case,
                "Other batches give other results: that is for the author to choose.",
                None if loader.place is None else run.places[loader.place],
            ),
        )
