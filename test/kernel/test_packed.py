"""Advice does not depend on how a notebook is cut up: the corpus again, packed in other ways."""

from __future__ import annotations

import os
from zlib import crc32

import pytest
from corpus import Case, cases
from corpus_checks import Score, check
from packing import PACKINGS

KNOWN = {
    "an_object-fires/inference-mode": "the rule knows models in variables only",
    "an_object-fires/no-grad-inference--after-training": "kept graphs are told by variable: `lab`",
    "an_object-fires/no-grad-inference--a_training_cell_that_reuses_the_name": "kept graphs are "
    "told by variable: `lab`",
    "an_object-fires/stale-intermediates": "who else reads an object's attribute is not known",
    "an_object-quiet/no_grad_ignored_on_its_line": "the packing drops the comment that silences",
    "functions-quiet/models_built_again": "advised for a while, as unpacked, under another cell",
    "functions-quiet/no_grad_ignored_for_the_cell": "the comment stands in the cell that defines",
}
"""Where the advice is not the same, and why; these are always tried."""

EVERY = int(os.environ.get("TORCHPROF_PACKED_EVERY", "8"))
"""Of so many others one is tried, each time the same, whatever others there are; 1: all of them."""


def packed() -> list:
    """The corpus as the packings have it: a sample, and all that is known to differ."""
    found = []
    for packing in PACKINGS:
        for case in cases("cpu"):
            other = packing.pack(case)
            name = f"{packing}-{case}"
            why_not = KNOWN.get(name)
            if other is None or (why_not is None and crc32(name.encode()) % EVERY):
                continue
            marks = [] if why_not is None else [differs(why_not)]
            found.append(pytest.param(other, id=name, marks=marks))
    return found


def differs(why: str) -> pytest.MarkDecorator:
    """Other advice is expected; where it is the same after all, the entry has to go."""
    return pytest.mark.xfail(reason=why, raises=AssertionError, strict=True)


PACKED = packed()


@pytest.mark.parametrize("case", PACKED)
def test_notebook(case: Case):
    check(case, "cpu", Score())


def test_all_that_is_known_is_tried():
    assert KNOWN.keys() <= {parameters.id for parameters in PACKED}
