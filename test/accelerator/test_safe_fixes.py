"""Fixes that are called safe, against cells that follow, on a device."""

from __future__ import annotations

import os

import pytest
from adversaries import FEW, broken_by, later_cells, names, safe_cases
from hypothesis import given
from hypothesis import strategies as st

KIND = os.environ.get("TORCHPROF_TEST_DEVICE", "simgpu")
CASES = [case for case in safe_cases(KIND) if case.needs]
"""The others run on the CPU."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_later_cells_find_the_same_values(case):
    device = f"{KIND}:0"
    known = names(case, device)
    if not known:
        return  # its fixes are never called safe

    @FEW
    @given(st.data())
    def check(data):
        later = data.draw(later_cells(case, known))
        assert not broken_by(case, device, later), later

    check()
