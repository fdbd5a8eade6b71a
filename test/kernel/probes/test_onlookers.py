"""Which profiler or timer of the program's own looks on while models run."""

from __future__ import annotations

import pytest

SETUP = """\
import cProfile, inspect, timeit, tracemalloc, torch
quietly = {}
if "acc_events" in inspect.signature(torch.profiler.profile).parameters:
    quietly["acc_events"] = True  # otherwise newer ones warn
net = torch.nn.Linear(4, 4)
x = torch.randn(2, 4)
"""
CELLS = {
    None: "y = net(x)",
    "torch.profiler": "with torch.profiler.profile(**quietly):\n    y = net(x)",
    "cProfile": "p = cProfile.Profile()\ny = p.runcall(net, x)",
    "timeit": "t = timeit.timeit('net(x)', globals=globals(), number=2)",
    "tracemalloc": "tracemalloc.start()\ny = net(x)\ntracemalloc.stop()",
}


@pytest.mark.parametrize("tool", CELLS, ids=str)
def test_what_looks_on(notebook, tool):
    notebook.ok(SETUP)
    (seen,) = notebook.ok(CELLS[tool]).grad.forwards
    assert seen.profiler == tool


def test_it_has_gone_when_it_has_ended(notebook):
    notebook.ok(SETUP)
    for source in CELLS.values():
        notebook.ok(source)
    (seen,) = notebook.ok("y = net(x)").grad.forwards
    assert seen.profiler is None
