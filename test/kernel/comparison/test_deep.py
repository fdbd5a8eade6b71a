"""What a step takes in depth, beside another run."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hand_made import a_record
from jupyterlab_torchprof.comparison.changes import compare
from jupyterlab_torchprof.comparison.deep import compare_deep
from jupyterlab_torchprof.comparison.deep_text import deep_lines
from jupyterlab_torchprof.comparison.limits import check, parse_limits
from jupyterlab_torchprof.comparison.text import breach_text, render_comparison
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.quote import short
from jupyterlab_torchprof.record import (
    CellRecord,
    DeepOperator,
    DeepProfile,
    DeepStep,
    DeepWindow,
    Environment,
    MemoryEntry,
    Session,
)

FIXTURE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "unit" / "fixtures" / "compare" / "deep.json").read_text("utf-8")
)
"""Of both sides: the front end is held to the same."""
BEFORE, AFTER = (
    decode_session(json.dumps(FIXTURE[side]).encode()).session for side in ("before", "after")
)


def test_the_shared_fixture() -> None:
    found = [(cell.pair, cell.deep) for cell in compare(BEFORE, AFTER).cells if cell.deep]
    assert [
        {
            "run": pair.after.run_id,
            "before": deep.before.run_id,
            "after": deep.after.run_id,
            "reason": deep.reason,
            "lines": deep_lines(deep),
            "changes": [
                {
                    "kind": change.kind,
                    "before": pytest.approx(change.before, abs=1e-8),
                    "after": pytest.approx(change.after, abs=1e-8),
                    "noise": pytest.approx(change.noise, abs=1e-8),
                }
                for change in deep.changes
            ],
        }
        for pair, deep in found
    ] == FIXTURE["expected"]


def test_the_terminal_has_it() -> None:
    text = render_comparison(compare(BEFORE, AFTER), ("a.json", "b.json"), short)
    assert "A step, as recorded in depth:\n  [2] a step took 30 ms, before 36 ms\n" in text
    assert max(map(len, text.splitlines())) <= 80
    same = render_comparison(compare(AFTER, AFTER), ("", ""), short)
    assert "before 30 ms: no difference beyond the spread" in same


@pytest.mark.parametrize(
    ("limit", "sides", "told"),
    [
        ("cell.deep_step>+10%", (BEFORE, AFTER), ["could not be checked: [4]", "checked: [5]"]),
        ("cell.deep_step>+5%", (AFTER, BEFORE), ["exceeded: [2]", "checked: [4]", "checked: [5]"]),
        ("cell.deep_peak>+30MiB", (AFTER, BEFORE), ["exceeded: [2]: deep_peak of cpu 42 MiB"]),
        ("cell.deep_peak[cuda:0]>+0MiB", (AFTER, BEFORE), []),
        ("cell.deep_peak[cuda:9]>+0MiB", (AFTER, BEFORE), ["neither session has it"]),
    ],
)
def test_limits(limit: str, sides: tuple[Session, Session], told: list[str]) -> None:
    breaches = [breach_text(each, short) for each in check(compare(*sides), parse_limits(limit))]
    told = [*told, "session does not have it"] if "deep_step" in limit else told
    told = [*told, "exceeded: [8]"] if "+5%" in limit else told
    assert len(breaches) == len(told)
    for breach, words in zip(breaches, told, strict=True):
        assert words in breach


def deep_run(chance: random.Random, mean_s: float = 0.03, count: int = 5) -> CellRecord:
    """Steps, and an operator that takes a third of each."""
    steps = [chance.gauss(mean_s, 0.1 * mean_s) for _ in range(count)]
    parts = [chance.gauss(mean_s / 3, 0.05 * mean_s) for _ in range(count)]
    mean = sum(parts) / count
    spread = (sum((each - mean) ** 2 for each in parts) / (count - 1)) ** 0.5
    return a_record(
        source="train()",
        deep=DeepProfile(
            steps_asked=count,
            window=DeepWindow(begin_s=0, end_s=1, whole_steps=True),
            steps=[DeepStep(duration_s=each) for each in steps],
            operators=[
                DeepOperator(
                    name="aten::mm",
                    phase="forward",
                    calls=count,
                    self_s=sum(parts),
                    total_s=sum(parts),
                    spread_s=spread,
                )
            ],
        ),
    )


@pytest.mark.parametrize("count", [3, 5, 20])
def test_what_steps_differ_by_is_no_difference(count: int) -> None:
    """The same program a thousand times, and one that is a half slower."""
    chance = random.Random(2)
    session = Session(
        schema_version="2.1", environment=Environment(extension="", python="", platform="")
    )
    told = found = 0
    for _ in range(1000):
        one, other = deep_run(chance, count=count), deep_run(chance, count=count)
        comparison = compare_deep((session, session), one, other)
        assert comparison and comparison.step
        told += bool(comparison.changes) or not comparison.step.is_same
        slower = compare_deep((session, session), one, deep_run(chance, 0.06, count))
        found += bool(slower and slower.step and not slower.step.is_same)
    assert told < 60
    assert found > 800


def test_recording_itself_is_no_difference() -> None:
    """It takes time, and memory of the process."""
    chance = random.Random(3)

    def session(record: CellRecord, duration_s: float, peak: int) -> Session:
        memory = MemoryEntry(
            device="host",
            allocated_before_bytes=0,
            allocated_after_bytes=peak,
            peak_bytes=peak,
            peak_is="exact",
        )
        record = msgspec.structs.replace(record, duration_s=duration_s, memory=[memory])
        environment = Environment(extension="", python="", platform="")
        return Session(schema_version="2.1", environment=environment, cells=[record])

    deep = deep_run(chance)
    plain = msgspec.structs.replace(deep, deep=None)
    for one, other, differs in ((plain, deep, False), (deep, deep, True), (plain, plain, True)):
        sides = session(one, 1.0, 10 << 20), session(other, 9.0, 900 << 20)
        comparison = compare(*sides)
        [cell] = comparison.cells
        for change in (cell.time, *cell.memory, *comparison.totals):
            assert change.is_same is (change.metric == "advice" or not differs), change
        [breach] = check(comparison, parse_limits("cell.time>+10%"))
        assert (breach.change is None) is not differs
        [breach] = check(comparison, parse_limits("peak[host]>+10%"))
        assert (breach.reason == "") is differs
