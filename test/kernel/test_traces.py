"""Traces are kept in the kernel, and handed out part by part."""

from __future__ import annotations

import base64

import pytest
from hand_made import a_record
from jupyterlab_torchprof.deliver import traces as module
from jupyterlab_torchprof.deliver.traces import GONE, Traces
from jupyterlab_torchprof.messages import TraceRequest
from jupyterlab_torchprof.record import CellRecord


def record(run: str, cell: str | None) -> CellRecord:
    return a_record(run_id=run, cell_id=cell, source_hash="", duration_s=0.0)


def asked(traces: Traces, run: str) -> bytes | None:
    """All parts together."""
    found, part, parts = b"", 0, 1
    while part < parts:
        answer = traces.part(TraceRequest(request_id=f"r{part}", run_id=run, part=part))
        assert answer.request_id == f"r{part}"
        if answer.data is None:
            assert answer.message == GONE
            return None
        assert len(answer.data) <= 4 * module.PART_BYTES / 3 + 4
        found, part, parts = found + base64.b64decode(answer.data), part + 1, answer.parts
    return found


@pytest.mark.parametrize("size", [1, module.PART_BYTES, module.PART_BYTES + 1, 1_000_000])
def test_parts_are_the_whole(size: int) -> None:
    traces, data = Traces(), bytes(range(256)) * (size // 256 + 1)
    traces.keep(record("a", "cell"), data[:size])
    assert asked(traces, "a") == data[:size]


def test_the_last_of_each_cell_is_kept() -> None:
    traces = Traces()
    for run, cell in (("a", "one"), ("b", "two"), ("c", "one"), ("d", None), ("e", None)):
        traces.keep(record(run, cell), run.encode())
    traces.keep(record("f", "two"), None)  # was not recorded in depth
    assert [asked(traces, run) for run in "abcdef"] == [None, b"b", b"c", b"d", b"e", None]


def test_all_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    traces = Traces()
    for run in "abc":
        traces.keep(record(run, run), bytes(40))
    assert [asked(traces, run) is not None for run in "abc"] == [False, True, True]


@pytest.mark.parametrize("part", [-1, 1, 10**9])
def test_a_part_that_is_none(part: int) -> None:
    traces = Traces()
    traces.keep(record("a", "one"), b"x")
    answer = traces.part(TraceRequest(request_id="r", run_id="a", part=part))
    assert (answer.data, answer.message) == (None, GONE)
