"""What a run's time was spent for, in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jupyterlab_torchprof.deliver.phases import phases_text
from jupyterlab_torchprof.deliver.text import render_text
from jupyterlab_torchprof.record import CellRecord, Environment, Session

FIXTURE = Path(__file__).parents[1] / "unit" / "fixtures" / "phases" / "words.json"
"""Of both sides: the front end is held to the same."""
CASES: list[dict[str, Any]] = json.loads(FIXTURE.read_text("utf-8"))


def record(case: dict[str, Any]) -> CellRecord:
    parts = {name: case[name] for name in ("phases", "places", "stack_samples")}
    return msgspec.convert(
        {
            "run_id": "r",
            "cell_id": None,
            "execution_count": 1,
            "source": "train()",
            "source_hash": "h",
            "started_at": 0.0,
            "duration_s": 1.0,
            "status": "ok",
            **parts,
        },
        CellRecord,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["words"] or "nothing")
def test_the_sentence_is_that_of_the_front_end(case: dict[str, Any]) -> None:
    assert phases_text(record(case)) == case["words"]


def test_the_terminal_tells_phases_where_there_are_some() -> None:
    environment = Environment(extension="0", python="3", platform="L")
    for case in CASES[1], CASES[3]:
        session = Session(schema_version="2.1", environment=environment, cells=[record(case)])
        assert ("phases     transformers" in render_text(session)) == bool(case["words"])
