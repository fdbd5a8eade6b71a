"""What changed among the processes that a cell starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hand_made import a_record
from jupyterlab_torchprof.comparison.changes import compare
from jupyterlab_torchprof.comparison.ranks import rank_changes
from jupyterlab_torchprof.comparison.text import render_comparison
from jupyterlab_torchprof.quote import short
from jupyterlab_torchprof.record import (
    SCHEMA_VERSION,
    CellRecord,
    Environment,
    GradState,
    Lateness,
    MemoryEntry,
    RankRun,
    Replica,
    Session,
)

FIXTURE = Path(__file__).parents[2] / "unit" / "fixtures" / "compare" / "ranks.json"
"""Of both sides: the front end is held to the same."""
CASES: list[dict[str, Any]] = json.loads(FIXTURE.read_text("utf-8"))


def record(told: list[dict[str, Any]] | None) -> CellRecord:
    """Of a cell with these ranks, or, without, of a rank."""
    return a_record(
        execution_count=4,
        source="train()",
        duration_s=2.0,
        grad=GradState(grad_before=True, inference_before=False, optimizer_steps=30),
        ranks=[rank(index, each) for index, each in enumerate(told or [])],
    )


def rank(index: int, told: dict[str, Any]) -> RankRun:
    run = RankRun(
        rank=told.get("rank", index),
        world_size=2,
        local_rank=None,
        pid=index,
        host="here",
        start_method="fork",
        backend=told.get("backend", "gloo"),
        exit=told.get("exit", "ok"),
        last_seen_at=2.0,
        record=record(None),
        launch=told.get("launch", 0),
    )
    if "late_s" in told:
        share = told.get("late_share", 0.0)
        run.lateness = Lateness(collectives=30, median_s=told["late_s"], late_share=share)
    if "communication_s" in told:
        run.replicas = [
            Replica(
                path="model",
                parameter_bytes=4,
                iterations=30,
                forward_s=None,
                backward_s=None,
                communication_s=told["communication_s"],
                overlap_s=None,
                finds_unused=False,
                unused_bytes=0,
                bucket_view=False,
                static_graph=False,
            )
        ]
    if "peak" in told:
        run.record.memory = [
            MemoryEntry(
                device="cuda:0",
                allocated_before_bytes=0,
                allocated_after_bytes=0,
                peak_bytes=told["peak"],
                peak_is="exact",
            )
        ]
    return run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_shared_fixture(case: dict[str, Any]) -> None:
    changes = rank_changes(record(case["before"]), record(case["after"]))
    assert [change.text() for change in changes] == case["words"]


def test_the_terminal_has_it() -> None:
    before, after = (
        Session(
            schema_version=SCHEMA_VERSION,
            environment=Environment(extension="1", python="3.12", platform="Linux"),
            cells=[record(CASES[0][side])],
        )
        for side in ("before", "after")
    )
    text = render_comparison(compare(before, after), ("a.json", "b.json"), short)
    assert "Ranks:\n  [4] no rank late, before rank 1 late by 31 ms\n  [4] rank 0: comm" in text
    assert "Ranks" not in render_comparison(compare(after, after), ("", ""), short)
