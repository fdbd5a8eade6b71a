"""Predicted against measured, when a cell has been changed as advised and runs again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from ..derive import memory_delta
from ..fixes.apply import EditError, apply_edits
from ..fixes.syntax import same_program
from ..record import Advice, CellRecord, Verification
from .evidence.forwards import held_graphs, keepers, trained_until
from .evidence.lifetime import retained_by_keeper
from .evidence.memory import memory_entry, memory_name
from .text.program import cell_key


def verify(
    record: CellRecord,
    history: Sequence[CellRecord],
    advised: Iterable[CellRecord] | None = None,
) -> list[Verification]:
    """What the fixes did that this run has applied; nothing is changed.

    ``advised``: the runs in ``history`` that have advice, if they are known.

    A run has applied a fix if an earlier run of its cell (without cell ids: any earlier run) got
    the advice, and its text is that run's with the fix's edits; blanks, comments and line breaks
    may differ. Where a fix edits other cells, those must have run in their new texts in between.
    The baseline is the latest such run. Worse is reported like better. A run that was recorded in
    depth took time and memory for that: it is compared with none.

    Every value is a difference, after minus before:

    * ``graph_bytes`` (advice on kept graphs): what the baseline's variables, by name, keep in
      saved tensors after this run, less what they kept after the baseline.
    * ``allocated_after_bytes`` (the same, on the device that held them, for the CPU the host):
      memory after this run less memory after the baseline, less what *other* cells changed in
      between, each counted from its own before to its own after. This cell's own runs are not
      taken off: the old results die while the cell that replaces them runs, so a rerun's
      before still has the graphs and its after has not, and a second rerun starts without them.
      Not reported if another cell freed some of the baseline's graphs in between, for then the
      saving would be taken off as that cell's. For the host nothing is predicted: its memory is
      what is resident, and the C library keeps much of what is freed for later use.
    * ``peak_bytes`` (advice on a peak): the peak of this run less the baseline's, less what
      other cells changed in between. Results of the baseline that are still there while this run
      replaces them count against the fix.
    * ``duration_s``: of this run less the baseline's; predicted only where the advice is on time.
    """
    if record.status != "ok" or record.deep is not None:
        return []
    advised = history if advised is None else advised
    if not any(run.advice and run.cell_id == record.cell_id for run in advised):
        return []
    earlier = [run for run in _before(record, history) if run.deep is None]
    verified: list[Verification] = []
    rules: set[str] = set()
    for index in range(len(earlier) - 1, -1, -1):
        baseline = earlier[index]
        if baseline.cell_id != record.cell_id:
            continue
        for advice in baseline.advice:
            if advice.rule not in rules and _has_applied(record, advice, earlier, index):
                rules.add(advice.rule)
                verified += _compare(record, baseline, advice, earlier)
    return verified


def _before(record: CellRecord, history: Sequence[CellRecord]) -> list[CellRecord]:
    earlier: list[CellRecord] = []
    for run in history:
        if run.run_id == record.run_id:
            break
        earlier.append(run)
    return earlier


def _has_applied(
    record: CellRecord, advice: Advice, earlier: Sequence[CellRecord], index: int
) -> bool:
    """Whether the fix that the run at ``index`` was offered has been applied before ``record``."""
    baseline = earlier[index]
    if advice.fix is None:
        return False
    cells = {edit.cell_id for edit in advice.fix.edits}
    if baseline.cell_id not in cells:
        if baseline.cell_id is None or not same_program(baseline.source, record.source):
            return False
    elif record.source_hash == baseline.source_hash:
        return False
    for cell_id in cells:
        edits = [edit for edit in advice.fix.edits if edit.cell_id == cell_id]
        before = _last(earlier[: index + 1], cell_id, edits[0].source_hash)
        own = cell_id == baseline.cell_id
        after = record if own else _last(earlier[index + 1 :], cell_id)
        if before is None or after is None:
            return False
        try:
            fixed = apply_edits(before.source, edits)
        except EditError:
            return False
        if not same_program(fixed, after.source):
            return False
    return True


def _last(
    runs: Sequence[CellRecord], cell_id: str | None, text: str | None = None
) -> CellRecord | None:
    """The last run of a cell, or of that cell with the text of this hash."""
    for run in reversed(runs):
        if run.cell_id == cell_id and text in (None, run.source_hash):
            return run
    return None


def _compare(
    record: CellRecord, baseline: CellRecord, advice: Advice, earlier: Sequence[CellRecord]
) -> Iterator[Verification]:
    index = next(i for i, run in enumerate(earlier) if run is baseline)
    own_keys = {cell_key(record), cell_key(baseline)}
    between = [(run, cell_key(run) not in own_keys) for run in earlier[index + 1 :]]
    others = [run for run, is_other in between if is_other]

    def result(
        metric: str, predicted: float | None, measured: float | None, device: str | None = None
    ) -> Iterator[Verification]:
        if measured is not None:
            yield Verification(
                rule=advice.rule,
                metric=metric,
                predicted=predicted,
                measured=measured,
                unit="s" if metric == "duration_s" else "bytes",
                baseline_run_id=baseline.run_id,
                device=device,
            )

    prediction = advice.prediction
    if prediction is not None:
        promised = prediction.after - prediction.before
        memory = memory_name(prediction.device)
        if prediction.metric == "graph_bytes":
            previous = earlier[index - 1] if index else None
            names = set(keepers(held_graphs(baseline, previous, trained_until(baseline))))
            measured = _difference(_kept(record, names), _kept(baseline, names))
            yield from result("graph_bytes", promised, measured, prediction.device)
            if not _freed_by_others(baseline, names, between):
                change = _change(record, baseline, others, memory, "allocated_after_bytes")
                expected = None if memory == "host" else promised
                yield from result("allocated_after_bytes", expected, change, memory)
        elif prediction.metric == "peak_bytes":
            change = _change(record, baseline, others, memory, "peak_bytes")
            yield from result("peak_bytes", promised, change, memory)
        elif prediction.metric == "allocated_after_bytes":
            change = _change(record, baseline, others, memory, "allocated_after_bytes")
            yield from result("allocated_after_bytes", promised, change, memory)
    in_time = prediction is not None and prediction.metric == "duration_s"
    faster = prediction.after - prediction.before if prediction and in_time else None
    yield from result("duration_s", faster, record.duration_s - baseline.duration_s)


def _kept(record: CellRecord, names: Collection[str]) -> int | None:
    """Bytes that graphs of these variables keep; ``None`` if not all was seen."""
    if record.grad is None or record.placement is None or record.placement.truncated:
        return None
    retained = retained_by_keeper(record)
    return sum(retained[name].saved_bytes for name in names if name in retained)


def _difference(after: int | None, before: int | None) -> float | None:
    return None if after is None or before is None else float(after - before)


def _freed_by_others(
    baseline: CellRecord, names: Collection[str], between: Sequence[tuple[CellRecord, bool]]
) -> bool:
    """Whether another cell freed graphs that the baseline's variables kept."""
    level = _kept(baseline, names) or 0
    for run, is_other in between:
        now = _kept(run, names)
        if now is None or (is_other and now < level):
            return True
        level = now
    return False


def _change(
    record: CellRecord,
    baseline: CellRecord,
    others: Sequence[CellRecord],
    device: str,
    quantity: Literal["allocated_after_bytes", "peak_bytes"],
) -> float | None:
    """This run's memory less the baseline's, less what other cells changed in between."""
    entries = [memory_entry(run, device) for run in (baseline, record, *others)]
    if any(entry is None for entry in entries):
        return None
    before, after, *rest = (entry for entry in entries if entry is not None)
    drift = sum(map(memory_delta, rest))
    return float(getattr(after, quantity) - getattr(before, quantity) - drift)
