"""More worker processes than cores."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from ... import fixes
from ...record import CellRecord, DataLoading
from ...words import count_of
from ..evidence.loaders import LOADER
from ..evidence.making import sites_at
from ..grammar import Case, Finding, Rule
from ..text.makers import assigned_to
from ..text.program import Program, Site
from ..text.sites import sites_of_run
from .estimates import workers_for

_SUGGESTED = re.compile(r"suggested max number of worker in current system is (\d+)")


class DataloaderTooManyWorkers(Rule):
    """A loader has more worker processes than the machine has cores for, so that they slow each
    other down.

    Evidence: PyTorch's own warning of the suggested maximum, raised by the cell.

    Fix: Sets `num_workers` to the suggested maximum.

    Silent: The loader is made by a library; workers of loaders that were made in earlier cells; a
    run that showed that making the batches leaves the processor idle.

    Sources:
        https://docs.pytorch.org/docs/stable/data.html

    Notes: A library made the loader if no call with so many workers stands in the cell or in a
    function that it calls. The run that shows that workers mostly wait for something else than a
    core is one without workers, in which making batches left the processor idle, or one in which
    they took less than half of the cores' time. PyTorch does not know of that; advice given before
    is taken back.
    """

    id = "dataloader-too-many-workers"
    severity = "medium"
    alters = "run"
    waits = True

    def find(self, case: Case) -> Finding | None:
        """PyTorch's warning, and the calls that it is about."""
        warned = _warning(case.record)
        if warned is None:
            return None
        suggested = int(warned.group(1))
        sites = [
            site
            for site in _too_many(case.program, suggested)
            if not _finds_cores(site, suggested, case.history)
        ]
        if not sites:
            return None  # a library made the loader, if no call has so many workers
        return Finding(
            title=(
                f"A loader starts more workers than the {count_of(suggested, 'core')} of this "
                "process."
            ),
            explanation=(
                "More processes than cores take turns, which costs time and the memory of each. "
                f"PyTorch suggests at most {suggested} here."
            ),
            evidence=[f"PyTorch warned: {warned.string.split('. ')[0]}."],
            remedy=case.edit(lambda: fixes.loader.set_workers(sites, suggested), *sites),
        )

    def awaits(self, record: CellRecord) -> bool:
        """PyTorch has warned."""
        return _warning(record) is not None


def _warning(record: CellRecord) -> re.Match[str] | None:
    """PyTorch's warning of too many workers; the group is the number that it suggests."""
    matches = (_SUGGESTED.search(warning.message) for warning in record.warnings)
    return next(filter(None, matches), None)


def _finds_cores(site: Site, suggested: int, history: Sequence[CellRecord]) -> bool:
    """Whether a run has shown that the workers of a loader mostly wait for something else."""
    names, value = assigned_to(site.call), site.call.keywords.get("num_workers")
    number = value.value if isinstance(value, ast.Constant) else None
    for run in history:
        for loader in run.data_loading:
            if not sites_at(loader.made, [site]) and loader.variable not in names:
                continue
            if loader.workers > suggested and _were_idle(run, loader, suggested):
                return True
            if loader.workers or not isinstance(number, int):
                continue
            if number <= workers_for(run, loader):
                return True
    return False


def _were_idle(run: CellRecord, loader: DataLoading, cores: int) -> bool:
    """Whether the workers left half of the cores' time unused; those that stay are not known.

    What they may have used while they were started is taken off: seven that were forked beside a
    build of PyTorch for CUDA used 1.2 s more than beside one for the CPU.
    """
    if run.children_cpu_s is None or loader.persistent_workers or not loader.batches:
        return False
    return run.children_cpu_s - loader.startup_s * cores < loader.loop_s * cores / 2


def _too_many(program: Program, suggested: int) -> list[Site]:
    """Calls that the run went through with more workers, all in one cell.

    Where no call shows a number that is too large, those whose number the text does not show.
    """
    shown, hidden = [], []
    for site in sites_of_run(program, program.calls(*LOADER)):
        workers = site.call.keywords.get("num_workers")
        if not isinstance(workers, ast.Constant):
            hidden.extend([site] if workers is not None else [])
        elif type(workers.value) is int and workers.value > suggested:
            shown.append(site)
    found = shown or hidden
    return [site for site in found if site.record is found[0].record]
