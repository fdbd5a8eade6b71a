"""A try that a front end asks for, from the request to the advice."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.messages import CellEnded, ReplayDone, ReplayRequest
from jupyterlab_torchprof.record import CellRecord, DeepReplay
from jupyterlab_torchprof.replay import request as requests
from jupyterlab_torchprof.session import Profiler

TRAIN = """\
import torch
net = torch.nn.Linear(512, 512)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(9000, 512)
for _ in range(9):
    optimizer.zero_grad()
    net(x).square().mean().backward()
    optimizer.step()
"""


@pytest.fixture
def profiler(shell: InteractiveShell):
    found = load(shell)
    yield found
    shell.reset()
    unload(shell)


@pytest.fixture
def record(shell: InteractiveShell, profiler: Profiler) -> CellRecord:
    shell.run_cell("%%torchprof --deep\n" + TRAIN, store_history=True).raise_error()
    found = profiler.history.last()
    assert found is not None
    return found


def asked(record: CellRecord, alternative: str = "bfloat16", **more: Any) -> ReplayRequest:
    """A request for the first work of a record."""
    options = {"request_id": "q", "run_id": record.run_id, "work": 0, **more}
    return ReplayRequest(alternative=alternative, **options)


def test_the_record_has_what_was_measured(profiler, record, monkeypatch):
    sent: list[Any] = []
    monkeypatch.setattr(profiler._front_ends, "send", sent.append)
    for _again in range(2):
        done = profiler._asked.replay(asked(record))
        assert done.replay is not None and done.message == ""
        assert record.deep is not None and record.deep.work[0].replays == [done.replay]
        ended = sent.pop()
        assert isinstance(ended, CellEnded) and ended.record is record
    assert profiler.health.entries() == []


def test_advice_follows_from_it_and_goes_with_it(profiler, record, monkeypatch):
    def measured(_work: Any, alternative: str) -> DeepReplay:
        return DeepReplay(
            alternative=alternative,
            original_s=3e-3,
            alternative_s=seconds,
            original_spread_s=1e-4,
            alternative_spread_s=1e-4,
            rounds=9,
            threads=2,
        )

    monkeypatch.setattr(requests, "replay", measured)
    before = [advice.rule for advice in record.advice]
    seconds = 1e-3
    profiler._asked.replay(asked(record))
    (found,) = [each for each in record.advice if each.rule == "fp32-gemm"]
    assert found.prediction is not None and found.prediction.after < found.prediction.before
    assert record in profiler.history.advised()
    seconds = 2.9e-3
    profiler._asked.replay(asked(record))
    assert [advice.rule for advice in record.advice] == before


@pytest.mark.parametrize("more", [{"work": 999}, {"work": -1}, {"run_id": "none"}])
def test_what_is_gone_is_said(profiler, record, more):
    done = profiler._asked.replay(asked(record, **more))
    assert done == ReplayDone(request_id="q", message=requests._GONE)


def test_not_while_a_cell_runs_and_not_what_there_is_not(profiler, record, shell):
    assert "in that way" in profiler._asked.replay(asked(record, "sdpa")).message
    shell.user_ns["ask"] = lambda: profiler._asked.replay(asked(record)).message
    shell.run_cell("message = ask()", store_history=True).raise_error()
    assert shell.user_ns["message"].startswith("A cell is running")


def test_an_interrupt_is_answered(profiler, record, monkeypatch):
    def interrupted(*_args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(requests, "replay", interrupted)
    assert profiler._asked.replay(asked(record)).message == "It was interrupted."
