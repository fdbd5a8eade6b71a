"""What was tried, told in the terminal as in the panel."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from jupyterlab_torchprof.deliver.replays import replay_text
from jupyterlab_torchprof.record import DeepReplay

FIXTURE = Path(__file__).parents[2] / "unit" / "fixtures" / "deep" / "replays.json"
CASES = json.loads(FIXTURE.read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["words"] for case in CASES])
def test_the_sentence(case):
    assert replay_text(msgspec.convert(case["replay"], DeepReplay)) == case["words"]
