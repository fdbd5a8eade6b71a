"""A search for unused parameters that finds none."""

from __future__ import annotations

from ...ranks.told import last_launch
from ...record import Replica
from ...words import count_of
from ..grammar import Case, Finding, Rule
from ..text.sites import mentions
from .wrapper import written

_LEAST = 10
"""Iterations."""


class FindUnusedNeedless(Rule):
    """`DistributedDataParallel` is told to look for parameters without a gradient: in each step it
    goes through the whole graph, and finds none.

    Evidence: `find_unused_parameters` and the bytes of unused parameters, as the wrapper has logged
    them in all ranks, after ten iterations or more.

    Fix: By hand: leave `find_unused_parameters=True` out. transformers' Trainer asks for it by
    itself: there `ddp_find_unused_parameters=False`.

    Silent: Where a parameter was unused when it was asked, with `static_graph=True`, and under
    wrappers that are not called as they are.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html

    Notes: Not safe: another branch of the model may leave parameters out that were used so far.
    What is logged is of the last iteration.
    """

    id = "find-unused-needless"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Wrappers of all ranks that look, and find nothing."""
        ranks = last_launch(case.record.ranks)
        searching = [[one for one in run.replicas if _is_needless(one)] for run in ranks]
        if len(ranks) < 2 or not all(searching):
            return None
        found = searching[0][0]
        name = written(found)
        return Finding(
            title=f"{name} looks for unused parameters in each step, and there are none.",
            explanation=(
                "With `find_unused_parameters=True` the whole graph is gone through after each "
                "forward, and gradients are reduced later than they could be. Leave it out, unless "
                f"some batches leave parameters of the model out.{_of_trainer(case)}"
            ),
            evidence=[
                f"No parameter was without a gradient in any of {count_of(len(ranks), 'rank')}, "
                f"after {count_of(found.iterations, 'iteration')}."
            ],
            remedy=case.by_hand("Only you know whether a later batch leaves parameters out."),
        )


def _of_trainer(case: Case) -> str:
    """It asks for it unless it is told."""
    if not mentions(case.program, "TrainingArguments("):
        return ""
    return " Trainer does so with `TrainingArguments(ddp_find_unused_parameters=False)`."


def _is_needless(one: Replica) -> bool:
    return (
        one.finds_unused
        and not one.unused_bytes
        and not one.static_graph
        and one.iterations >= _LEAST
    )
