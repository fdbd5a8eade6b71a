"""Advice does not depend on how a notebook is cut up: the corpus again, packed in other ways."""

from __future__ import annotations

from zlib import crc32

import pytest
from corpus import Case, cases
from corpus_checks import Score, check
from packing import PACKINGS

KNOWN = {
    "an_object-fires/inference-mode": "the rule knows models in variables only",
    "an_object-fires/no-grad-inference--after-training": "kept graphs are told by variable: `lab`",
    "an_object-fires/no-grad-inference--a_training_cell_that_reuses_the_name": "as above",
    "an_object-fires/stale-intermediates": "who else reads an object's attribute is not known",
    "an_object-fires/state-dict-kept": "the checkpoint's word is also a method's name",
    "an_object-quiet/no_grad_ignored_on_its_line": "the packing drops the comment that silences",
    "functions-quiet/models_built_again": "advised for a while, as unpacked, under another cell",
    "functions-quiet/no_grad_ignored_for_the_cell": "the comment stands in the cell that defines",
}
"""Where the advice is not the same, and why."""

EVERY = 8
"""Of so many notebooks one is tried, each time the same, whatever others there are."""


def packed() -> list:
    """The corpus as the packings have it."""
    found = []
    for packing in PACKINGS:
        for case in cases("cpu"):
            other = packing.pack(case)
            name = f"{packing}-{case}"
            if other is not None and name not in KNOWN and crc32(name.encode()) % EVERY == 0:
                found.append(pytest.param(other, id=name))
    return found


@pytest.mark.parametrize("case", packed())
def test_notebook(case: Case):
    check(case, "cpu", Score())
