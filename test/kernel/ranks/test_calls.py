"""Functions that an engine runs for another kernel, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.ranks.calls import write_known
from jupyterlab_torchprof.ranks.gather import Gather
from jupyterlab_torchprof.ranks.stream import METADATA, OVER, RankOptions

DONE = ({"status": "ok"}, [])


class Engine:
    """What is used of ipyparallel's kernel."""

    engine_id = 1

    def __init__(self) -> None:
        self.control_handlers: dict[str, Any] = {}
        self.asked: dict[str, Any] = {}
        self.function = lambda: DONE
        self.loop = asyncio.new_event_loop()

    def get_parent(self) -> dict[str, Any]:
        return {"metadata": self.asked}

    def do_apply(self, _content: Any, _buffers: Any, _message_id: str, _metadata: Any) -> Any:
        return self.function()

    def call(self, times: int = 1) -> Any:
        """As a request has it done, within the loop of the kernel."""

        async def handle() -> Any:
            found = [self.do_apply({}, [], "1", {}) for _ in range(times)]
            await asyncio.sleep(0.15)
            return found[-1]

        return self.loop.run_until_complete(handle())


@pytest.fixture
def engine(shell, monkeypatch) -> Iterator[Engine]:
    engine = Engine()
    monkeypatch.setattr("jupyterlab_torchprof.session._comm_manager", lambda _shell: None)
    object.__setattr__(shell, "kernel", engine)
    yield engine
    unload(shell)
    engine.loop.close()


def ask(engine: Engine, folder: Path) -> Gather:
    options = RankOptions(
        folder=str(folder),
        cell_id="a",
        execution_count=3,
        source="view.apply(f)",
        start_method="engine",
        processes=2,
        sampling_hz=10,
    )
    write_known(options, {})
    engine.asked = {METADATA: msgspec.to_builtins(options)}
    return Gather(folder)


def test_many_functions_are_one_run_that_ends_when_the_cell_does(shell, engine, tmp_path):
    profiler = load(shell)
    gather = ask(engine, tmp_path)
    engine.call(100)
    gather.read()
    assert gather.counts() == (1, 0)
    gather.say_over()
    engine.call()
    gather.read()
    assert gather.counts() == (1, 1)
    engine.call()  # somebody was late: nobody would read of it
    assert len(list(tmp_path.glob("*.frames"))) == 1
    [run] = gather.runs({})
    assert (run.rank, run.exit, run.record.cell_id) == (1, "ok", "a")
    assert profiler.health.entries() == []


def test_a_cell_of_the_engine_ends_the_run(shell, engine, tmp_path):
    profiler = load(shell)
    gather = ask(engine, tmp_path)
    engine.call()
    engine.asked = {}
    shell.run_cell("1 + 1")
    gather.read()
    assert gather.counts() == (1, 1)
    assert [record.source for record in profiler.history.records()] == ["1 + 1"]


def test_a_cell_within_a_function_is_a_part_of_it(shell, engine, tmp_path):
    profiler = load(shell)
    ask(engine, tmp_path)
    engine.function = lambda: (shell.run_cell("1 + 1"), DONE)[1]
    engine.call()
    assert profiler.history.records() == []
    assert profiler.health.entries() == []


def test_what_is_returned_or_raised_is_the_engines_own(shell, engine, tmp_path):
    profiler = load(shell)
    ask(engine, tmp_path)
    assert engine.call() is DONE

    def stopped() -> Any:
        raise KeyboardInterrupt

    engine.function = stopped
    with pytest.raises(KeyboardInterrupt):
        engine.call()
    assert profiler.health.entries() == []


@pytest.mark.parametrize("told", [{}, {METADATA: 1}, {METADATA: {"folder": "/nowhere"}}])
def test_a_request_without_a_word_of_ours_runs_unmeasured(shell, engine, told):
    load(shell)
    engine.asked = told
    assert engine.call() is DONE


def test_off_measures_none(shell, engine, tmp_path):
    load(shell).switch(False)
    gather = ask(engine, tmp_path)
    engine.call()
    gather.read()
    assert gather.counts() == (0, 0)


def test_a_run_ends_with_its_folder(shell, engine, tmp_path):
    profiler = load(shell)
    folder = tmp_path / "cell"
    folder.mkdir()
    gather = ask(engine, folder)
    engine.call()
    assert gather.close()
    engine.call()
    assert profiler._measurement._run is None
    assert profiler.health.entries() == []


def test_unloading_restores_the_kernel_and_ends_the_run(shell, engine, tmp_path):
    load(shell)
    assert "do_apply" in vars(engine)
    gather = ask(engine, tmp_path)
    engine.call()
    unload(shell)
    assert "do_apply" not in vars(engine)
    gather.read()
    assert gather.counts() == (1, 1)
    assert not Path(tmp_path, OVER).exists()


def test_a_kernel_that_is_no_engine_is_left_alone(shell):
    kernel = SimpleNamespace(get_parent=dict, do_apply=lambda: None)
    object.__setattr__(shell, "kernel", kernel)
    before = kernel.do_apply
    load(shell)
    try:
        assert kernel.do_apply is before
    finally:
        unload(shell)
