"""Precision and recall of the advice on the notebooks of ``test/notebooks``, on a device."""

from __future__ import annotations

import gc
import os

import pytest
import torch
from corpus import cases
from corpus_checks import Score, check
from length import AT_LENGTH

KIND = os.environ.get("TORCHPROF_TEST_DEVICE", "simgpu")
SCORE = Score()


@pytest.fixture
def _usable():
    """The device is started, and empty of what other notebooks left in its cache."""
    gc.collect()  # shells and the frames of errors are cycles
    torch.empty(1, device=f"{KIND}:0")
    torch.accelerator.empty_cache()


@pytest.mark.parametrize("case", cases(KIND), ids=str)
@pytest.mark.usefixtures("_usable")
def test_notebook(case):
    # What its fixes do, a notebook that runs on the CPU has shown there; a real device may differ.
    fixes = bool(case.needs) or KIND != "simgpu" or AT_LENGTH
    check(case, f"{KIND}:0", SCORE, fixes=fixes)


def test_precision_and_recall(capsys):
    with capsys.disabled():
        print(f"\n{SCORE.table()}")
    assert SCORE.is_perfect
