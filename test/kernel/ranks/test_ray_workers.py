"""What a worker of Ray Train enters, without Ray: the library's context, measured where it can."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Notebook
from jupyterlab_torchprof.ranks.calls import write_known
from jupyterlab_torchprof.ranks.gather import Gather
from jupyterlab_torchprof.ranks.launch_numbers import next_number, take_number
from jupyterlab_torchprof.ranks.shipped import measured_context
from jupyterlab_torchprof.ranks.stream import RankOptions

cloudpickle = pytest.importorskip("cloudpickle", reason="cloudpickle is not installed")
FAILS = "def fails():\n    raise ArithmeticError('no more')"
WORKER = """import pickle, sys, traceback, types
sys.modules["ray"] = types.ModuleType("ray")
sys.modules["ray.train"] = types.ModuleType("ray.train")
class Context:
    get_world_rank = staticmethod(lambda: 1)
    get_world_size = staticmethod(lambda: 2)
sys.modules["ray.train"].get_context = Context
enter, function = pickle.load(sys.stdin.buffer)
try:
    with enter() as entered:
        print(entered)
        print(type(function()).__name__)
except ArithmeticError as error:
    print([frame.name for frame in traceback.extract_tb(error.__traceback__)])
measurement = sys.modules.get("jupyterlab_torchprof.measurement")
print(measurement and measurement.Measurement.is_any_open())
"""
WITHOUT = """import sys
class Refuse:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("jupyterlab_torchprof"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse)
"""


@contextlib.contextmanager
def library():
    """As a library has it around the user's function."""
    try:
        yield "entered"
    finally:
        print("left")


def asked(folder: Path) -> dict[str, Any]:
    options = RankOptions(
        folder=str(folder),
        cell_id="a",
        execution_count=3,
        source=FAILS,
        start_method="ray",
        processes=1,
        sampling_hz=10,
    )
    write_known(options, {})
    return msgspec.to_builtins(options)


def work(function: Any, told: dict[str, Any], *, before: str = "") -> list[str]:
    """What a process prints that unpickles and calls it as a worker does."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        sent = cloudpickle.dumps((measured_context(library, function, told), function))
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    done = subprocess.run(
        [sys.executable, "-c", before + WORKER],
        input=sent,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()


def test_a_worker_is_measured_and_leaves_nothing(tmp_path):
    lines = work(dict, asked(tmp_path))
    assert lines == ["entered", "dict", "left", "False"]
    [run] = Gather(tmp_path).runs({})
    assert (run.rank, run.world_size, run.exit) == (1, 2, "ok")


def test_an_error_is_told_and_has_no_frame_of_ours(tmp_path):
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(FAILS, namespace)
    lines = work(namespace["fails"], asked(tmp_path))
    assert lines == ["entered", "left", "['<module>',", "'fails']", "False"]
    [run] = Gather(tmp_path).runs({})
    assert (run.exit, run.record.error.name) == ("error", "ArithmeticError")


def test_without_this_package_the_function_runs(tmp_path):
    lines = work(dict, asked(tmp_path), before=WITHOUT)
    assert lines == ["entered", "dict", "left", "None"]
    assert next_number(tmp_path) == 0


def test_on_another_machine_it_runs_unmeasured(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    told = {**asked(folder), "folder": str(tmp_path / "there")}
    assert work(dict, told) == ["entered", "dict", "left", "False"]
    assert Gather(folder).runs({}) == []


def test_another_version_may_have_sent_it(tmp_path):
    assert work(dict, {"folder": str(tmp_path)}) == ["entered", "dict", "left", "False"]


def test_a_process_that_is_measured_is_no_worker(tmp_path, capsys):
    book = Notebook()
    try:
        with measured_context(library, dict, asked(tmp_path))() as entered:
            assert entered == "entered"
        record = book.ok("1")
    finally:
        book.close()
    assert (record.status, next_number(tmp_path)) == ("ok", 0)
    assert capsys.readouterr().out == "left\n"


def test_an_error_of_the_librarys_own_goes_on(tmp_path):
    def broken() -> Any:
        raise LookupError("no device")

    with pytest.raises(LookupError, match="no device"), measured_context(broken, dict, {})():
        pass


def test_each_rank_takes_a_number_for_each_time_that_it_begins(tmp_path):
    assert next_number(tmp_path) == 0
    assert [take_number(tmp_path, 0, rank) for rank in (1, 0, 1, 0, 1)] == [0, 0, 1, 1, 2]
    assert next_number(tmp_path) == 3
    assert take_number(tmp_path, 3, 0) == 3
    taken = [take_number(tmp_path, 3, 0) for _ in range(20)]
    assert taken[-1] is None
    assert [number for number in taken if number is not None] == list(range(4, 19))
