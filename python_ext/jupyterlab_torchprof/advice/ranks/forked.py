"""Ranks that hang in their first computation with several threads."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from ... import fixes
from ...derive import own_line
from ...ranks.told import last_launch, name_of
from ...record import Place, RankRun
from ...units import format_seconds
from ...words import count_of, enumerate_words, sentence
from ..grammar import Case, Finding, Remedy, Rule
from .lines import by_hand_at, words_of

_NAMED = 3
_WHY = (
    "`torch.set_num_threads(1)` belongs into the function that the processes run, as its first "
    "statement."
)


class ForkAfterThreads(Rule):
    """PyTorch has computed with several threads before processes are forked: those know of the
    threads, but have none of them, and hang in the first operation that takes several.

    Evidence: The main thread of a forked process has waited in one and the same call of OpenMP's
    for three seconds or longer, after two without a step or a backward, and nothing of the process
    was at work.

    Fix: Writes `torch.set_num_threads(1)` as the first statement of the function that the processes
    run.

    Silent: Where the system does not tell where a thread waits (elsewhere than on Linux), and with
    another OpenMP than GNU's, which PyTorch's packages for Linux come with.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/multiprocessing.html#avoiding-and-fighting-deadlocks
        https://github.com/pytorch/pytorch/issues/17199

    Notes: While it hangs, the panel and the line under the cell say the same. Any operation with
    several threads does it, in the notebook and in the process (PyTorch 2.13: products, sums,
    sorting, convolutions, a layer on 16 rows; a product of 8 rows takes one). Not safe: sums are
    rounded otherwise.
    """

    id = "fork-after-threads"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """Processes of the last launch that waited for such threads."""
        hung = [
            (run, run.openmp_wait_s)
            for run in last_launch(case.record.ranks)
            if run.openmp_wait_s is not None
        ]
        if not hung:
            return None
        first = hung[0][0]
        names = [name_of(run) for run, _wait_s in hung[:_NAMED]]
        if len(hung) > _NAMED:
            names.append(f"{len(hung) - _NAMED} more")
        who = enumerate_words(names)
        place = own_line(first.record, first.last_place)
        where = "" if place is None else f" {sentence(name_of(first))} was at {words_of(place)}."
        return Finding(
            title=f"{sentence(who)} hung: a forked process has none of the notebook's threads.",
            explanation=(
                "PyTorch had computed in this process with several threads. A fork copies what is "
                "known of them, and not the threads: the first operation that takes several waits "
                f"for them for ever.{where} Write `torch.set_num_threads(1)` as the first "
                "statement of what the processes run. To have several threads in each, restart the "
                "kernel, and compute nothing before they start."
            ),
            evidence=[
                f"{sentence(name_of(run))} had waited within OpenMP for {format_seconds(wait_s)}, "
                "and nothing of its process was at work."
                for run, wait_s in hung[:_NAMED]
            ]
            + [f"{count_of(len(hung), 'process', 'processes')} hung so."] * (len(hung) > _NAMED),
            remedy=_remedy(case, first, place),
        )


def _remedy(case: Case, run: RankRun, place: Place | None) -> Callable[[], Remedy]:
    """In the function that was started, not in the one that hung."""
    started = _started(run)
    if started is None or started.line is None or started.kind != "cell":
        return by_hand_at(case, _WHY, started or place)
    line, own = started.line, started.source_hash
    cells = case.program.cells
    cell = next((each for each in reversed(cells) if each.source_hash == own), None)
    if cell is None:
        return by_hand_at(case, _WHY, started)
    return case.edit(
        lambda: fixes.threads.set_one_thread(
            cell.source,
            line,
            torch_name=case.placement.torch_name,
            cell_id=cell.cell_id,
        ),
        lines=[line],
        code=cell,
    )


def _started(run: RankRun) -> Place | None:
    """The user's own function that a library called first on the way to where it was met last."""
    places, index = run.record.places, run.last_place
    way: list[Place] = []
    while index is not None and 0 <= index < len(places):
        way.append(places[index])
        parent = places[index].parent
        index = parent if parent is not None and parent < index else None
    way.reverse()
    for before, place in pairwise(way):
        if before.kind == "library" and place.kind in ("cell", "file"):
            return place
    return None
