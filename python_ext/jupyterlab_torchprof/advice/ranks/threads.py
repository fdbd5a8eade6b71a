"""Ranks that take each other's cores."""

from __future__ import annotations

from collections.abc import Sequence

from ...ranks.told import are_ranks, by_launch
from ...record import RankRun
from ...units import format_percent
from ...words import count_of
from ..grammar import Case, Finding, Rule

_BUSY = 0.8
"""Of all cores, which the ranks have to keep at work together."""
_LONG_S = 2.0


class RankThreads(Rule):
    """Each rank computes with as many threads as if it were alone, so they take each other's cores.

    Evidence: The number of threads that PyTorch uses in each rank, the machine's cores, and the
    processor time of the ranks, which compute on no accelerator and keep the cores busy.

    Fix: By hand: `torch.set_num_threads` as the first statement of what the ranks run, or
    `OMP_NUM_THREADS` before they start. `torchrun` sets it; launchers of notebooks don't.

    Silent: Where cores are idle, where ranks run on several machines, and for runs below 2 s.

    Sources:
        https://docs.pytorch.org/docs/stable/elastic/run.html
        https://docs.pytorch.org/docs/stable/threading_environment_variables.html

    Notes: More threads change how sums are rounded.
    """

    id = "rank-threads"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """More threads than cores, and no core without work."""
        for ranks in by_launch(case.record.ranks):
            if (found := _find(case, ranks)) is not None:
                return found
        return None


def _find(case: Case, ranks: Sequence[RankRun]) -> Finding | None:
    """As `RankThreads.find`, of one launch."""
    state = case.record.torch
    cores = None if state is None else state.cpu_count
    if len(ranks) < 2 or not cores or not are_ranks(ranks):
        return None
    threads = [_threads(run) for run in ranks]
    if min(threads) < 2 or sum(threads) <= cores or len({run.host for run in ranks}) > 1:
        return None
    seconds = max(run.record.duration_s for run in ranks)
    busy = sum(run.record.cpu_s or 0.0 for run in ranks) / (cores * seconds or 1.0)
    if seconds < _LONG_S or busy < _BUSY or any(map(_computes_elsewhere, ranks)):
        return None
    each = max(1, cores // len(ranks))
    return Finding(
        title=f"{len(ranks)} ranks compute with {sum(threads)} threads on {cores} cores.",
        explanation=(
            "Each rank takes as many threads as if it were alone; they wait for each other's "
            f"cores. Write `torch.set_num_threads({each})` as the first statement of what the "
            "ranks run: a rank that was forked can even hang without it, once the notebook has "
            "computed with several threads."
        ),
        evidence=[
            f"PyTorch uses {count_of(max(threads), 'thread')} in each of {len(ranks)} ranks.",
            f"Together they kept {cores} cores busy for {format_percent(min(1.0, busy))} of "
            "the time.",
        ],
        remedy=case.by_hand("Threads belong into the function that the ranks run."),
    )


def _threads(run: RankRun) -> int:
    state = run.record.torch
    return 0 if state is None or state.num_threads is None else state.num_threads


def _computes_elsewhere(run: RankRun) -> bool:
    return any(entry.device != "host" and entry.peak_bytes > 0 for entry in run.record.memory)
