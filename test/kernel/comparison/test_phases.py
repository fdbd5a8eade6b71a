"""What more or less time was spent for in another run."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hand_made import a_record
from jupyterlab_torchprof.comparison.changes import compare
from jupyterlab_torchprof.comparison.phases import phase_changes
from jupyterlab_torchprof.comparison.text import render_comparison
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.quote import short
from jupyterlab_torchprof.record import CellRecord

FIXTURE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "unit" / "fixtures" / "compare" / "phases.json").read_text("utf-8")
)
"""Of both sides: the front end is held to the same."""
BEFORE, AFTER = (
    decode_session(json.dumps(FIXTURE[side]).encode()).session for side in ("before", "after")
)


def test_the_shared_fixture() -> None:
    assert [
        {
            "phase": change.phase,
            "before": pytest.approx(change.before),
            "after": pytest.approx(change.after),
            "words": change.text(),
        }
        for change in compare(BEFORE, AFTER).phases
    ] == FIXTURE["expected"]


def test_the_terminal_has_it() -> None:
    text = render_comparison(compare(BEFORE, AFTER), ("a.json", "b.json"), short)
    assert (
        "What the time was spent for, where it changed:\n  data took 300 ms, before 2 s\n" in text
    )
    assert "time was spent" not in render_comparison(compare(AFTER, AFTER), ("", ""), short)


@pytest.mark.parametrize("looks", [50, 300, 2000])
def test_chance_is_no_difference(looks: int) -> None:
    """The same program, looked at by chance, a thousand times."""
    chance = random.Random(1)
    shares = {"data": 0.3, "forward": 0.3, "backward": 0.2, "optimizer": 0.1, "": 0.1}

    def looked_at() -> CellRecord:
        met = chance.choices(list(shares), list(shares.values()), k=looks)
        return a_record(
            source="train()",
            duration_s=10.0,
            stack_samples=looks,
            phases={phase: met.count(phase) / looks for phase in shares if phase},
        )

    told = sum(bool(phase_changes([(looked_at(), looked_at())])) for _ in range(1000))
    assert told < 20
