"""What is said of ranks, in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_torchprof.deliver.ranks import ranks_texts
from jupyterlab_torchprof.ranks.told import late_rank
from jupyterlab_torchprof.record import (
    CellRecord,
    ErrorInfo,
    GradState,
    Lateness,
    MemoryEntry,
    Place,
    RankRun,
    Waiting,
)

FIXTURE = Path(__file__).parents[2] / "unit" / "fixtures" / "ranks" / "late.json"
"""Of both sides: the front end is held to the same."""
CASES: list[dict[str, Any]] = json.loads(FIXTURE.read_text("utf-8"))


def record(**changes: Any) -> CellRecord:
    values: dict[str, Any] = {
        "run_id": "r",
        "cell_id": None,
        "execution_count": 1,
        "source": "",
        "source_hash": "0" * 64,
        "started_at": 0.0,
        "duration_s": 2.0,
        "status": "ok",
    }
    return CellRecord(**(values | changes))


def rank(number: int, late: list[float] | None, *, steps: int = 30, **changes: Any) -> RankRun:
    grad = GradState(grad_before=True, inference_before=False, optimizer_steps=steps)
    memory = MemoryEntry(
        device="cuda:0",
        allocated_before_bytes=0,
        allocated_after_bytes=0,
        peak_bytes=336 << 20,
        peak_is="exact",
    )
    values: dict[str, Any] = {"backend": "gloo", "exit": "ok"}
    values["record"] = record(grad=grad, memory=[memory])
    return RankRun(
        rank=number,
        world_size=2,
        local_rank=None,
        pid=1,
        host="here",
        start_method="fork",
        last_seen_at=0.0,
        lateness=late and Lateness(collectives=30, median_s=late[0], late_share=late[1]),
        **(values | changes),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_late_rank_is_that_of_the_front_end(case):
    runs = [
        rank(number, late, steps=int(late[2]) if late else 0)
        for number, late in enumerate(case["ranks"])
    ]
    for run in runs:
        run.record.duration_s = case["duration_s"]
    late = late_rank(runs)
    assert (None if late is None else late.rank) == case["late"]


def test_the_terminal_tells_all_and_each():
    ranks = [rank(0, [-0.031, 0.0]), rank(1, [0.031, 0.97])]
    assert ranks_texts([], record(ranks=ranks)) == [
        (
            "ranks",
            "2 ranks, rank 1 late by 31 ms at 97% of 30 collectives: the others waited for it",
        ),
        ("rank 0", "2 s, 30 steps, peak 336 MiB of cuda:0"),
        ("rank 1", "2 s, 30 steps, peak 336 MiB of cuda:0"),
    ]
    assert ranks_texts([], record()) == []


def test_the_terminal_tells_how_processes_ended():
    waiting = Waiting(name="gloo:all_reduce", group="default", number=2, since_s=4.0)
    error = ErrorInfo(name="ValueError", message="no\x1b[2J")
    ranks = [
        rank(0, None, exit="error", backend=None, record=record(error=error)),
        rank(1, None, exit="killed", backend=None, last_place=1, waiting=waiting),
        rank(2, None, exit="killed", backend=None, openmp_wait_s=3.5),
    ]
    ranks[1].record.places = [
        Place(parent=None, kind="file", path="train.py", function="main", line=4),
        Place(parent=0, kind="library", package="torch"),
    ]
    assert ranks_texts([], record(ranks=ranks)) == [
        ("processes", "3 processes, 1 failed, 2 killed"),
        ("process 0", "2 s, failed, ValueError: no\ufffd[2J"),
        (
            "process 1",
            "2 s, killed, 30 steps, peak 336 MiB of cuda:0, waited in all_reduce,"
            " last seen in `main`, `train.py` line 4",
        ),
        (
            "process 2",
            "2 s, killed, 30 steps, peak 336 MiB of cuda:0,"
            " waited for threads that a fork has not copied",
        ),
    ]
