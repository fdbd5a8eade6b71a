"""Which places took longer or less long in another run."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hand_made import a_record
from jupyterlab_torchprof.comparison.changes import compare
from jupyterlab_torchprof.comparison.places import place_changes
from jupyterlab_torchprof.comparison.text import render_comparison
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.quote import short
from jupyterlab_torchprof.record import CellRecord, Place

FIXTURE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "unit" / "fixtures" / "compare" / "places.json").read_text("utf-8")
)
"""Of both sides: the front end is held to the same."""
BEFORE, AFTER = (
    decode_session(json.dumps(FIXTURE[side]).encode()).session for side in ("before", "after")
)


def test_the_shared_fixture() -> None:
    assert [
        {
            "run": change.record.run_id,
            "line": change.place.line,
            "before": pytest.approx(change.before),
            "after": pytest.approx(change.after),
            "words": change.text(),
        }
        for change in compare(BEFORE, AFTER).places
    ] == FIXTURE["expected"]


def test_the_terminal_has_it() -> None:
    text = render_comparison(compare(BEFORE, AFTER), ("a.json", "b.json"), short)
    assert "by samples:\n  `augment` took 3.7 s, before 1.7 s\n" in text
    assert "Places that changed" not in render_comparison(compare(AFTER, AFTER), ("", ""), short)


def run(duration: float, *looks: int) -> CellRecord:
    return a_record(
        source="\n".join(f"call_{index}()" for index in range(len(looks))),
        duration_s=duration,
        places=[
            Place(parent=None, kind="cell", source_hash="h", line=index + 1, samples=count)
            for index, count in enumerate(looks)
        ],
        stack_samples=sum(looks),
    )


@pytest.mark.parametrize("looks", [20, 100, 1000])
def test_chance_is_no_difference(looks: int) -> None:
    """The same program, looked at by chance, a thousand times."""
    chance = random.Random(1)
    shares = (0.5, 0.25, 0.15, 0.07, 0.03)

    def looked_at() -> CellRecord:
        met = chance.choices(range(5), shares, k=looks)
        return run(10.0, *(met.count(place) for place in range(5)))

    told = sum(bool(place_changes([(looked_at(), looked_at())])) for _ in range(1000))
    assert told < 20


def test_what_is_more_than_chance_is_told() -> None:
    assert [change.text() for change in place_changes([(run(1, 50, 50), run(2, 25, 75))])] == [
        "[1] line 2 took 1.5 s, before 500 ms"
    ]


def test_runs_that_tell_too_little_are_left_out() -> None:
    assert not place_changes([(run(1, 19), run(5, 100))])
    failed = run(5, 100)
    failed.status = "error"
    assert not place_changes([(run(1, 100), failed)])


def test_many_places_end_in_a_few_lines() -> None:
    assert len(place_changes([(run(1, *[10] * 20), run(50, *[10] * 20))])) == 5
