"""Trainers of Ray Train, seen at a stand-in for the function that trainers call."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.patches import Patches
from jupyterlab_torchprof.probes.base import CellRun
from jupyterlab_torchprof.probes.lines import CellCode
from jupyterlab_torchprof.probes.ranks.launches import Launches
from jupyterlab_torchprof.probes.ranks.ray_train import RayTrainProbe
from jupyterlab_torchprof.ranks.late import LateRanks, Unfinished
from jupyterlab_torchprof.ranks.launch_numbers import take_number
from jupyterlab_torchprof.run_records import record_of

(MODULE,) = RayTrainProbe.modules


def construct_train_func(
    train_func: Any, config: Any, train_func_context: Any, fn_arg_name: str = "train_func"
) -> Any:
    """As Ray's own, but that it does not make the function."""
    if not callable(train_func):
        raise ValueError(f"{fn_arg_name} is no function")
    return train_func_context


class Late(LateRanks):
    """Keeps what it gets."""

    def __init__(self, health: Health) -> None:
        super().__init__(health, lambda: True, lambda _record: None)
        self.cells: list[Unfinished] = []

    def add(self, cell: Unfinished) -> None:
        self.cells.append(cell)


class Cell:
    """A cell that runs, and the probe that watches it."""

    def __init__(self, module: ModuleType) -> None:
        self.module, self.patches = module, Patches()
        self.late = Late(Health())
        self.probe = RayTrainProbe(Health(), Launches(lambda: 10, self.late))
        self.run = CellRun("1", None, None, "fit()", {}, CellCode("fit()", {}))
        self.probe.imported(MODULE, self.patches)
        self.probe.begin(self.run)

    def fit(self, function: Any = len) -> Any:
        """Returns the context that the workers are to have."""
        return self.module.construct_train_func(function, None, contextlib.nullcontext)

    def folder(self) -> Path:
        options = self.probe._launches.options("ray", 1, 0)
        assert options is not None
        return Path(options.folder)

    def end(self) -> None:
        self.probe.end(self.run, record_of(self.run, self.run.started, "ok"))


@pytest.fixture
def cell(monkeypatch) -> Iterator[Cell]:
    module = ModuleType(MODULE)
    module.construct_train_func = construct_train_func
    monkeypatch.setitem(sys.modules, MODULE, module)
    cell = Cell(module)
    yield cell
    cell.patches.restore()
    cell.probe.detach()
    for each in cell.late.cells:
        each.gather.close()
    assert cell.probe.health.entries() == []
    assert module.construct_train_func is construct_train_func


def test_workers_get_another_context(cell):
    context = cell.fit()
    assert context is not contextlib.nullcontext
    assert [path.name for path in cell.folder().iterdir()] == ["calls-0.known"]


def test_the_next_trainer_is_another_launch(cell):
    cell.fit()
    assert [take_number(cell.folder(), 0, 0) for _ in range(2)] == [0, 1]  # one that failed once
    cell.fit()
    assert Path(cell.folder(), "calls-2.known").exists()


def test_of_many_trainers_the_first_are_measured(cell):
    contexts = [cell.fit() for _ in range(17)]
    assert [each is contextlib.nullcontext for each in contexts] == [*[False] * 16, True]


def test_between_cells_none_is_measured(cell):
    cell.end()
    assert cell.fit() is contextlib.nullcontext


def test_an_error_of_rays_own_is_as_it_was(cell):
    with pytest.raises(ValueError, match="train_func is no function") as raised:
        cell.fit(None)
    assert [entry.name for entry in raised.traceback][1:] == ["fit", "construct_train_func"]


def test_what_is_fit_in_another_thread_may_end_after_the_cell(cell):
    cell.fit()
    cell.end()
    assert cell.late.cells == []
    cell.probe.begin(cell.run)
    go_on, fits = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: (cell.fit(), fits.set(), go_on.wait()))
    thread.start()
    fits.wait()
    cell.end()
    [waiting] = cell.late.cells
    assert waiting.goes_on()
    go_on.set()
    thread.join()
    assert not waiting.goes_on()
