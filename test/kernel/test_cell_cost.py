"""What a cell costs does not depend on how many have run before: work is counted, not time."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import jupyterlab_torchprof
import pytest
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.probes.objects import survey
from jupyterlab_torchprof.probes.objects.variables import KnownNames

_PACKAGE = str(Path(jupyterlab_torchprof.__file__).parent)


class Work:
    """Counts the lines of the profiler that run, loops and comprehensions among them."""

    def __init__(self) -> None:
        self.lines = 0

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return None
        self.lines += event == "line"
        return self.trace

    def __enter__(self) -> Work:
        self._before = sys.gettrace()
        sys.settrace(self.trace)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.settrace(self._before)


@pytest.fixture
def run(shell, monkeypatch):
    # Now and then all names are gone through again, counted from the first cell of the process.
    monkeypatch.setattr(survey, "_known_names", KnownNames())
    profiler = load(shell)
    numbers = iter(range(100_000))

    def run_next(source: str) -> None:
        number = next(numbers)
        text = source.replace("N", str(number))
        result = shell.run_cell(text, store_history=True, cell_id=f"cell {number}")
        assert result.success

    def run(source: str, cells: int = 1) -> int:
        """Run so many cells, each with another text; the lines that the last took."""
        for _ in range(cells - 1):
            run_next(source)
        with Work() as work:
            run_next(source)
        return work.lines

    yield run
    unload(shell)
    assert profiler.health.entries() == []


@pytest.mark.parametrize(
    "setup",
    [
        "import torch",
        # Runs that wait for later ones: a graph that is kept, a variable that nobody reads.
        "import torch\n"
        "net = torch.nn.Sequential(*[torch.nn.Linear(64, 64) for _ in range(4)])\n"
        "big = torch.zeros(10_000_000)\n"
        "kept = net(torch.ones(4000, 64))",
    ],
    ids=["nothing", "waiting"],
)
def test_a_trivial_cell_takes_as_much_work_as_the_first(run, setup):
    run(setup)
    early = run("step = N", cells=120)
    late = run("step = N", cells=240)
    assert late <= 1.05 * early + 20


def test_and_where_each_cell_displays_a_number(run):
    run("import torch")
    early = run("step = N\nstep", cells=120)
    assert run("step = N\nstep", cells=240) <= 1.05 * early + 20
