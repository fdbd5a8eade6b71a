"""Precision and recall of the advice on the notebooks of ``test/notebooks``, on the CPU."""

from __future__ import annotations

import pytest
from corpus import FOLDER, cases, read
from corpus_checks import Score, check
from jupyterlab_torchprof.advice.catalogue import RULES

SCORE = Score()
LEAST_QUIET_CELLS = 60


@pytest.mark.parametrize("case", cases("cpu"), ids=str)
def test_notebook(case):
    check(case, "cpu", SCORE)


def test_precision_and_recall(capsys):
    with capsys.disabled():
        print(f"\n{SCORE.table()}")
    assert SCORE.is_perfect


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_has_a_notebook_in_which_it_fires(rule):
    found = sorted((FOLDER / "fires").glob(f"{rule}.py")) + sorted(
        (FOLDER / "fires").glob(f"{rule}--*.py")
    )
    assert any(entry.rule == rule for path in found for entry in read(path).expected)


def test_there_are_enough_cells_of_good_practice():
    quiet = [read(path) for path in (FOLDER / "quiet").glob("*.py")]
    assert sum(len(case.cells) for case in quiet) >= LEAST_QUIET_CELLS
