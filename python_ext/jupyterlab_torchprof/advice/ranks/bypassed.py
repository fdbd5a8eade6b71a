"""Gradients that are never reduced, since nobody calls the wrapper that would."""

from __future__ import annotations

from collections.abc import Sequence

from ...derive import own_line
from ...ranks.told import last_launch
from ...record import RankRun, Replica
from ...units import format_bytes
from ...words import count_of
from ..grammar import Case, Finding, Rule
from ..text.sites import mentions
from .lines import by_hand_at
from .wrapper import is_called, trained_forwards

_LEAST_STEPS = 10
_HALF = 0.5
_NEARLY = 0.9
_OTHER_WAYS = ("send(", "recv(", "rpc", "mpi4py", "horovod", "share_memory")
"""To exchange gradients or weights that PyTorch's recorder does not see."""


class DdpBypassed(Rule):
    """The model is wrapped in `DistributedDataParallel`, and the forward goes past the wrapper, to
    `model.module` or to the model that was wrapped. Then gradients are not reduced: each rank
    trains a model of its own.

    Evidence: In all ranks a wrapper with no iteration after ten optimizer steps or more, steps of
    as many bytes of parameters as it has, and in PyTorch's flight recorder the broadcast by which
    it was made, and nothing since that could reduce half of its gradients.

    Fix: By hand: call the wrapper.

    Silent: Where other collectives could have reduced gradients or averaged weights, or a cell
    speaks of other ways to exchange them; where the wrapper is called to train, as under `no_sync`;
    where PyTorch records no collectives (gloo before PyTorch 2.8).

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html

    Notes: The recorder keeps the last 2,000 collectives. That the broadcast is among them shows
    that it works and has dropped none since. The fix changes values.
    """

    id = "ddp-bypassed"
    severity = "high"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A wrapper that no rank calls."""
        ranks = last_launch(case.record.ranks)
        past = [_bypassed(run) for run in ranks]
        if len(ranks) < 2 or not all(past) or _may_exchange(case, ranks):
            return None
        first, wrapper = ranks[0], past[0]
        assert wrapper is not None
        steps = sum(each.steps for each in first.record.optimizers)
        forward = max(trained_forwards(first.record), key=lambda each: each.calls, default=None)
        place = None if forward is None else forward.place
        return Finding(
            title="No gradient is reduced: the forward goes past `DistributedDataParallel`.",
            explanation=(
                "`DistributedDataParallel` reduces the gradients of what is computed by its own "
                "forward. With `model.module(x)`, or with the model that was wrapped, each rank "
                "steps by its own gradients, and the models drift apart. Call the wrapper, "
                "`model(x)`; `model.module` is for its attributes and its state dict."
            ),
            evidence=[
                f"{count_of(steps, 'optimizer step')} in each of {len(ranks)} ranks, and no "
                "iteration of the wrapper.",
                f"The wrapper has {format_bytes(wrapper.parameter_bytes)} of parameters; beside "
                f"broadcasts, the ranks have exchanged {format_bytes(_exchanged(first))}.",
            ],
            remedy=by_hand_at(
                case,
                "Which variable is the wrapper, and that gradients are to be averaged, you know.",
                own_line(first.record, place),
            ),
        )


def _bypassed(run: RankRun) -> Replica | None:
    """A wrapper whose parameters the rank has stepped, and whose gradients nobody has reduced."""
    record, grad = run.record, run.record.grad
    stepped = [each for each in record.optimizers if each.steps >= _LEAST_STEPS]
    if grad is None or grad.backwards < _LEAST_STEPS or is_called(record):
        return None
    own = sum(size for each in stepped for size in each.parameter_bytes.values())
    for one in run.replicas:
        size = one.parameter_bytes
        if one.iterations or not size or own < _NEARLY * size:
            continue
        if _broadcast(run) >= size and _exchanged(run) < _HALF * size:
            return one
    return None


def _broadcast(run: RankRun) -> int:
    return sum(each.input_bytes for each in run.collectives if each.name.endswith("broadcast"))


def _exchanged(run: RankRun) -> int:
    """By all collectives but broadcasts, which reduce nothing."""
    return sum(each.input_bytes for each in run.collectives) - _broadcast(run)


def _may_exchange(case: Case, ranks: Sequence[RankRun]) -> bool:
    texts = (file.source for run in ranks for file in run.record.files)
    return mentions(case.program, *_OTHER_WAYS) or any(
        word in text for text in texts for word in _OTHER_WAYS
    )
