"""Processes that wait for threads which their fork has not copied: told while they hang."""

from __future__ import annotations

import sys
import time

import pytest
from jupyterlab_torchprof.rank.openmp import OpenMPWait

COMPUTED = """import signal, threading, time
import torch
import torch.multiprocessing as mp
torch.set_num_threads(2)
product = torch.randn(512, 512) @ torch.randn(512, 512)"""
WORK = """def work(rank):
    {first}
    torch.randn(512, 512) @ torch.randn(512, 512)
"""
LAUNCH = "mp.start_processes(work, nprocs=2, start_method='fork')"

linux = pytest.mark.skipif(sys.platform != "linux", reason="no other system tells where it waits")


@linux
def test_the_hint_comes_while_it_hangs_and_the_fixed_notebook_ends(kernel):
    """Acceptance: a product in the first cell, the launcher in the second."""
    front_end = kernel.connect()
    kernel.run(COMPUTED, "computed")
    kernel.run(WORK.format(first="signal.alarm(12)"), "setup")
    began = time.monotonic()
    request = kernel.start(LAUNCH, "launch")

    def told():
        last = front_end.of("sample")[-1:]
        return [rank for sample in last for rank in sample["ranks"] if rank.get("openmp_wait_s")]

    kernel.read_until(told, "a hint")
    assert time.monotonic() - began < 8
    place = told()[0]["place"]
    assert (place["function"], place["line"]) == ("work", 3)
    kernel.finish(request)
    record = front_end.wait_for("end", 3)[-1]["record"]
    [advice] = [one for one in record["advice"] if one["rule"] == "fork-after-threads"]
    assert (advice["code_cell_id"], advice["fix"]["safe"]) == ("setup", False)
    [edit] = advice["fix"]["edits"]
    assert edit["new_text"].strip() == "torch.set_num_threads(1)"

    fixed = "torch.set_num_threads(1); signal.alarm(12)"
    kernel.run(WORK.format(first=fixed), "setup")
    assert kernel.run(LAUNCH, "launch").content["status"] == "ok"


class Thread:
    """What the system tells of one, in the place of its file."""

    def __init__(self, wait: OpenMPWait, monkeypatch):
        self.call = b"202 0x1 0x80 0x7ffe 0x5000\n"
        self.library = b"/site-packages/torch/lib/libgomp.so.1"
        monkeypatch.setattr(wait, "_path", self)
        monkeypatch.setattr("jupyterlab_torchprof.rank.openmp._MAPS", Maps(self))

    def read_bytes(self):
        return self.call


class Maps:
    def __init__(self, thread: Thread):
        self._thread = thread

    def read_bytes(self):
        return b"\n".join(
            [
                b"4000-5000 r-xp 00000000 08:01 7   /usr/lib/libc.so.6",
                b"5000-6000 r-xp 00000000 08:01 9   " + self._thread.library,
                b"6000-7000 rw-p 00000000 00:00 0",
            ]
        )


@pytest.fixture
def wait():
    return OpenMPWait()


@pytest.fixture
def thread(wait, monkeypatch):
    return Thread(wait, monkeypatch)


def test_one_wait_of_openmp_is_told_once_it_is_long(wait, thread):
    assert [wait.look(now, 1.0 + now / 100) for now in (2.0, 3.0, 4.0, 5.0, 6.0)] == [
        *[None] * 3,
        3.0,
        4.0,
    ]


def test_another_wait_begins_anew(wait, thread):
    assert wait.look(2.0, 1.0) is None
    thread.call = thread.call.replace(b"0x1 ", b"0x2 ")
    assert [wait.look(now, 1.0) for now in (4.0, 6.0, 7.0)] == [None, None, 3.0]


def test_threads_that_are_at_work_are_waited_for(wait, thread):
    assert [wait.look(now, now) for now in (2.0, 4.0, 6.0, 8.0)] == [None] * 4


@pytest.mark.parametrize(
    ("call", "library"),
    [
        (b"running\n", b"/torch/lib/libgomp.so.1"),
        (b"", b"/torch/lib/libgomp.so.1"),
        (b"202 0x1 0x5000\n", b"/usr/lib/libpthread.so.0"),
        (b"202 0x1 0x5000\n", b"/site-packages/scikit_learn.libs/libgomp-d22c30c5.so.1"),
        (b"202 0x1 0x4000\n", b"/torch/lib/libgomp.so.1"),
        (b"202 0x1 0x9000\n", b"/torch/lib/libgomp.so.1"),
    ],
)
def test_other_waits_and_work_are_none(wait, thread, call, library):
    thread.call, thread.library = call, library
    assert [wait.look(now, 1.0) for now in (2.0, 6.0)] == [None, None]


def test_where_the_system_does_not_tell_nothing_is_said(wait, tmp_path, monkeypatch):
    monkeypatch.setattr(wait, "_path", tmp_path / "none")
    assert [wait.look(now, 1.0) for now in (2.0, 6.0)] == [None, None]
