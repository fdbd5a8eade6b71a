"""A window as a trace that Perfetto and Chrome open."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from types import SimpleNamespace

import pytest
from jupyterlab_torchprof.probes.deep import trace as module
from jupyterlab_torchprof.probes.deep.marks import Marks
from jupyterlab_torchprof.probes.deep.nesting import Operator
from jupyterlab_torchprof.probes.deep.trace import Trace

TRAIN = """%%torchprof --deep --steps 3
import torch
net, x = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU()), torch.randn(512, 64)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(9):
    with torch.autograd.profiler.record_function("my part"):
        loss = net(x).sum()
    loss.backward()
    optimizer.step()
"""


def unpacked(run_trace):
    return json.loads(gzip.decompress(run_trace))


def check_format(document):
    """What the trace event format asks for, and viewers take for granted."""
    assert document["displayTimeUnit"] in ("ms", "ns")
    named = defaultdict(set)
    for event in document["traceEvents"]:
        assert event["ph"] in ("X", "M", "C"), event
        assert isinstance(event["name"], str) and event["name"]
        assert isinstance(event["pid"], int)
        if event["ph"] == "M":
            named[event["name"]].add((event["pid"], event["tid"]))
            assert event["args"]
            continue
        assert event["ts"] >= 0
        if event["ph"] == "C":
            assert all(isinstance(value, int) for value in event["args"].values())
        else:
            assert isinstance(event["tid"], int)
            assert event["dur"] >= 0
            assert (event["pid"], event["tid"]) in named["thread_name"]
    assert named["process_name"]


def check_nesting(document):
    """Slices of one track lie within each other, or apart."""
    tracks = defaultdict(list)
    for event in document["traceEvents"]:
        if event["ph"] == "X":
            tracks[event["tid"]].append((event["ts"], -event["dur"]))
    for slices in tracks.values():
        ends = []
        for begin, minus in sorted(slices):
            while ends and ends[-1] <= begin + 0.0005:
                ends.pop()
            assert not ends or begin - minus <= ends[-1] + 0.0015
            ends.append(begin - minus)


@pytest.fixture
def traced(notebook, monkeypatch):
    """Runs a cell in depth; its record, and the trace."""
    from jupyterlab_torchprof.probes.deep.recording import Recording

    kept = []
    read = Recording.read

    def reading(self):
        profile = read(self)
        kept.append(self._run.deep_trace)
        return profile

    monkeypatch.setattr(Recording, "read", reading)

    def run(source):
        notebook.ok(source)
        assert notebook.profiler.health.entries() == []
        return notebook.profiler.history.last(), unpacked(kept[-1])

    return run


def test_a_trace_of_steps(traced) -> None:
    record, document = traced(TRAIN)
    check_format(document)
    check_nesting(document)
    events = [each for each in document["traceEvents"] if each["ph"] == "X"]
    steps = [each for each in events if each["cat"] == "step"]
    assert [each["name"] for each in steps] == ["Step 1", "Step 2", "Step 3"]
    for event, step in zip(steps, record.deep.steps, strict=True):
        assert event["dur"] == pytest.approx(step.duration_s * 1e6, abs=1)
    assert steps[0]["ts"] == pytest.approx(record.deep.window.begin_s * 1e6, abs=1000)
    # Operators are those of the record, as often.
    for row in record.deep.operators:
        found = [each for each in events if (each["name"], each["cat"]) == (row.name, row.phase)]
        assert len(found) == row.calls, row.name
        assert sum(each["dur"] for each in found) == pytest.approx(row.total_s * 1e6, rel=0.01)
    mm = next(each for each in events if each["name"] == "aten::addmm")
    assert mm["args"]["line"] == "line 7"
    assert mm["args"]["module"] == "Sequential.0"
    assert mm["args"]["flops"] > 0
    shapes = {each["args"]["shapes"] for each in events if "shapes" in each.get("args", {})}
    assert any("[512, 64]" in each for each in shapes)
    lines = {each.get("args", {}).get("code") for each in events if each["cat"] == "line"}
    assert "loss.backward()" in lines
    assert {each["name"] for each in events if each["cat"] == "module"} >= {"Sequential.0"}
    assert sum(each["name"] == "my part" for each in events) == 3
    assert any(each["ph"] == "C" for each in document["traceEvents"])


def test_a_trace_of_a_run_without_steps(traced) -> None:
    _record, document = traced("%%torchprof --deep\nimport torch\ny = torch.ones(9).exp()")
    check_format(document)
    events = document["traceEvents"]
    assert any(each["name"] == "aten::exp" for each in events)
    assert not any(each.get("cat") == "step" for each in events)


def test_the_shortest_are_left_out(monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS", 10)
    run = SimpleNamespace(started_at=0.0, execution_count=3, places=SimpleNamespace(nodes=[]))
    trace = Trace(run)
    operators = [
        Operator(f"op {number}", 1, 1000 * number, 1000 * number + number, -1, 0, False, False, 0)
        for number in range(1, 31)
    ]
    at = SimpleNamespace(of=lambda _each: SimpleNamespace(place=None, module=None, phase="other"))
    trace.add_operators(operators, at, 1)
    trace.add_steps([0, 40_000])
    trace.add_marks((0, 40_000), Marks([], []), Marks([], []), lambda _place: "")
    document = unpacked(trace.packed())
    check_format(document)
    left = [each["name"] for each in document["traceEvents"] if each["ph"] == "X"]
    assert left == ["Step 1", *(f"op {number}" for number in range(21, 31))]
    assert document["otherData"]["left_out_events"] == 20
