"""The terminal says of a holder that grows what the panel says."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from jupyterlab_torchprof.memory.words import growth_texts
from jupyterlab_torchprof.record import MemoryShare

FIXTURE = Path(__file__).parents[2] / "unit/fixtures/growth-words.json"


@pytest.mark.parametrize("case", json.loads(FIXTURE.read_text("utf-8")))
def test_a_holder_that_grows(case):
    share = msgspec.convert(case["share"], MemoryShare)
    numbers = {"run-1": "[1]", "cell-1": "[1]"}
    assert [*growth_texts(share, numbers)] == [text.replace("`", "") for text in case["says"]]
