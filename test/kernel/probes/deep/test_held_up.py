"""What the program waits for is ours, and no line's."""

from __future__ import annotations

import gc
import time

from jupyterlab_torchprof.probes.deep import collector as module
from jupyterlab_torchprof.probes.deep import recording

SETUP = """\
import time, torch
net = torch.nn.Linear(8, 8)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(4, 8)
"""
TRAIN = """%%torchprof --deep --steps 3
for _ in range(20):
    net(x).sum().backward()
    optimizer.step()
    time.sleep(0.02)
"""


def test_reading_is_no_time_of_the_program(notebook, monkeypatch) -> None:
    read, took = module.read, []

    def slow(*args):
        began = time.perf_counter()
        time.sleep(0.5)
        try:
            return read(*args)
        finally:
            took.append(time.perf_counter() - began)

    monkeypatch.setattr(module, "read", slow)
    notebook.ok(SETUP)
    notebook.ok(TRAIN)
    record = notebook.profiler.history.last()
    assert len(record.deep.steps) == 3
    assert sum(took) >= 1
    assert record.overhead_s >= 0.9 * sum(took)
    assert not [each for each in record.places if each.function and "profile" in each.function]
    assert record.duration_s > 1
    mine = sum(each.samples for each in record.places if each.line == 5)
    assert mine >= 0.5 * record.stack_samples


def test_overhead_is_counted_once(notebook) -> None:
    notebook.ok(SETUP)
    notebook.ok(TRAIN)
    record = notebook.profiler.history.last()
    assert record.overhead_s < record.duration_s


def test_the_garbage_collector_waits_while_events_are_read(notebook, monkeypatch):
    seen = []
    for place, name in ((module, "read"), (recording, "Reading")):
        read = getattr(place, name)

        def reading(*args, read=read, **more):
            seen.append(gc.isenabled())
            return read(*args, **more)

        monkeypatch.setattr(place, name, reading)
    notebook.ok("%%torchprof --deep\nimport torch\nfor _ in range(9):\n    torch.ones(3).sum()")
    assert seen and not any(seen)
    assert gc.isenabled()
