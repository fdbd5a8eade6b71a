"""How worker processes are used: too many, started again and again, running dry."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Prediction, RaisedWarning, Severity
from ...units import format_seconds
from ..code import Program, Site
from ..rule import Remedy, Rule
from ..words import count_of
from .loaders import LOADER, Loading, made_by
from .workers import needless

_SUGGESTED = re.compile(r"suggested max number of worker in current system is (\d+)")
_LEAST_PASSES = 3
_LEAST_SHARE = 0.05
_LEAST_S = 0.05
_BURST = 10
_LEAST_BURST_S = 0.05
_LEAST_BURSTS_S = 1.0
_CHANGES_DATASET = re.compile(r"\.dataset\.\w+\s*=|\.dataset\.set_|dataset\.set_epoch")


@dataclass(frozen=True, slots=True)
class TooMany:
    """More workers than cores."""

    record: CellRecord
    warning: RaisedWarning
    suggested: int
    site: Site | None


class DataloaderTooManyWorkers(Rule[TooMany]):
    """More workers than cores, as PyTorch warns itself when the loader is made.

    The number is PyTorch's. Silent where the call with that many workers is not found.
    """

    id: ClassVar[str] = "dataloader-too-many-workers"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "A loader has more worker processes than the machine has cores for, so that they slow "
        "each other down."
    )
    proof: ClassVar[str] = "PyTorch's own warning of the suggested maximum, raised by the cell."
    cure: ClassVar[str] = "Sets `num_workers` to the suggested maximum."
    silent: ClassVar[str] = "No call with that many workers in the cell."
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/data.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> TooMany | None:
        """See the class."""
        for warning in record.warnings:
            match = _SUGGESTED.search(warning.message)
            if match is not None:
                suggested = int(match.group(1))
                site = _with_more(Program(record, history), suggested)
                return TooMany(record, warning, suggested, site)
        return None

    def title(self, finding: TooMany) -> str:
        """One sentence."""
        return f"A loader has more than {count_of(finding.suggested, 'worker')}, one for each core."

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

        lines = [finding.warning.line] if finding.warning.line is not None else []
        if finding.site is None:
            return Remedy(refusal="The call with that many workers was not found.", lines=lines)
        lines = [finding.site.call.line]
        code = finding.site.record if finding.site.record is not finding.record else None
        try:
            fix = set_workers(finding.site, finding.suggested)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


class PersistentWorkers(Rule[Loading]):
    """Workers are started anew in every pass.

    Needs three passes in the cell, and starting that takes 5 % of it. The prediction is what
    starting took in all passes but the first. Silent where the workers are needless anyway, and
    where the dataset is changed between passes: workers that stay would not see it.
    """

    id: ClassVar[str] = "persistent-workers"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = "Worker processes are started again for every pass over the data."
    proof: ClassVar[str] = (
        "At least three passes in the cell, and making their iterators took 5 % of it."
    )
    cure: ClassVar[str] = "Sets `persistent_workers=True`."
    silent: ClassVar[str] = (
        "Workers that are needless anyway; a dataset that is changed between passes."
    )
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/data.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Loading | None:
        """See the class."""
        for loader in record.data_loading:
            again = loader.iterators - 1
            if not loader.workers or loader.persistent_workers or again + 1 < _LEAST_PASSES:
                continue
            saving = loader.startup_s * again / loader.iterators
            if saving < max(_LEAST_S, _LEAST_SHARE * record.duration_s):
                continue
            program = Program(record, history)
            if any(_CHANGES_DATASET.search(cell.source) for cell in program.cells):
                continue
            if needless(record, loader, history) is None:
                return Loading(record, loader, made_by(program, loader))
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
        saving = loader.startup_s * (loader.iterators - 1) / loader.iterators
        return Prediction(
            metric="duration_s", before=before, after=max(0.0, before - saving), unit="s"
        )

    def remedy(self, finding: Loading) -> Remedy:
        """Keep them."""
        return _set(finding, "persistent_workers", "True", "Keep the workers between passes")


class DataloaderPrefetch(Rule[Loading]):
    """Workers run dry now and then: some batches are waited for, most are there.

    The 95th percentile of the waits is ten times the median and 50 ms, and all waits but the
    first of each pass take 1 s and 5 % of the loop. Nothing is predicted: a longer queue evens
    bursts out only if the workers are quick enough on average.
    """

    id: ClassVar[str] = "dataloader-prefetch"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = (
        "Most batches are ready when the loop asks for them, but now and then it waits long: "
        "the queue of finished batches is too short for the workers' ups and downs."
    )
    proof: ClassVar[str] = (
        "Workers, a 95th percentile of the waits of 50 ms and ten times the median, and waits of "
        "1 s and 5 % of the loop besides the first ones."
    )
    cure: ClassVar[str] = "Doubles `prefetch_factor`; each worker holds as many more batches."
    silent: ClassVar[str] = "No workers; waits that are long on the whole."
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/data.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Loading | None:
        """See the class."""
        for loader in record.data_loading:
            median, high = loader.wait_p50_s, loader.wait_p95_s
            if not loader.workers or median is None or high is None or not loader.prefetch_factor:
                continue
            bursts = loader.wait_s - loader.first_wait_s
            if high < max(_LEAST_BURST_S, _BURST * median) or bursts < _LEAST_BURSTS_S:
                continue
            if bursts >= _LEAST_SHARE * loader.loop_s:
                return Loading(record, loader, made_by(Program(record, history), loader))
        return None

    def title(self, finding: Loading) -> str:
        """One sentence."""
        loader = finding.loader
        bursts = format_seconds(loader.wait_s - loader.first_wait_s)
        return f"Batches arrive in bursts: the loop waits {bursts}, mostly for a few of them."

    def explanation(self, finding: Loading) -> str:
        """What happens and what can be done."""
        factor = finding.loader.prefetch_factor or 2
        return (
            f"Each worker of {finding.name} works ahead by {factor} batches. With "
            f"{2 * factor} the queue lasts longer while one batch takes its time; it takes the "
            "memory of the batches in it."
        )

    def evidence(self, finding: Loading) -> list[str]:
        """Facts of the record."""
        loader = finding.loader
        return [
            f"Half of the waits were below {format_seconds(loader.wait_p50_s or 0.0)}, one in "
            f"twenty above {format_seconds(loader.wait_p95_s or 0.0)}.",
            f"`prefetch_factor` is {loader.prefetch_factor}.",
        ]

    def remedy(self, finding: Loading) -> Remedy:
        """A longer queue."""
        factor = 2 * (finding.loader.prefetch_factor or 2)
        title = f"Let each worker work ahead by {factor} batches"
        return _set(finding, "prefetch_factor", str(factor), title, safe=True)


def _set(finding: Loading, keyword: str, value: str, title: str, *, safe: bool = False) -> Remedy:
    from ...fixes.loader import CannotFix, set_keyword

    if finding.site is None:
        return Remedy(
            refusal="The call that makes the loader was not found in the notebook's cells.",
            lines=finding.lines,
        )
    try:
        fix = set_keyword(finding.site, keyword, value, title, safe=safe)
    except CannotFix as refusal:
        return Remedy(refusal=str(refusal), lines=finding.lines, code=finding.code)
    return Remedy(fix=fix, lines=finding.lines, code=finding.code)


def _with_more(program: Program, suggested: int) -> Site | None:
    found = []
    for site in program.calls(*LOADER):
        workers = site.call.keywords.get("num_workers")
        if isinstance(workers, ast.Constant) and type(workers.value) is int:
            if workers.value > suggested:
                found.append(site)
        elif workers is not None and site.record is program.record:
            found.append(site)
    return found[0] if len(found) == 1 else None
