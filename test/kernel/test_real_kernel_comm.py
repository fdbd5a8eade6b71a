"""The comm between a real kernel and its front ends."""

from __future__ import annotations

import time

import msgspec
import pytest
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.messages import KernelMessage
from jupyterlab_torchprof.record import Check, Session

HELLO = {"type": "hello", "settings": {"sampling_hz": 20.0, "history": 5, "rules_off": []}}


@pytest.fixture
def reloaded(kernel):
    """The shared kernel with a profiler that nothing has happened to, also for those after."""

    def reload():
        kernel.run("%unload_ext jupyterlab_torchprof")
        kernel.front_ends.clear()
        kernel.load()

    reload()
    yield kernel
    reload()


def test_a_new_front_end_gets_the_whole_session(kernel):
    kernel.run("before_connecting = 1", cell_id="early")
    front_end = kernel.connect()
    message = front_end.of("session")[0]
    assert message["enabled"] is True
    assert message["running"] is None
    session = msgspec.convert(message["session"], Session)
    assert session.cells[-1].source == "before_connecting = 1"
    assert session.environment.python
    assert session.environment.ipython


def test_every_message_is_of_the_wire_format(kernel):
    front_end = kernel.connect()
    kernel.run("import time\ntime.sleep(0.35)", cell_id="a")
    kernel.run("%torchprof off")
    kernel.run("%torchprof on")
    front_end.wait_for("status", 2)
    kinds = {type(msgspec.convert(data, KernelMessage)).__name__ for data in front_end.messages}
    assert {"SessionMessage", "CellStarted", "SampleTaken", "CellEnded", "StatusMessage"} <= kinds


@pytest.mark.parametrize(
    "code",
    [
        "import time\nend = time.time() + 1.2\nwhile time.time() < end:\n    x = sum(range(100))",
        "import time\ntime.sleep(1.2)",
    ],
    ids=["pure Python loop", "sleep"],
)
def test_samples_arrive_while_the_cell_is_busy(kernel, code):
    front_end = kernel.connect()
    request = kernel.start(code, "busy")
    samples = front_end.wait_for("sample", 5)
    assert not front_end.of("end"), "the samples came only with the end"
    kernel.finish(request)
    record = front_end.wait_for("end")[-1]["record"]
    assert {sample["run_id"] for sample in samples} == {record["run_id"]}
    assert [m["type"] for m in front_end.messages].index("start") == 1
    times = [message["sample"]["t_s"] for message in front_end.of("sample")]
    assert times == sorted(times)
    assert all(message["sample"]["host_bytes"] > 1 << 20 for message in samples)
    # On a busy machine the last look may come when the cell's code has ended.
    places = {sample.get("place") for sample in record["samples"][1:-1]} - {None}
    lines = {record["places"][place]["line"] for place in places}
    assert lines
    told = {message.get("line") for message in samples} - {None}
    assert lines | told <= ({3, 4} if "while" in code else {2})
    first, *_between, before_last, last = (sample["t_s"] for sample in record["samples"])
    assert first == 0
    assert last == pytest.approx(max(record["duration_s"], before_last))


def test_the_line_of_the_longest_work_costs_most(kernel):
    front_end = kernel.connect()
    kernel.run("import time\ntime.sleep(0.2)\ntime.sleep(1.6)\n")
    lines = front_end.wait_for("end")[-1]["record"]["lines"]
    assert lines[0]["line"] == 3
    assert lines[0]["time_share"] > 0.6


def test_what_the_notebook_says_decides_what_is_safe(kernel):
    front_end = kernel.connect()

    def tell(**cells):
        told = [{"cell_id": name, "source": source} for name, source in cells.items()]
        front_end.send({"type": "notebook", "cells": told})

    def stale():
        """The advice on the cell as it was told last."""
        records = [message["record"] for message in front_end.of("end")]
        last = [record for record in records if record["cell_id"] == "scores"][-1]
        return [each for each in last["advice"] if each["rule"] == "stale-intermediates"]

    texts = {
        "setup": "import torch\nx = torch.ones(3000, 64)",
        "scores": "scores = x @ x.T\ntop = scores.max().item()",
        "one": "print(top)",
        "two": "print(top + 1)",
    }
    tell(**texts, unrun="print('never run')")
    for name, source in texts.items():
        kernel.run(source, cell_id=name)
    front_end.wait_for("end", 5)  # the cell's second is its advice, which had to wait
    assert [advice["fix"]["safe"] for advice in stale()] == [True]
    tell(**texts, unrun="exec(text)")
    front_end.wait_for("end", 6)
    assert [advice["fix"]["safe"] for advice in stale()] == [False]
    tell(**texts, unrun="print(scores.std())  # never run")
    front_end.wait_for("end", 7)
    assert stale() == []
    front_end.send({"type": "snapshot"})
    assert "never run" not in repr(front_end.wait_for("session", 2))


def test_two_front_ends_get_the_same(kernel):
    first = kernel.connect()
    second = kernel.connect()
    kernel.run("shared = 1")
    ends = [front_end.wait_for("end")[-1] for front_end in (first, second)]
    assert ends[0] == ends[1]
    second.close()
    kernel.run("only_first = 1")
    first.wait_for("end", 2)
    kernel.run("pass")
    assert len(second.of("end")) == 1


def test_one_that_connects_while_a_cell_runs_is_told(reloaded):
    first = reloaded.connect()
    request = reloaded.start("import asyncio\nawait asyncio.sleep(1)")
    first.wait_for("start")
    second = reloaded.connect()
    reloaded.finish(request)
    running = second.of("session")[0]["running"]
    # A kernel may answer when the cell has ended; then it is in the session.
    sources = [cell["source"] for cell in second.of("session")[0]["session"]["cells"]]
    assert (running or {"source": sources[-1]})[
        "source"
    ] == "import asyncio\nawait asyncio.sleep(1)"


def test_a_snapshot_can_be_asked_for_again(kernel):
    front_end = kernel.connect()
    front_end.send({"type": "snapshot"})
    assert len(front_end.wait_for("session", 2)) == 2


def test_settings_are_applied(reloaded):
    front_end = reloaded.connect(HELLO)
    for number in range(8):
        reloaded.run(f"x = {number}")
    reloaded.run("import time\ntime.sleep(1)")
    record = front_end.wait_for("end", 9)[-1]["record"]
    assert len(record["samples"]) > 12, "20 Hz was asked for"
    assert len(front_end.of("sample")) <= 11, "live samples stay at 10 Hz"
    front_end.send({"type": "snapshot"})
    assert len(front_end.wait_for("session", 2)[-1]["session"]["cells"]) == 5
    settings = {"sampling_hz": 10.0, "history": 2, "rules_off": []}
    front_end.send({"type": "settings", "settings": settings})
    front_end.send({"type": "snapshot"})
    assert len(front_end.wait_for("session", 3)[-1]["session"]["cells"]) == 2


def test_a_broken_message_is_counted_and_harms_nothing(reloaded):
    front_end = reloaded.connect()
    front_end.send({"type": "settings", "settings": {"history": "many"}})
    reloaded.run("x = 1")
    status = front_end.wait_for("status")[-1]
    assert [entry["part"] for entry in status["health"]] == ["comm"]
    assert front_end.wait_for("end")[-1]["record"]["source"] == "x = 1"


def test_a_comm_that_is_opened_with_nonsense_still_works(reloaded):
    front_end = reloaded.connect({"type": "what"})
    reloaded.run("x = 1")
    assert front_end.wait_for("end")


def test_after_a_restart_it_is_loaded_and_opened_anew(bare_kernel):
    bare_kernel.load()
    bare_kernel.connect()
    bare_kernel.run("x = 1")
    bare_kernel.restart()
    bare_kernel.load()
    front_end = bare_kernel.connect()
    assert front_end.of("session")[0]["session"]["cells"] == []
    bare_kernel.run("y = 1")
    assert front_end.wait_for("end")[-1]["record"]["source"] == "y = 1"


def test_goodbye_on_unload_and_a_new_start(reloaded):
    front_end = reloaded.connect()
    reloaded.run("%unload_ext jupyterlab_torchprof")
    front_end.wait_for("goodbye")
    reloaded.read_until(lambda: front_end.closed, "the comm to be closed")
    reloaded.run("unseen = 1")
    reloaded.run("%load_ext jupyterlab_torchprof")
    again = reloaded.connect()
    reloaded.run("seen = 1")
    record = again.wait_for("end")[-1]["record"]
    assert record["source"] == "seen = 1"
    assert not front_end.of("end")


def test_loading_silently_prints_nothing(bare_kernel):
    reply = bare_kernel.load()
    assert reply.content["status"] == "ok"
    assert reply.text == ""
    time.sleep(0.1)
    assert bare_kernel.run("import sys; print('torch' in sys.modules)").text == "False\n"


def test_the_doctor_looks_at_this_very_process(kernel, tmp_path):
    front_end = kernel.connect()
    kernel.run("import torch\ntorch.set_num_threads(1)\ntorch.set_num_threads(3)")
    front_end.send({"type": "doctor", "request_id": "1"})
    checks = front_end.wait_for("doctor_done")[-1]["checks"]
    found = {check["topic"]: check["found"] for check in checks}
    assert "PyTorch uses 3 threads" in found["threads"]
    assert found["PyTorch"].startswith("PyTorch 2.")
    path = tmp_path / "session.json"
    kernel.run(f"%torchprof report {path}")
    document = decode_session(path.read_bytes())
    assert document.session.checks == msgspec.convert(checks, list[Check])
