"""Gradients that are reduced after each backward, and used after several."""

from __future__ import annotations

from ...ranks.told import last_launch
from ...record import RankRun
from ...units import format_bytes
from ...words import count_of
from ..grammar import Case, Finding, Rule

_LEAST_STEPS = 4
_NEARLY = 0.9


class DdpNoSync(Rule):
    """Gradients are accumulated over several backwards for each step, and
    `DistributedDataParallel` reduces them after each one: all reductions but the last are for
    nothing.

    Evidence: Twice as many backwards as optimizer steps or more in each rank, and reductions whose
    bytes are those of all gradients, as often as backwards.

    Fix: By hand: `with model.no_sync():` around the forward and backward of all but the last.

    Silent: Where `no_sync` is used, as by accelerate's `accumulate`, Trainer and Lightning; where
    less is reduced than all gradients; below four steps.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html

    Notes: Values stay the same up to rounding: sums are taken in another order. PyTorch's recorder
    keeps the last 2,000 collectives; where more have come, they do not suffice as evidence.
    """

    id = "ddp-no-sync"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """All ranks reduce too often."""
        ranks = last_launch(case.record.ranks)
        if len(ranks) < 2 or not all(map(_reduces_each, ranks)):
            return None
        grad = ranks[0].record.grad
        assert grad is not None
        each = grad.backwards // grad.optimizer_steps
        return Finding(
            title=f"Gradients are reduced after each backward, and used after {each} of them.",
            explanation=(
                "`DistributedDataParallel` adds up the gradients of all ranks in each backward. "
                f"Of {each} reductions for a step the last would do: put forward and backward of "
                "the others into `with model.no_sync():`. Sums are taken in another order, so "
                "values change by rounding."
            ),
            evidence=[
                f"{count_of(grad.backwards, 'backward')} and "
                f"{count_of(grad.optimizer_steps, 'optimizer step')} in each rank.",
                f"{format_bytes(_reduced_bytes(ranks[0]))} were reduced in each, "
                f"{format_bytes(_gradient_bytes(ranks[0]))} for each backward.",
            ],
            remedy=case.by_hand("Which backward is the last of a step, the loop must say."),
        )


def _reduces_each(run: RankRun) -> bool:
    grad = run.record.grad
    if grad is None or grad.optimizer_steps < _LEAST_STEPS:
        return False
    gradients = _gradient_bytes(run)
    if grad.backwards < 2 * grad.optimizer_steps or not gradients:
        return False
    return _reduced_bytes(run) >= _NEARLY * grad.backwards * gradients


def _gradient_bytes(run: RankRun) -> int:
    """Of all parameters that are stepped; their gradients are as large."""
    stepped = (each for each in run.record.optimizers if each.steps)
    return sum(size for each in stepped for size in each.parameter_bytes.values())


def _reduced_bytes(run: RankRun) -> int:
    return sum(each.input_bytes for each in run.collectives if each.name.endswith("all_reduce"))
