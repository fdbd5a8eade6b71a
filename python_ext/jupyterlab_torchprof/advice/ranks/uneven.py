"""Ranks that take different numbers of steps, though each step is one of all."""

from __future__ import annotations

from collections.abc import Sequence

from ...derive import own_line
from ...ranks.told import last_launch
from ...record import CellRecord, Place, RankRun
from ...words import count_of
from ..evidence.loaders import training_loaders
from ..grammar import Case, Finding, Rule
from .lines import by_hand_at
from .wrapper import is_called

_LOST = ("gloo", "nccl", "connection closed", "connection reset", "timed out", "timeout")
"""Of the errors of a collective for which another rank did not come; in small letters."""


class UnevenWork(Rule):
    """A rank under `DistributedDataParallel` has taken fewer steps than another one and left: in
    the next backward the other waits for its gradients, until it fails or is stopped.

    Evidence: A rank that ended well, or waits in another collective, after fewer backwards than one
    that failed or waited in a collective of PyTorch's.

    Fix: By hand: as many batches for each rank (`DistributedSampler` gives that, and
    `drop_last=True` in the loader of what was divided by hand), or `with model.join():` around the
    loop.

    Silent: Where no rank has ended well, and all wait in the same collective; where the error is
    one of the program's own; for ranks that reduce no gradients.

    Sources:
        https://docs.pytorch.org/tutorials/advanced/generic_join.html
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler

    Notes: A rank that ended and one that raised an error of its own are told apart by the words of
    that error, which are those of gloo and NCCL.
    """

    id = "uneven-work"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """One rank had still to step when another had left."""
        ranks = last_launch(case.record.ranks)
        if case.record.status == "ok" or len(ranks) < 2:
            return None
        left, more = _apart(ranks)
        if not left or not more or not any(map(_reduces, (*left, *more))):
            return None
        short, long = max(left, key=_backwards), min(more, key=_backwards)
        if _backwards(short) >= _backwards(long):
            return None
        what = "had ended" if short.exit == "ok" else "was in another collective"
        facts = [
            f"Rank {long.rank} was in backward {_backwards(long)}; rank {short.rank} {what} after "
            f"{count_of(_backwards(short), 'backward')}."
        ]
        batches = _batches(long.record), _batches(short.record)
        if batches[0] > batches[1] > 0:
            facts.append(
                f"Rank {long.rank} took {count_of(batches[0], 'batch', 'batches')} of its loader, "
                f"rank {short.rank} took {batches[1]}."
            )
        return Finding(
            title=(
                f"Rank {short.rank} took fewer steps than rank {long.rank}, which waited for its "
                "gradients."
            ),
            explanation=(
                "The gradients of all ranks are added up in each backward, so all have to take as "
                "many steps. Give each rank as many batches: "
                "`DistributedSampler` does; of data that was divided by hand, let the loaders "
                "`drop_last=True` and leave the rest out. Or put the loop into "
                "`with model.join():`, where ranks that have ended go on to answer the others."
            ),
            evidence=facts,
            remedy=by_hand_at(
                case, "How the data is divided is for its author to say.", _loop(long.record)
            ),
        )


def _apart(ranks: Sequence[RankRun]) -> tuple[list[RankRun], list[RankRun]]:
    """Those that do not come any more, and those that waited for them."""
    left = [run for run in ranks if run.exit == "ok"]
    cut = [run for run in ranks if run.exit != "ok"]
    if left:
        return left, [run for run in cut if run.waiting is not None or _has_lost_another(run)]
    waiting = [(run, run.waiting.name, run.waiting.number) for run in ranks if run.waiting]
    reducing = [run for run, name, _number in waiting if name.endswith("all_reduce")]
    others = [run for run, name, _number in waiting if not name.endswith("all_reduce")]
    if len(waiting) < len(ranks) or len({number for _run, _name, number in waiting}) > 1:
        return [], []
    return others, reducing


def _has_lost_another(run: RankRun) -> bool:
    error = run.record.error
    if error is None or error.raised:
        return False
    return any(word in error.message.lower() for word in _LOST)


def _reduces(run: RankRun) -> bool:
    """Whether it adds up gradients: of one that was killed only the last collective is known."""
    grad, waiting = run.record.grad, run.waiting
    is_within = grad is not None and grad.backwards > grad.optimizer_steps
    in_reduction = waiting is not None and waiting.name.endswith("all_reduce")
    return is_called(run.record) or (is_within and in_reduction)


def _backwards(run: RankRun) -> int:
    return 0 if run.record.grad is None else run.record.grad.backwards


def _batches(record: CellRecord) -> int:
    return sum(each.batches for each in training_loaders(record))


def _loop(record: CellRecord) -> Place | None:
    loaders = training_loaders(record)
    if len(loaders) == 1:
        return own_line(record, loaders[0].place)
    return None if record.grad is None else own_line(record, record.grad.last_backward_place)
