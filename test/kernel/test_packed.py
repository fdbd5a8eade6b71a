"""Advice does not depend on how a notebook is cut up: the corpus again, packed in other ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
from corpus import Case, cases
from corpus_checks import Score, check
from length import AT_LENGTH
from packing import PACKINGS

SILENT: dict[tuple[str, str], str] = {}
"""Packing and notebook where nothing is advised, and why that is right, or not possible yet."""

EVERY = 1 if AT_LENGTH else 8
"""Of so many notebooks one is tried, each time the same."""


def packed() -> list:
    """The corpus as the packings have it."""
    found = []
    for packing in PACKINGS:
        for case in cases("cpu"):
            other = packing.pack(case)
            if other is not None:
                found.append(pytest.param(packing.name, other, id=f"{packing}-{case}"))
    return found[::EVERY]


@pytest.mark.parametrize(("packing", "case"), packed())
def test_notebook(packing: str, case: Case):
    if (packing, case.name) in SILENT:
        case = replace(case, expected=())
    check(case, "cpu", Score())
