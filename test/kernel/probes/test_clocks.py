"""Programs that put other clocks in the place of Python's."""

from __future__ import annotations

import ast
from pathlib import Path

import jupyterlab_torchprof

_PACKAGE = Path(jupyterlab_torchprof.__file__).parent


def test_durations_are_real_whatever_the_program_does_to_the_clocks(notebook, monkeypatch):
    import time

    for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time"):
        monkeypatch.setattr(time, name, getattr(time, name))  # to be put back
    record = notebook.ok(
        "import time, torch\n"
        "def frozen():\n"
        "    return -1e6\n"
        "for name in ('time', 'perf_counter', 'monotonic', 'process_time', 'thread_time'):\n"
        "    setattr(time, name, frozen)\n"
        "layer = torch.nn.Linear(2, 2)\n"
        "layer(torch.ones(1, 2)).sum().backward()\n"
        "layer.half()\n"
    )
    assert record.cpu_s >= 0
    assert notebook.last_run.started > 0
    assert [move.duration_s >= 0 for move in record.moves] == [True]
    assert notebook.ok("pass").cpu_s >= 0
    assert notebook.last_run.started > 0
    assert notebook.last_run.overhead_s >= 0


def test_nothing_in_the_kernel_asks_the_programs_clocks():
    outside = {"headless/run.py"}
    asking = [
        str(path.relative_to(_PACKAGE))
        for path in _PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import) and any(alias.name == "time" for alias in node.names)
    ]
    assert set(asking) - outside <= {"probes/hooks/root_calls.py"}
