"""The order of events that IPython can produce, without a kernel."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterlab_torchprof.lifecycle import CellLife, outcome
from jupyterlab_torchprof.probes.lines import CellCode
from jupyterlab_torchprof.source import Mark, source_hash


class Recorder:
    def __init__(self) -> None:
        self.begun: list[Any] = []
        self.ended: list[Any] = []
        self.wanted = True
        self.life = CellLife(self.begin, self.ended.append)

    def begin(self, info: Any) -> bool:
        self.begun.append(info)
        return self.wanted


def info(source: str = "x") -> SimpleNamespace:
    return SimpleNamespace(raw_cell=source)


def result(of: SimpleNamespace, error: BaseException | None = None) -> SimpleNamespace:
    return SimpleNamespace(info=of, error_before_exec=None, error_in_exec=error)


def in_thread(work: Any) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_an_end_without_a_beginning_is_nothing():
    recorder = Recorder()
    recorder.life.post_run_cell(result(info()))
    recorder.life.post_run_cell(None)
    assert recorder.ended == []


def test_a_cell_whose_end_never_came_is_forgotten():
    recorder = Recorder()
    lost, cell = info("lost"), info("cell")
    recorder.life.pre_run_cell(lost)
    recorder.life.pre_run_cell(cell)
    ended = result(cell)
    recorder.life.post_run_cell(ended)
    recorder.life.post_run_cell(result(lost))
    assert recorder.begun == [lost, cell]
    assert recorder.ended == [ended]


def test_an_end_under_another_info_is_the_cells():
    recorder = Recorder()
    recorder.life.pre_run_cell(info("same"))
    recorder.life.post_run_cell(result(info("same")))
    assert len(recorder.ended) == 1


def test_no_result_ends_the_cell():
    recorder = Recorder()
    recorder.life.pre_run_cell(info())
    recorder.life.post_run_cell(None)
    assert recorder.ended == [None]


def test_a_cell_of_a_subshell_while_another_runs(shell):
    recorder = Recorder()
    inner: list[Any] = []

    def other_thread() -> None:
        beside = info("beside")
        recorder.life.pre_run_cell(beside)
        recorder.life.post_run_cell(result(beside))
        inner.append(len(recorder.ended))

    shell.events.register("pre_run_cell", recorder.life.pre_run_cell)
    shell.events.register("post_run_cell", recorder.life.post_run_cell)
    shell.user_ns["beside"] = lambda: in_thread(other_thread)
    shell.run_cell("beside()")
    assert inner == [0]
    assert [i.raw_cell for i in recorder.begun] == ["beside()"]
    assert len(recorder.ended) == 1
    in_thread(other_thread)
    assert inner == [0, 2], "alone it is a cell like any other"


def test_a_nested_cell_can_be_measured_where_the_outer_is_not(shell):
    recorder = Recorder()
    recorder.life = CellLife(
        lambda i: recorder.begin(i) and i.raw_cell == "inner = 1", recorder.ended.append
    )
    shell.events.register("pre_run_cell", recorder.life.pre_run_cell)
    shell.events.register("post_run_cell", recorder.life.post_run_cell)
    shell.run_cell("get_ipython().run_cell('inner = 1')")
    assert len(recorder.begun) == 2
    assert [r.info.raw_cell for r in recorder.ended] == ["inner = 1"]


class Tensorlike:
    def __str__(self) -> str:
        raise AssertionError("the text of a tensor is a copy from its device")


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (None, "ok", None),
        (ValueError("bad"), "error", "bad"),
        (KeyboardInterrupt(), "interrupted", ""),
        (SystemExit(1), "error", "1"),
        (AssertionError(Tensorlike()), "error", "<Tensorlike>"),
        (ValueError("x", [Tensorlike()]), "error", "x, <list>"),
        (ValueError("a" * 5000), "error", "a" * 2000 + "…"),
    ],
)
def test_outcome(error, status, message):
    found, described = outcome(result(info(), error), CellCode("", {}))
    assert found == status
    assert (described and described.message) == message


def test_outcome_without_result():
    assert outcome(None, CellCode("", {})) == ("interrupted", None)


def test_the_hash_is_that_of_a_browser():
    assert source_hash("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
    assert source_hash("\ud800") == source_hash("\ufffd")


def test_a_cell_with_only_the_mark_is_not_complete(shell):
    shell.input_transformer_manager.cleanup_transforms.append(Mark())
    assert shell.check_complete("%%torchprof")[0] == "incomplete"
    assert shell.check_complete("%%torchprof\nx = 1")[0] == "incomplete"
    assert shell.transform_cell("%%torchprof") == "\n"


class Unreadable(Exception):
    """Its parts are properties that fail, and so does its message."""

    def _fail(self) -> Any:
        raise RuntimeError("asked")

    args = __traceback__ = __cause__ = __context__ = property(_fail)  # type: ignore[assignment]
    __bool__ = __len__ = __str__ = __repr__ = _fail


def test_an_error_whose_parts_cannot_be_read_is_described():
    code = CellCode("x", {})
    status, described = outcome(result(info(), Unreadable("text")), code)
    assert status == "error"
    assert described is not None
    assert (described.name, described.message) == ("Unreadable", "(its message could not be read)")
