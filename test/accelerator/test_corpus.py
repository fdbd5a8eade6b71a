"""Precision and recall of the advice on the notebooks of ``test/notebooks``, on a device."""

from __future__ import annotations

import gc
import os

import pytest
import torch
from corpus import Case, cases
from corpus_checks import Score, check
from length import AT_LENGTH, is_tried

KIND = os.environ.get("TORCHPROF_TEST_DEVICE", "simgpu")
ALL = KIND != "simgpu" or AT_LENGTH
"""A device that is real is shown everything, whatever the CPU has proved."""
SCORE = Score()


@pytest.fixture
def _usable():
    """The device is as in a process of its own: nothing is left of other notebooks.

    Else a peak that is below theirs would be known from samples only, which miss some.
    """
    gc.collect()  # shells and the frames of errors are cycles
    torch.empty(1, device=f"{KIND}:0")
    torch.accelerator.empty_cache()
    torch.accelerator.reset_peak_memory_stats()


def _tells_more(case: Case) -> bool:
    """Whether a run here tells more than that on the CPU: of silence, or of what is on a device.

    Of those that ran there one in three is tried: they show that a device changes nothing.
    """
    if case.needs:
        return True
    uses = any("DEVICE" in source for source in case.cells.values())
    return (uses or not case.expected) and is_tried(str(case), 3)


@pytest.mark.parametrize("case", [c for c in cases(KIND) if ALL or _tells_more(c)], ids=str)
@pytest.mark.usefixtures("_usable")
def test_notebook(case):
    # What its fixes do, a notebook that runs on the CPU has shown there.
    check(case, f"{KIND}:0", SCORE, fixes=ALL or bool(case.needs))


def test_precision_and_recall(capsys):
    with capsys.disabled():
        print(f"\n{SCORE.table()}")
    assert SCORE.is_perfect
