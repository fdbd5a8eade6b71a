"""What is in no variable, by the run that made it: outputs, frames of errors, objects of before."""

from __future__ import annotations

import gc

import pytest
from jupyterlab_torchprof.record import Action

MIB = 1 << 20
FAILS = "def f():\n    kept = torch.ones(2 << 20)\n    raise ValueError\nf()"
COLLECT = Action(kind="collect_garbage", title="", description="")


@pytest.fixture
def uncollected():
    """Python collects nothing of its own accord."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
def test_what_a_failed_cell_made_goes_with_the_next_error(notebook):
    failed = notebook.run(FAILS, "first", fails=True)
    made = notebook.made(failed)
    assert (made.alive_bytes, made.names, made.freed) == (8 * MIB, ["f: kept"], {})
    assert notebook.holder("traceback", "f: kept").made_count == failed
    between = notebook.run("x = 1", "other")
    assert notebook.made(failed).alive_bytes == 8 * MIB
    second = notebook.run("1 / 0", "second", fails=True)
    assert second > between
    made = notebook.made(failed)
    # IPython's result and the frames hold each other until Python collects them.
    assert made.alive_bytes == made.unreached_bytes == 8 * MIB
    assert made.names == []
    third = notebook.run("import gc; gc.collect()", "third")
    made = notebook.made(failed)
    assert (made.alive_bytes, made.freed) == (0, {str(third): 8 * MIB})


def test_an_output_is_released_by_its_own_number_whoever_made_it(notebook):
    maker = notebook.run("x = torch.ones(2 << 20)")
    shown = notebook.run("x")
    gone = notebook.run("del x")
    output = notebook.holder("outputs", f"Out[{shown}]")
    assert output.made_count == maker
    assert notebook.made(maker).names == [f"Out[{shown}]"]
    notebook.act(output.action)
    assert output.action.targets == [str(shown)]
    assert notebook.made(maker).freed == {"": 8 * MIB}
    assert gone == shown + 1


def test_an_action_lets_go_of_nothing_else(notebook):
    made = notebook.run("w = torch.ones(2 << 20, requires_grad=True)\nloss = (w * 2).exp().sum()")
    failed = notebook.run(FAILS, "first", fails=True)
    held = {(one.kind, one.name): one.held_bytes for one in notebook.host.holders if one.name}
    assert held["graphs", "loss"] >= 8 * MIB
    assert held["traceback", "f: kept"] == 8 * MIB
    notebook.run("more = torch.ones(2 << 20)")
    notebook.act(notebook.holder("tensors", "more").action)
    now = {(one.kind, one.name): one.held_bytes for one in notebook.host.holders if one.name}
    assert now == held
    assert notebook.made(made).freed == notebook.made(failed).freed == {}
    sizes = [one.held_bytes for one in notebook.host.holders]
    assert sizes == sorted(sizes, reverse=True)


def test_an_old_object_that_an_action_leaves_is_told_of_still(notebook):
    first = notebook.run("net = nn.Linear(1024, 1024)\nkeep = lambda net=net: net")
    notebook.run("opt = torch.optim.SGD(net.parameters())\nnet")
    notebook.run("net = nn.Linear(1024, 1024)\ndel keep, opt")
    old = notebook.holder("old_objects", "net")
    assert old.made_count == first
    assert notebook.made(first).names == ["the old net"]
    notebook.act(COLLECT)
    assert notebook.holder("old_objects", "net").held_bytes == old.held_bytes
    assert notebook.made(first).freed == {}


def test_it_is_told_of_which_run_the_memory_is(notebook):
    notebook.run("x = torch.ones(2 << 20)")
    session = notebook.profiler.session()
    assert session.memory_now.run_id == session.cells[-1].run_id
    notebook.act(notebook.holder("tensors", "x").action)
    session = notebook.profiler.session()
    assert session.memory_now.run_id == session.cells[-1].run_id
