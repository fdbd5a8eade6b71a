"""Worker processes that are started again and again."""

from __future__ import annotations

import re

from ... import fixes
from ...record import CellRecord, DataLoading
from ...units import format_seconds
from ...words import count_of
from ..evidence.loaders import made_by, name_of
from ..evidence.times import shortened
from ..grammar import Case, Finding, Rule
from ..text.code import dotted
from ..text.program import Program, Site
from .makers import asked_of, at_maker
from .needless import needless

_LEAST_PASSES = 3
_LEAST_SHARE = 0.05
_LEAST_S = 0.05
_CHANGES = re.compile(r"\.dataset(\.\w+)+\s*(=[^=]|\()")


class PersistentWorkers(Rule):
    """Worker processes are started again for every pass over the data.

    Evidence: At least three passes in the cell, and making their iterators took 5 % of it.

    Fix: Sets `persistent_workers=True`, or what the library that made the loader calls it.

    Silent: Workers that are needless anyway; a dataset that may be changed between passes; looks
    at the first batch only.

    Sources:
        https://docs.pytorch.org/docs/stable/data.html

    Notes: The prediction is what starting took in all passes but the first. Workers that stay
    would not see a change of the dataset.
    """

    id = "persistent-workers"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A loader whose workers could stay for the next pass."""
        loaders = (each for each in case.record.data_loading if _starts_often(each, case.record))
        loader = next((each for each in loaders if _may_stay(case, each)), None)
        if loader is None:
            return None
        started, workers = format_seconds(loader.startup_s), loader.workers
        fix_title = "Keep the workers between passes"
        asked = asked_of(case, loader, "persistent workers")
        words = "`persistent_workers=True`" if asked is None else asked.words
        return Finding(
            title=f"Workers are started {loader.iterators} times, which took {started}.",
            explanation=(
                f"Each pass over {name_of(loader)} starts its {count_of(workers, 'worker')} anew. "
                f"With {words} they stay for the next pass, with the dataset as it was when they "
                "started."
            ),
            evidence=[
                f"{loader.iterators} iterators were made in {started}, each with "
                f"{count_of(workers, 'worker process', 'worker processes')}."
            ],
            remedy=at_maker(
                case,
                loader,
                lambda maker: fixes.loader.set_keyword(
                    maker, "persistent_workers", "True", fix_title, safe=False
                ),
                asked=asked,
                title=fix_title,
            ),
            prediction=shortened(case.record, _restarting_s(loader)),
        )


def _starts_often(loader: DataLoading, record: CellRecord) -> bool:
    """Whether a loader's workers are started in pass after pass, at a noticeable cost."""
    if not loader.workers or loader.persistent_workers:
        return False
    if loader.iterators < _LEAST_PASSES * loader.loaders:
        return False  # workers of a loader that is made anew cannot stay
    looked_only = loader.batches <= loader.iterators
    least = max(_LEAST_S, _LEAST_SHARE * record.duration_s)
    return not looked_only and _restarting_s(loader) >= least


def _restarting_s(loader: DataLoading) -> float:
    """What starting the workers took in all passes but the first of each loader."""
    return loader.startup_s * (loader.iterators - loader.loaders) / loader.iterators


def _may_stay(case: Case, loader: DataLoading) -> bool:
    """Whether workers are of use, and need not see a change of the dataset."""
    return not _changes_dataset(case.program, loader) and needless(case, loader) is None


def _changes_dataset(program: Program, loader: DataLoading) -> bool:
    """Whether the cell, or a function, may change the dataset: by its variable or the loader's."""
    change, name = _CHANGES, _dataset_name(made_by(program, loader))
    if name is not None:
        change = re.compile(rf"{_CHANGES.pattern}|\b{name}(\.\w+|\[[^\]]*\])+\s*(=[^=]|\()")
    return any(
        change.search(cell.source)
        for cell in program.cells
        if cell is program.record or "def " in cell.source
    )


def _dataset_name(maker: Site | None) -> str | None:
    """The variable or attribute that the loader's dataset was in, as a pattern finds it."""
    arguments = maker.call.node.args if maker is not None else []
    name = dotted(arguments[0]).rpartition(".")[2] if arguments else "?"
    return None if name == "?" else re.escape(name)
