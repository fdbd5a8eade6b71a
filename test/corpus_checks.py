"""The checks of the corpus, the same on the CPU and on an accelerator."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from adversaries import SAFE_RULES, remember_names
from corpus import Case, Result, differences, fixed_cells, run
from jupyterlab_torchprof.advice.catalogue import RULES
from jupyterlab_torchprof.deliver.redact import leave_source_out
from jupyterlab_torchprof.record import CellRecord
from secrecy import lines_told

_MOST_TOLD = 4000


class Score:
    """Counts, rule by rule, what was rightly advised, wrongly advised, and missed."""

    def __init__(self) -> None:
        self.right: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.cells = 0

    def table(self) -> str:
        """Precision and recall, rule by rule."""
        lines = [f"{'rule':<32}{'fired':>6}{'precision':>11}{'recall':>8}"]
        for rule in RULES:
            right, wrong, missed = (c[rule.id] for c in (self.right, self.wrong, self.missed))
            if right + wrong + missed:
                lines.append(
                    f"{rule.id:<32}{right + wrong:>6}"
                    f"{_share(right, right + wrong):>11}{_share(right, right + missed):>8}"
                )
        lines.append(f"{self.cells} cells ran.")
        return "\n".join(lines)

    @property
    def is_perfect(self) -> bool:
        """Nothing was wrong and nothing was missed."""
        return not self.wrong and not self.missed


def check(case: Case, device: str, score: Score, *, fixes: bool = True) -> None:
    """Run a notebook; then with its ``fixes``, which must keep what they promise to keep."""
    first = run(case, device)
    advised = first.advice()
    expected = {(entry.cell, entry.rule): entry for entry in case.expected}
    for cell, rule in advised.keys() | expected.keys():
        known, found = (cell, rule) in expected, (cell, rule) in advised
        counter = score.right if known and found else score.wrong if found else score.missed
        counter[rule] += 1
    score.cells += len(case.cells)
    assert first.health == []
    assert sorted(advised) == sorted(expected), _explain(first, advised, expected)
    assert expected or first.ever == case.withdrawn, f"advised for a while: {first.ever}"
    for cell in case.forwards:
        grad = first.latest()[cell].grad
        assert grad is not None and grad.forwards, f"no forward was seen in {cell}"
    assert not _told(first.records)
    for key, entry in expected.items():
        assert not entry.lines or tuple(advised[key].lines) == entry.lines, key
    remember_names(case, device, first)

    cells = fixed_cells(case, first)
    if cells == case.cells or not fixes:
        return
    safe = {key[1] for key, advice in advised.items() if advice.fix and advice.fix.safe}
    assert safe <= SAFE_RULES, "adversaries.py tries only those"
    mended = {key for key, advice in advised.items() if advice.fix is not None}
    failed = {cell for cell, record in first.latest().items() if record.status == "error"}
    second = run(case, device, cells, mended=failed & {cell for cell, _rule in mended})
    again = second.advice()
    assert not mended & again.keys(), f"still advised after the fix: {_program(cells)}"
    assert again.keys() <= expected.keys(), f"new advice after the fix: {again.keys()}"
    tolerance = _tolerance(case.fixed)
    if tolerance is None:
        assert not all(advice.fix.safe for advice in advised.values() if advice.fix)
        return
    changed = list(differences(first.values, second.values, tolerance))
    assert not changed, f"{changed}\n{_program(cells)}"
    if not tolerance:
        assert second.printed == first.printed, _program(cells)


def _told(records: list[CellRecord]) -> list[tuple[str, str]]:
    """What a document without source would tell of it all the same."""
    document = leave_source_out({"cells": msgspec.to_builtins(records)})
    return lines_told(document, [record.source for record in records])


def _tolerance(fixed: str) -> float | None:
    if fixed.startswith("not compared: "):
        return None
    return float(fixed.removeprefix("within ")) if fixed else 0.0


def _explain(first: Result, advised: dict[tuple[str, str], Any], expected: Any) -> str:
    wrong = [f"{key}: {advised[key].title}" for key in advised if key not in expected]
    missed = [str(key) for key in expected if key not in advised]
    return f"wrong: {wrong}, missed: {missed}, of what was known:\n{_facts(first.records)}"


def _facts(records: list[CellRecord]) -> str:
    """What rules judge by most: a miss that comes once in many runs is understood by it."""
    return "\n".join(
        f"{record.cell_id}: {msgspec.json.encode(part).decode()[:_MOST_TOLD]}"
        for record in records
        for part in (record.grad, record.optimizers, record.places, record.placement)
    )


def _program(cells: dict[str, str]) -> str:
    return "\n".join(f"# %% {name}\n{source}" for name, source in cells.items())


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"
