"""Actions let go of what IPython keeps, and say what that freed."""

from __future__ import annotations

import sys
import weakref

import pytest
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.messages import RunAction
from jupyterlab_torchprof.record import Action

MAPPED = (
    "torch.frombuffer(mmap.mmap(-1, 32 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS),"
    " dtype=torch.float32).fill_(1)"
)
"""32 MiB with pages of their own. What is allocated may lie where other tests have freed memory
that the process has kept, and keeps again."""


@pytest.fixture
def profiler(shell):
    profiler = load(shell)
    shell.run_cell("import torch", store_history=True)
    yield profiler
    unload(shell)
    assert not profiler.health.entries()


def run(shell, source, fails=False):
    assert shell.run_cell(source, store_history=True).success is not fails


def act(profiler, kind, *targets):
    action = Action(kind=kind, title="", description="", targets=list(targets))
    return profiler.act(RunAction(request_id="7", action=action))


def test_release_an_output(shell, profiler):
    run(shell, f"import mmap\n{MAPPED}")
    count = max(shell.user_ns["_oh"])
    held = weakref.ref(shell.user_ns["_oh"][count])
    done = act(profiler, "release_outputs", str(count))
    assert done.ok, done.message
    assert done.request_id == "7"
    assert held() is None
    assert done.freed_bytes["host"] > 30 << 20
    assert done.message.startswith("Freed ")
    assert done.message.endswith(" of host memory.")
    assert shell.user_ns["_"] == ""
    run(shell, "5")
    assert shell.user_ns["_"] == 5, "results are kept as ever"


def test_an_output_that_is_a_variable_stays_one(shell, profiler):
    run(shell, "x = torch.ones(3)\nx")
    count = max(shell.user_ns["_oh"])
    assert act(profiler, "release_outputs", str(count)).ok
    assert count not in shell.user_ns["_oh"]
    assert shell.user_ns["x"].numel() == 3


def test_delete_a_variable_that_was_displayed(shell, profiler):
    run(shell, "x = torch.ones(3)\nx")
    held = weakref.ref(shell.user_ns["x"])
    assert act(profiler, "delete_names", "x").ok
    assert "x" not in shell.user_ns
    assert held() is None


def test_clear_the_traceback(shell, profiler):
    source = (
        f"import mmap\ndef fail():\n    big = {MAPPED}\n    raise ValueError(big.shape)\nfail()"
    )
    run(shell, source, fails=True)
    run(shell, "1")
    done = act(profiler, "clear_traceback")
    assert done.ok
    assert done.freed_bytes["host"] > 30 << 20
    assert not act(profiler, "clear_traceback").ok
    run(shell, "1 / 0", fails=True)
    assert sys.last_traceback is not None, "the next error is kept as ever"


def test_nothing_was_freed(shell, profiler):
    run(shell, "x = torch.ones(8 << 20)\ny = [x]")
    done = act(profiler, "delete_names", "x")
    assert (done.ok, done.message) == (
        True,
        "Done, but no memory was freed: something else still holds it.",
    )


@pytest.mark.parametrize(
    ("kind", "targets", "why"),
    [
        ("release_outputs", ["99"], "There is no Out[99]."),
        ("release_outputs", ["x"], "There is no Out[x]."),
        ("release_outputs", [], "No output was named."),
        ("delete_names", ["nothing"], "There is no variable nothing."),
        ("delete_names", ["get_ipython"], "There is no variable get_ipython."),
        ("delete_names", ["_oh"], "There is no variable _oh."),
        ("run_cell", ["a"], "A cell is run in the notebook, not by the kernel."),
    ],
)
def test_what_makes_no_sense_is_refused(shell, profiler, kind, targets, why):
    done = act(profiler, kind, *targets)
    assert (done.ok, done.message) == (False, why)


def test_not_while_a_cell_runs(shell, profiler):
    shell.user_ns["ask"] = lambda: act(profiler, "delete_names", "x")
    run(shell, "x = 1\ndone = ask()")
    assert shell.user_ns["done"].message == "A cell is running; try again when it has ended."
    assert shell.user_ns["x"] == 1


def test_the_magic_lists_and_frees(shell, profiler, capsys):
    run(shell, "%torchprof free")
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("host: ")
    assert any(line.endswith(" not tensors") for line in said)
    run(shell, "torch.ones(8 << 20)")
    count = max(shell.user_ns["_oh"])
    capsys.readouterr()
    run(shell, "%torchprof free")
    said = capsys.readouterr().out
    assert "32 MiB" in said
    assert f"%torchprof free Out[{count}]" in said
    run(shell, f"%torchprof free Out[{count}]")
    assert capsys.readouterr().out.startswith("Freed ")
    run(shell, "y = torch.ones(8 << 20)")
    run(shell, "%torchprof free")
    assert "32 MiB  y (tensors, Tensor [8388608], made by [" in capsys.readouterr().out
    run(shell, "%torchprof free y")
    assert "Freed" in capsys.readouterr().out
    assert "y" not in shell.user_ns
    run(shell, "%torchprof free cycles")
    assert "cycles" in capsys.readouterr().out
    run(shell, "%torchprof free nothing_of_that_name")
    assert "There is no variable nothing_of_that_name." in capsys.readouterr().out
