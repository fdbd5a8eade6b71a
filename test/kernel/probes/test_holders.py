"""Outputs, tracebacks and old objects that keep memory alive."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest
from jupyterlab_torchprof.extension import load, unload

MIB = 1 << 20
SETUP = """
import torch
from torch import nn
def make():
    return nn.Linear(1024, 1024, bias=False)
"""


class Cells:
    """Cells in a real shell."""

    def __init__(self, shell, profiler) -> None:
        self.shell = shell
        self.profiler = profiler

    def run(self, source: str):
        self.shell.run_cell(source, store_history=True)
        return self.profiler.history.last()

    def holders(self, source: str):
        return self.run(source).holders


@pytest.fixture
def cells(shell):
    names = ("last_exc", "last_type", "last_value", "last_traceback")
    before = {name: getattr(sys, name) for name in names if hasattr(sys, name)}
    for name in before:
        delattr(sys, name)
    profiler = load(shell)
    cells = Cells(shell, profiler)
    assert cells.run(SETUP).status == "ok"
    yield cells
    shell.reset()
    unload(shell)
    for name in names:
        if hasattr(sys, name):
            delattr(sys, name)
    for name, value in before.items():
        setattr(sys, name, value)
    assert not profiler.health.entries()


def only(holders):
    (holder,) = holders
    return holder


# --- outputs ----------------------------------------------------------------------------------


def test_a_displayed_tensor(cells):
    holder = only(cells.holders("torch.zeros(4, 1 << 20)"))
    count = cells.shell.execution_count - 1
    assert (holder.kind, holder.name, holder.execution_count) == ("output", f"Out[{count}]", count)
    assert (holder.what, holder.unique_bytes) == ("Tensor [4, 1048576]", {"cpu": 16 * MIB})
    assert only(cells.holders("pass")).unique_bytes == {"cpu": 16 * MIB}
    assert cells.holders(f"del Out[{count}], _{count}; _ = __ = ___ = None") == []


def test_a_displayed_list_and_a_module(cells):
    holders = cells.holders("[torch.zeros(1 << 20), {'x': torch.zeros(1 << 20)}]")
    assert only(holders).unique_bytes == {"cpu": 8 * MIB}
    assert {h.what for h in cells.holders("make()")} == {"list", "Linear"}


def test_what_a_variable_has_is_not_held_by_its_output(cells):
    assert cells.holders("x = torch.zeros(1 << 20)\nx") == []
    assert cells.holders("x[:10]") == []
    assert cells.holders("model = make()\nmodel") == []
    assert cells.holders("1 + 1") == []
    assert cells.holders("torch.zeros(100)") == []
    assert only(cells.holders("x = None")).unique_bytes == {"cpu": 4 * MIB}


def test_the_graph_of_a_displayed_loss(cells):
    cells.run("model, x = make(), torch.zeros(1024, 1024)")
    holder = only(cells.holders("model(x).relu().sum()"))
    assert holder.what == "Tensor []"
    assert holder.unique_bytes == {"cpu": 4 * MIB + 4}
    holders = cells.holders("loss = model(x).relu().sum()\nloss")
    assert [h.name for h in holders] == [holder.name]


def test_a_freed_graph_is_held_no_more(cells):
    cells.run("model, x = make(), torch.zeros(1024, 1024)")
    assert len(cells.holders("model(x).relu().sum()")) == 1
    assert cells.holders("_.backward()") == []


def test_outputs_are_not_kept_alive(cells):
    cells.run("torch.zeros(1 << 20)")
    tensor = weakref.ref(cells.shell.user_ns["_"])
    cells.run("%reset -f out")
    cells.shell.displayhook.flush()
    cells.shell.user_ns_hidden.pop("_", None)
    cells.shell.last_execution_result = None
    gc.collect()
    assert tensor() is None


# --- tracebacks -------------------------------------------------------------------------------

FAILING = """
def train_step(size):
    activations = torch.zeros(size, 1 << 20)
    small = torch.zeros(4)
    raise ValueError('no')
    later = 1
"""


@pytest.mark.parametrize("mode", ["Context", "Plain"])
def test_the_last_errors_frames(cells, mode):
    cells.run(f"%xmode {mode}")
    cells.run(FAILING)
    holder = only(cells.holders("train_step(2)"))
    count = cells.shell.execution_count - 1
    assert (holder.kind, holder.execution_count) == ("traceback", count)
    assert holder.name == "train_step: activations"
    assert (holder.what, holder.unique_bytes) == ("Tensor [2, 1048576]", {"cpu": 8 * MIB})
    again = only(cells.holders("pass"))
    assert (again.execution_count, again.unique_bytes) == (count, {"cpu": 8 * MIB})
    assert cells.holders("import sys; sys.last_traceback.tb_next = None") == []


def test_an_error_that_came_from_another(cells):
    cells.run(FAILING)
    source = "try:\n    train_step(3)\nexcept ValueError as e:\n    raise KeyError from e"
    assert only(cells.holders(source)).unique_bytes == {"cpu": 12 * MIB}


def test_what_a_variable_has_is_not_held_by_the_traceback(cells):
    cells.run("def fail(x):\n    raise ValueError")
    assert cells.holders("x = torch.zeros(1 << 20)\nfail(x)") == []


def test_an_object_that_only_a_frame_keeps(cells):
    cells.run(
        "class Trainer:\n"
        "    def __init__(self):\n"
        "        self.model = make()\n"
        "    def fit(self):\n"
        "        raise ValueError"
    )
    holder = only(cells.holders("Trainer().fit()"))
    assert (holder.name, holder.what) == ("fit: self", "Trainer")
    assert holder.unique_bytes == {"cpu": 4 * MIB}


def test_the_graph_of_a_failing_forward(cells):
    cells.run(
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.fc = make()\n"
        "    def forward(self, x):\n"
        "        x = self.fc(x).relu()\n"
        "        return self.fc(x[:, :7])\n"
        "net, x = Net(), torch.ones(1024, 1024)"
    )
    holders = cells.holders("net(x)")
    assert sum(holder.unique_bytes["cpu"] for holder in holders) == 4 * MIB
    assert {holder.name for holder in holders} == {"forward: x"}


def test_frames_die_as_without_us(cells):
    import traceback

    cells.run("%xmode Plain")
    cells.run("alive = []\nimport weakref")
    cells.run(
        "def fail():\n    x = torch.zeros(1 << 20)\n    alive.append(weakref.ref(x))\n    1 / 0"
    )
    assert len(cells.holders("fail()")) == 1
    reference = cells.shell.user_ns["alive"][0]
    assert reference() is not None
    traceback.clear_frames(sys.last_value.__traceback__)
    assert reference() is None


def test_a_traceback_dies_as_without_us(cells):
    cells.run("alive = []\nimport weakref")
    cells.run(
        "def fail():\n    x = torch.zeros(1 << 20)\n    alive.append(weakref.ref(x))\n    1 / 0"
    )
    assert len(cells.holders("fail()")) == 1
    reference = cells.shell.user_ns["alive"][0]
    cells.run("pass")
    sys.last_traceback.tb_next = None
    gc.collect()  # IPython has made a cycle
    assert reference() is None


# --- old objects ------------------------------------------------------------------------------


def test_an_old_model_that_its_optimizer_keeps(cells):
    cells.run(
        "model = make()\noptimizer = torch.optim.Adam(model.parameters())\n"
        "model(torch.zeros(1, 1024)).sum().backward()\noptimizer.step()"
    )
    assert cells.holders("pass") == []
    holder = only(cells.holders("model = make()"))
    assert (holder.kind, holder.name, holder.what) == ("old_object", "model", "Linear")
    assert holder.held_by == ["optimizer"]
    # weight, gradient and two moments
    assert 16 * MIB <= holder.unique_bytes["cpu"] < 16 * MIB + 1024
    assert only(cells.holders("pass")).held_by == ["optimizer"]
    assert cells.holders("optimizer = torch.optim.Adam(model.parameters())") == []


def test_an_old_model_in_an_output(cells):
    cells.run("model = make()")
    cells.run("model")
    count = cells.shell.execution_count - 1
    holder = only(cells.holders("model = make()"))
    assert (holder.kind, holder.held_by) == ("old_object", [f"Out[{count}]"])
    assert holder.unique_bytes == {"cpu": 4 * MIB}


def test_an_old_model_in_the_traceback(cells):
    cells.run("model = make()\ndef fail(net):\n    raise ValueError")
    cells.run("fail(model)")
    holder = only(cells.holders("model = make()"))
    assert (holder.kind, holder.held_by) == ("old_object", ["traceback"])


def test_an_old_tensor_in_an_output(cells):
    cells.run("x = torch.zeros(1 << 20)\nx")
    holder = only(cells.holders("del x"))
    assert holder.kind == "output"
    holder = only(cells.holders("x = 1"))
    assert (holder.kind, holder.name, holder.what) == ("old_object", "x", "Tensor [1048576]")


@pytest.mark.parametrize(
    "source",
    [
        "old = model\nmodel = make()",
        "models = [model]\nmodel = make()",
        "model = nn.Sequential(model)",
        "model = make()",
        "class Trainer: pass\ntrainer = Trainer()\ntrainer.model = model\nmodel = make()",
        "x = torch.zeros(1024, 1024)\nout = model(x).relu()",
    ],
)
def test_what_is_used_or_gone_is_no_old_object(cells, source):
    cells.run("model = make()")
    assert cells.run(source).status == "ok"
    assert cells.holders("x = None") == []


def test_old_objects_are_not_kept_alive(cells):
    cells.run("model = make()\noptimizer = torch.optim.Adam(model.parameters())")
    reference = weakref.ref(cells.shell.user_ns["model"])
    parameter = weakref.ref(cells.shell.user_ns["model"].weight)
    cells.run("model = make()")
    gc.collect()
    assert reference() is None
    assert parameter() is not None
    cells.run("optimizer = None")
    gc.collect()
    assert parameter() is None


# --- in a real kernel -------------------------------------------------------------------------


def test_in_a_kernel(kernel):
    front_end = kernel.connect()

    def holders(source: str):
        front_end.messages.clear()
        kernel.run(source)
        records = [message["record"] for message in front_end.wait_for("end")]
        return next(record["holders"] for record in records if record["source"] == source)

    assert holders("import torch\ndef fail():\n    x = torch.zeros(1 << 20)\n    1 / 0") == []
    displayed = only(holders("torch.zeros(1 << 19)"))
    assert displayed["kind"] == "output"
    assert displayed["name"] == f"Out[{displayed['execution_count']}]"
    failed, _displayed = holders("fail()")
    assert (failed["kind"], failed["name"]) == ("traceback", "fail: x")
    assert failed["unique_bytes"] == {"cpu": 4 * MIB}
    kernel.run("import sys; sys.last_traceback.tb_next = None\n%reset -f out")
    assert holders("pass") == []
