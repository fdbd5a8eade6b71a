"""What a recording keeps of the kernel's messages."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.headless import recording
from jupyterlab_torchprof.headless.recording import Recording
from jupyterlab_torchprof.record import ErrorInfo

ENVIRONMENT = {"extension": "9", "python": "3.14", "platform": "moon"}


def record(run_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "cell_id": "a",
        "execution_count": 1,
        "source": "x",
        "source_hash": "",
        "started_at": 1.0,
        "duration_s": 1.0,
        "status": "ok",
        **fields,
    }


def session(*cells: dict[str, Any], **fields: Any) -> dict[str, Any]:
    content = {"schema_version": "1.0", "environment": ENVIRONMENT, "cells": list(cells), **fields}
    return {"type": "session", "session": content, "enabled": True}


def start(run_id: str) -> dict[str, Any]:
    return {
        "type": "start",
        "run_id": run_id,
        "cell_id": "a",
        "execution_count": 7,
        "started_at": 5.0,
        "source": "x",
    }


def sample(run_id: str, tick: int) -> dict[str, Any]:
    return {
        "type": "sample",
        "run_id": run_id,
        "sample": {"t_s": tick / 10, "host_bytes": 1000 + tick, "devices": {"cuda:0": 10 * tick}},
    }


def test_fields_of_a_newer_kernel_reach_the_file() -> None:
    told = Recording()
    assert told.to_session("work.ipynb") is None
    told.receive(session(future="kept"))
    told.receive({"type": "end", "record": record("1", colour="blue"), "new": 1})

    document = json.loads(told.to_session("work.ipynb"))

    assert document["future"] == "kept"
    assert document["cells"][0]["colour"] == "blue"
    assert decode_session(told.to_session("work.ipynb")).session.notebook == "work.ipynb"


def test_a_record_that_changes_keeps_its_place() -> None:
    told = Recording()
    told.receive(session())
    for run_id in "12":
        told.receive({"type": "end", "record": record(run_id)})
    told.receive({"type": "end", "record": record("1", duration_s=3.0)})

    assert [(r.run_id, r.duration_s) for r in told.records()] == [("1", 3.0), ("2", 1.0)]


def test_a_snapshot_does_not_replace_what_is_there() -> None:
    told = Recording()
    full = record("1", samples=[{"t_s": 0.0, "host_bytes": 1}])
    told.receive({"type": "end", "record": full})
    told.receive(session(record("1"), record("2")))

    assert [(r.run_id, len(r.samples)) for r in told.records()] == [("1", 1), ("2", 0)]


def test_ranks_of_the_last_cell_are_awaited() -> None:
    told = Recording()
    assert not told.awaits_ranks()
    rank = {"rank": 0, "world_size": 1, "pid": 7, "host": "here", "start_method": "engine"}
    rank |= {"local_rank": 0, "backend": None, "last_seen_at": 1.0, "record": record("r")}
    for exits, awaited in ((["ok", "running"], True), (["ok", "ok"], False)):
        runs = [{**rank, "exit": each} for each in exits]
        told.receive({"type": "end", "record": record("1", ranks=runs)})
        assert told.awaits_ranks() is awaited


@pytest.mark.parametrize(
    "message",
    [{}, {"type": "dance"}, {"type": "end", "record": {}}, {"type": "sample", "run_id": 1}],
)
def test_what_it_does_not_understand_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        Recording().receive(message)


def test_samples_become_sparse_but_reach_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_SAMPLES", 10)
    told = Recording()
    told.receive(start("1"))
    for tick in range(1000):
        told.receive(sample("1", tick))
    told.receive(sample("another run", 5000))

    unfinished = told.close_unfinished("a", "x", 0.0, 100.0, ErrorInfo(name="E", message="m"))

    times = [s.t_s for s in unfinished.samples]
    assert 5 <= len(times) <= 10
    assert times[0] < 10
    assert times[-1] > 80
    assert len({round(b - a, 6) for a, b in pairwise(times)}) <= 2
    host, device = unfinished.memory
    assert (host.device, device.device) == ("host", "cuda:0")
    assert device.peak_bytes == 10 * max(round(t * 10) for t in times)
    assert host.peak_is == "sampled"
    assert (unfinished.run_id, unfinished.execution_count) == ("1", 7)


def test_the_lines_of_a_cell_whose_end_nobody_told_become_its_places() -> None:
    told = Recording()
    told.receive(start("1"))
    for tick, line in enumerate([4, 2, None, 4]):
        told.receive({**sample("1", tick), "line": line})

    run = told.close_unfinished("a", "x", 0.0, 100.0, ErrorInfo(name="E", message="m"))

    assert [line_of(run, each.place) for each in run.samples] == [4, 2, None, 4]
    assert [(place.line, place.samples) for place in run.places] == [(4, 2), (2, 1)]
    assert run.stack_samples == 3


def test_a_cell_of_which_nothing_was_told_is_still_recorded() -> None:
    told = Recording()
    told.receive(session())

    assert told.to_session("n") is not None
    told.close_unfinished("b", "os._exit(1)", 3.0, 0.5, ErrorInfo(name="E", message="m"))

    [only] = decode_session(told.to_session("n")).session.cells
    assert (only.cell_id, only.source, only.status, only.memory) == (
        "b",
        "os._exit(1)",
        "error",
        [],
    )
