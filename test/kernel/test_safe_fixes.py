"""Fixes that are called safe, against cells that follow, on the CPU.

In one process with ``test_corpus.py`` a notebook need not run once more to tell its names.
"""

from __future__ import annotations

import pytest
from adversaries import FEW, broken_by, later_cells, names, safe_cases
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("case", safe_cases("cpu"), ids=str)
def test_later_cells_find_the_same_values(case):
    known = names(case, "cpu")
    if not known:
        return  # its fixes are never called safe

    @FEW
    @given(st.data())
    def check(data):
        later = data.draw(later_cells(case, known))
        assert not broken_by(case, "cpu", later), later

    check()
