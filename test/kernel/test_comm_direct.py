"""Delivery to front ends, without a kernel."""

from __future__ import annotations

import json
from typing import Any

from hand_made import a_record
from jupyterlab_torchprof.deliver.comm import FrontEnds
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.messages import (
    ActionDone,
    CellEnded,
    DeepRequest,
    ReplayDone,
    RoofsDone,
    RunAction,
    SessionMessage,
    Settings,
    StatusMessage,
    TracePart,
)
from jupyterlab_torchprof.notebooks import CHARACTERS, Notebooks
from jupyterlab_torchprof.record import SCHEMA_VERSION, CellRecord, Check, Environment, Session


class WireComm:
    """A comm that writes what it sends as ipykernel does."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.broken = False
        self.closed = False
        self.handlers: dict[str, Any] = {}

    def send(self, data: Any = None) -> None:
        if self.broken:
            raise OSError("the socket is gone")
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        self.sent.append(json.loads(text.encode("utf-8")))

    def close(self) -> None:
        self.closed = True

    def on_msg(self, callback: Any) -> None:
        self.handlers["msg"] = callback

    def on_close(self, callback: Any) -> None:
        self.handlers["close"] = callback


class Manager:
    def __init__(self) -> None:
        self.targets: dict[str, Any] = {}

    def register_target(self, name: str, callback: Any) -> None:
        self.targets[name] = callback

    def unregister_target(self, name: str, callback: Any) -> None:
        assert self.targets.pop(name) == callback

    def open(self, data: Any = None) -> WireComm:
        comm = WireComm()
        self.targets["jupyterlab-torchprof"](comm, {"content": {"data": data}})
        return comm


def make(
    notebooks: Notebooks | None = None, deep: list[DeepRequest] | None = None
) -> tuple[FrontEnds, Manager, Health, list[Settings]]:
    health, applied, manager = Health(), [], Manager()
    environment = Environment(extension="1", python="3", platform="x")
    session = Session(schema_version=SCHEMA_VERSION, environment=environment)

    def act(request: RunAction) -> ActionDone:
        return ActionDone(
            request_id=request.request_id, action=request.action, ok=True, message="Done."
        )

    front_ends = FrontEnds(
        health,
        lambda: SessionMessage(session=session, enabled=True),
        applied.append,
        act,
        lambda: [Check(level="ok", topic="threads", found="Enough.")],
        notebooks=notebooks or Notebooks(),
        deep=([] if deep is None else deep).append,
        trace=lambda asked: TracePart(request_id=asked.request_id, parts=asked.part, data="eA=="),
        replay=lambda asked: ReplayDone(request_id=asked.request_id, message=asked.alternative),
        roofs=lambda asked: RoofsDone(request_id=asked.request_id, message=asked.run_id),
    )
    front_ends.open(manager)
    return front_ends, manager, health, applied


def record(source: str = "x", duration: float = 1.0) -> CellRecord:
    return a_record(source=source, duration_s=duration)


def test_what_json_cannot_have_does_not_stop_the_rest():
    front_ends, manager, health, _ = make()
    comm = manager.open()
    front_ends.send(CellEnded(record=record("half \ud800 a pair", float("nan"))))
    assert comm.sent[-1]["record"]["source"] == "half \ufffd a pair"
    assert comm.sent[-1]["record"]["duration_s"] is None
    assert not health.entries()


def test_one_broken_comm_does_not_keep_the_others_from_their_messages():
    front_ends, manager, health, _ = make()
    broken, whole = manager.open(), manager.open()
    broken.broken = True
    for _ in range(5):
        front_ends.send(StatusMessage(enabled=True))
    assert len(whole.sent) == 1 + 5
    assert health.entries()[0].failures == 3, "then it is given up"


def test_a_closed_comm_gets_nothing_more():
    front_ends, manager, _, _ = make()
    comm = manager.open()
    comm.handlers["close"]({})
    front_ends.send(StatusMessage(enabled=True))
    assert [message["type"] for message in comm.sent] == ["session"]


def test_hello_brings_settings_and_an_empty_hello_is_one():
    _, manager, health, applied = make()
    manager.open({"type": "hello", "settings": {"sampling_hz": 5}})
    manager.open()
    assert [settings.sampling_hz for settings in applied] == [5.0]
    assert not health.entries()


def test_a_run_in_depth_is_asked_for_without_an_answer():
    asked: list[DeepRequest] = []
    _, manager, health, _ = make(deep=asked)
    comm = manager.open()
    sent = len(comm.sent)
    comm.handlers["msg"]({"content": {"data": {"type": "deep", "cell_id": "c", "steps": 3}}})
    assert asked == [DeepRequest(cell_id="c", steps=3)]
    assert len(comm.sent) == sent
    assert not health.entries()


def test_who_wants_a_roof_gets_an_answer() -> None:
    _front_ends, manager, health, _applied = make()
    comm = manager.open()
    comm.sent.clear()
    data = {"type": "roofs", "request_id": "q", "run_id": "r"}
    comm.handlers["msg"]({"content": {"data": data}})
    assert comm.sent == [{"type": "roofs_done", "request_id": "q", "message": "r"}]
    assert health.entries() == []


def test_a_trace_goes_to_who_asks() -> None:
    _, manager, _health, _ = make()
    comm, other = manager.open(), manager.open()
    before = len(other.sent)
    request = {"type": "trace", "request_id": "q", "run_id": "r", "part": 2}
    comm.handlers["msg"]({"content": {"data": request}})
    assert comm.sent[-1] == {
        "type": "trace_part",
        "request_id": "q",
        "parts": 2,
        "data": "eA==",
        "message": "",
    }
    assert len(other.sent) == before


def test_what_was_tried_is_told_to_who_asks() -> None:
    _, manager, _health, _ = make()
    comm, other = manager.open(), manager.open()
    before = len(other.sent)
    request = {"type": "replay", "request_id": "q", "run_id": "r", "work": 2, "alternative": "sdpa"}
    comm.handlers["msg"]({"content": {"data": request}})
    answer = {"type": "replay_done", "request_id": "q", "replay": None, "message": "sdpa"}
    assert comm.sent[-1] == answer
    assert len(other.sent) == before


def test_goodbye_closes_comms_and_target():
    front_ends, manager, _, _ = make()
    comm = manager.open()
    front_ends.close()
    assert comm.sent[-1] == {"type": "goodbye"}
    assert comm.closed
    assert not manager.targets


def test_an_action_is_answered_to_the_one_who_asked():
    front_ends, manager, health, _ = make()
    first, second = manager.open(), manager.open()
    sent = len(first.sent), len(second.sent)
    action = {"kind": "empty_cache", "title": "", "description": "", "targets": []}
    request = {"type": "action", "request_id": "9", "action": action}
    first.handlers["msg"]({"content": {"data": request}})
    assert [message["type"] for message in first.sent[sent[0] :]] == ["action_done"]
    assert first.sent[-1]["request_id"] == "9"
    assert len(second.sent) == sent[1]
    assert health.entries() == []
    front_ends.close()


def test_the_doctor_answers_the_one_who_asked():
    front_ends, manager, health, _ = make()
    first, second = manager.open(), manager.open()
    sent = len(first.sent), len(second.sent)
    first.handlers["msg"]({"content": {"data": {"type": "doctor", "request_id": "7"}}})
    check = {"level": "ok", "topic": "threads", "found": "Enough.", "advice": ""}
    assert first.sent[sent[0] :] == [{"type": "doctor_done", "request_id": "7", "checks": [check]}]
    assert len(second.sent) == sent[1]
    assert health.entries() == []
    front_ends.close()


def tell(comm: WireComm, cells: list[dict[str, str]] | None) -> None:
    comm.handlers["msg"]({"content": {"data": {"type": "notebook", "cells": cells}}})


def texts(notebooks: Notebooks) -> dict[str, str] | None:
    cells = notebooks.cells()
    return None if cells is None else {cell.cell_id: cell.source for cell in cells}


def test_cells_are_known_once_every_front_end_has_told_them():
    notebooks = Notebooks()
    _, manager, health, _ = make(notebooks)
    hello = {"type": "hello", "settings": {}}
    one, other = manager.open(hello), manager.open(hello)
    assert texts(notebooks) is None
    tell(one, [{"cell_id": "a", "source": "x = 1"}, {"cell_id": "b", "source": "x"}])
    assert texts(notebooks) is None, "the other has a notebook, too"
    tell(other, [{"cell_id": "c", "source": "y"}])
    assert texts(notebooks) == {"a": "x = 1", "b": "x", "c": "y"}
    other.handlers["close"]({})
    assert texts(notebooks) == {"a": "x = 1", "b": "x"}
    one.handlers["close"]({})
    assert texts(notebooks) is None
    assert not health.entries()


def test_only_what_changed_has_to_be_told_again():
    told: list[int] = []
    notebooks = Notebooks(lambda: told.append(1))
    _, manager, _, _ = make(notebooks)
    comm = manager.open({"type": "hello", "settings": {}})
    tell(comm, [{"cell_id": "a", "source": "1"}, {"cell_id": "b", "source": "2"}])
    tell(comm, [{"cell_id": "b"}, {"cell_id": "a", "source": "3"}])
    assert texts(notebooks) == {"b": "2", "a": "3"}
    tell(comm, [{"cell_id": "b"}, {"cell_id": "a"}])
    assert len(told) == 2, "nothing was new"
    tell(comm, [{"cell_id": "b"}, {"cell_id": "z"}])
    assert texts(notebooks) is None, "z was never told"


def test_too_much_is_not_kept():
    notebooks = Notebooks()
    _, manager, _, _ = make(notebooks)
    comm = manager.open({"type": "hello", "settings": {}})
    tell(comm, [{"cell_id": "a", "source": "#" * CHARACTERS}])
    assert texts(notebooks) is not None
    tell(comm, [{"cell_id": "a"}, {"cell_id": "b", "source": "#"}])
    assert texts(notebooks) is None
    tell(comm, None)
    assert texts(notebooks) is None
    tell(comm, [{"cell_id": "b", "source": "#"}])
    assert texts(notebooks) == {"b": "#"}
