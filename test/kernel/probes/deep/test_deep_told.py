"""A deep profile in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jupyterlab_torchprof.deliver.deep import verdict_text
from jupyterlab_torchprof.record import DeepProfile

FIXTURE = Path(__file__).parents[3] / "unit" / "fixtures" / "deep" / "verdict.json"
"""Of both sides: the front end is held to the same."""
CASES: list[dict[str, Any]] = json.loads(FIXTURE.read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["words"].partition(":")[0])
def test_the_sentence_is_that_of_the_front_end(case):
    assert verdict_text(msgspec.convert(case["deep"], DeepProfile)) == case["words"]
