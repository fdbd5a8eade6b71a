"""How worker processes are started: too many of them, or again and again."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, DataLoading, Prediction, RaisedWarning, Severity
from ...units import format_seconds
from ...words import count_of
from ..evidence.loaders import LOADER, Loading, made_by, with_keyword
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site
from ..text.sites import sites_of_run
from .needless import needless
from .workers import workers_for

_SUGGESTED = re.compile(r"suggested max number of worker in current system is (\d+)")
_LEAST_PASSES = 3
_LEAST_SHARE = 0.05
_LEAST_S = 0.05
_CHANGES = re.compile(r"\.dataset(\.\w+)+\s*(=[^=]|\()")


@dataclass(frozen=True, slots=True)
class TooMany:
    """More workers than cores."""

    record: CellRecord
    warning: RaisedWarning
    suggested: int
    sites: list[Site]
    """All in one cell."""


class DataloaderTooManyWorkers(OldRule[TooMany]):
    """More workers than cores, as PyTorch warns itself when the loader is made.

    The number is PyTorch's. Silent where the call with that many workers is not found in the cell
    and the functions that it calls: then a library has made the loader, and PyTorch has warned.
    Silent, too, and taken back, where a run of the loader shows that the workers mostly wait for
    something else than a core: one without workers, in which making batches left the processor
    idle, or one with them, in which they took less than half of the cores' time. PyTorch does not
    know of that.
    """

    id: ClassVar[str] = "dataloader-too-many-workers"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "A loader has more worker processes than the machine has cores for, so that they slow "
        "each other down."
    )
    proof: ClassVar[str] = "PyTorch's own warning of the suggested maximum, raised by the cell."
    cure: ClassVar[str] = "Sets `num_workers` to the suggested maximum."
    silent: ClassVar[str] = (
        "The loader is made by a library; workers of loaders that were made in earlier cells; a "
        "run that showed that making the batches leaves the processor idle."
    )
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/data.html",)
    waits: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> TooMany | None:
        """See the class."""
        for warning in record.warnings:
            match = _SUGGESTED.search(warning.message)
            if match is not None:
                suggested = int(match.group(1))
                sites = _too_many(Program(record, history), suggested)
                if all(_finds_cores(site, suggested, history) for site in sites):
                    return None
                return TooMany(record, warning, suggested, sites)
        return None

    def awaits(self, record: CellRecord) -> bool:
        """PyTorch has warned."""
        return any(_SUGGESTED.search(warning.message) for warning in record.warnings)

    def title(self, finding: TooMany) -> str:
        """One sentence."""
        cores = count_of(finding.suggested, "core")
        return f"A loader starts more workers than the {cores} of this process."

    def explanation(self, finding: TooMany) -> str:
        """What happens and what can be done."""
        return (
            "More processes than cores take turns, which costs time and the memory of each. "
            f"PyTorch suggests at most {finding.suggested} here."
        )

    def evidence(self, finding: TooMany) -> list[str]:
        """Facts of the record."""
        return [f"PyTorch warned: {finding.warning.message.split('. ')[0]}."]

    def remedy(self, finding: TooMany) -> Remedy:
        """The suggested number."""
        from ...fixes.loader import CannotFix, set_workers

        lines = sorted({site.call.line for site in finding.sites})
        record = finding.sites[0].record
        code = record if record is not finding.record else None
        try:
            fix = set_workers(finding.sites, finding.suggested)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


class PersistentWorkers(OldRule[Loading]):
    """Workers are started anew in every pass.

    Needs three passes in the cell, and starting that takes 5 % of it. The prediction is what
    starting took in all passes but the first. Silent where the workers are needless anyway, and
    where the dataset is changed between passes: workers that stay would not see it.
    """

    id: ClassVar[str] = "persistent-workers"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = "Worker processes are started again for every pass over the data."
    proof: ClassVar[str] = (
        "At least three passes in the cell, and making their iterators took 5 % of it."
    )
    cure: ClassVar[str] = "Sets `persistent_workers=True`."
    silent: ClassVar[str] = (
        "Workers that are needless anyway; a dataset that may be changed between passes; looks at "
        "the first batch only."
    )
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/data.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Loading | None:
        """See the class."""
        for loader in record.data_loading:
            if not loader.workers or loader.persistent_workers:
                continue
            looked_only = loader.batches <= loader.iterators
            if looked_only or loader.iterators < _LEAST_PASSES:
                continue
            if _saving_s(loader) < max(_LEAST_S, _LEAST_SHARE * record.duration_s):
                continue
            program = Program(record, history)
            site = made_by(program, loader)
            if not _changes_dataset(program, site) and needless(record, loader, history) is None:
                return Loading(record, loader, site)
        return None

    def title(self, finding: Loading) -> str:
        """One sentence."""
        loader = finding.loader
        return (
            f"Workers are started {loader.iterators} times, which took "
            f"{format_seconds(loader.startup_s)}."
        )

    def explanation(self, finding: Loading) -> str:
        """What happens and what can be done."""
        return (
            f"Each pass over {finding.name} starts its "
            f"{count_of(finding.loader.workers, 'worker')} anew. With `persistent_workers=True` "
            "they stay for the next pass, with the dataset as it was when they started."
        )

    def evidence(self, finding: Loading) -> list[str]:
        """Facts of the record."""
        loader = finding.loader
        return [
            f"{loader.iterators} iterators were made in {format_seconds(loader.startup_s)}, each "
            f"with {count_of(loader.workers, 'worker process', 'worker processes')}."
        ]

    def prediction(self, finding: Loading) -> Prediction:
        """Time of the cell."""
        loader, before = finding.loader, finding.record.duration_s
        after = max(0.0, before - _saving_s(loader))
        return Prediction(metric="duration_s", before=before, after=after, unit="s")

    def remedy(self, finding: Loading) -> Remedy:
        """Keep them."""
        title = "Keep the workers between passes"
        return with_keyword(finding, "persistent_workers", "True", title)


def _finds_cores(site: Site, suggested: int, history: Sequence[CellRecord]) -> bool:
    """Whether a run has shown that the workers of a loader mostly wait for something else."""
    statement, value = site.call.statement, site.call.keywords.get("num_workers")
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names: set[str | None] = {target.id for target in targets if isinstance(target, ast.Name)}
    names = names or {None}
    number = value.value if isinstance(value, ast.Constant) else None
    for run in history:
        for loader in run.data_loading:
            if loader.variable not in names:
                continue
            if loader.workers > suggested and _were_idle(run, loader, suggested):
                return True
            wanted = workers_for(run, loader) if loader.workers == 0 else 0
            if isinstance(number, int) and number <= wanted:
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


def _saving_s(loader: DataLoading) -> float:
    return loader.startup_s * (loader.iterators - 1) / loader.iterators


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


def _changes_dataset(program: Program, site: Site | None) -> bool:
    """Whether the cell, or a function, may change the dataset: by its variable or the loader's."""
    change = _CHANGES
    arguments = site.call.node.args if site is not None else []
    if arguments and isinstance(arguments[0], ast.Name):
        name = re.escape(arguments[0].id)
        change = re.compile(rf"{_CHANGES.pattern}|\b{name}(\.\w+|\[[^\]]*\])+\s*(=[^=]|\()")
    return any(
        change.search(cell.source)
        for cell in program.cells
        if cell is program.record or "def " in cell.source
    )
