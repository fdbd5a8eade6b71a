"""Top-level forwards, their graphs and what becomes of them."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.probes.hooks import root_calls
from jupyterlab_torchprof.probes.places import tree

SETUP = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))

    def forward(self, x):
        return self.body(x)

torch.manual_seed(0)
model = Net()
x = torch.randn(64, 8)
y = torch.zeros(64, dtype=torch.long)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
"""

HIDDEN = 64 * 32 * 4
"""Bytes of the hidden activation; ReLU keeps it and the second Linear the same storage."""


@pytest.fixture
def net(notebook):
    notebook.ok(SETUP)
    return notebook


def test_a_held_forward(net):
    record = net.ok("outputs = []\nfor i in range(2):\n    outputs.append(model(x))")
    (forwards,) = record.grad.forwards
    assert (line_of(record, forwards.place), forwards.module, forwards.calls) == (3, "Net", 2)
    assert (forwards.grad, forwards.inference, forwards.training) == (True, False, True)
    assert record.grad.forwards_complete
    assert [graph.fate for graph in record.grad.forward_graphs] == ["held", "held"]
    first = record.grad.forward_graphs[0]
    assert first.saved_bytes == first.largest_bytes == HIDDEN
    assert (line_of(record, first.place), first.device, first.output_elements) == (3, "cpu", 256)
    assert not first.other_leaves
    (retained,) = record.grad.retained
    assert (retained.variable, retained.tensors) == ("outputs", 2)
    assert retained.saved_bytes == 2 * HIDDEN


def test_a_dropped_forward(net):
    record = net.ok("total = 0\nfor i in range(5):\n    total += model(x).argmax(1).sum().item()")
    assert [graph.fate for graph in record.grad.forward_graphs] == ["dropped"] * 3
    assert record.grad.forwards[0].calls == 5
    assert record.grad.retained == []


def test_a_training_step(net):
    record = net.ok(
        "for i in range(3):\n"
        "    optimizer.zero_grad()\n"
        "    loss = criterion(model(x), y)\n"
        "    loss.backward()\n"
        "    optimizer.step()"
    )
    grad = record.grad
    assert [graph.fate for graph in grad.forward_graphs] == ["consumed"] * 3
    assert (grad.backwards, line_of(record, grad.last_backward_place)) == (3, 4)
    assert (grad.optimizer_steps, line_of(record, grad.last_step_place)) == (3, 5)
    assert grad.retained == []


def test_retain_graph_is_consumed_and_retained(net):
    record = net.ok("loss = model(x).sum()\nloss.backward(retain_graph=True)")
    assert [graph.fate for graph in record.grad.forward_graphs] == ["consumed"]
    (retained,) = record.grad.retained
    # Without the output: nobody but the graph holds it, and `sum` does not need it.
    assert retained.saved_bytes == HIDDEN
    assert retained.elements == 1


def test_an_evaluation_before_training_was_not_consumed(net):
    record = net.ok("accuracy = model(x).argmax(1)\nmodel(x).sum().backward()")
    assert [graph.fate for graph in record.grad.forward_graphs] == ["dropped", "consumed"]


def test_a_held_evaluation_beside_training_stays_held(net):
    record = net.ok("kept = model(x)\nfor i in range(3):\n    model(x).sum().backward()")
    assert [graph.fate for graph in record.grad.forward_graphs] == ["held"] + ["consumed"] * 3


def test_autograd_grad_is_a_backward(net):
    record = net.ok(
        "x2 = x.clone().requires_grad_()\nout = model(x2)\ng, = torch.autograd.grad(out.sum(), x2)"
    )
    assert record.grad.backwards == 1
    assert line_of(record, record.grad.last_backward_place) == 3
    assert record.grad.forward_graphs[0].fate == "consumed"
    assert record.grad.forward_graphs[0].other_leaves


@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
def test_a_forward_without_grad(net, mode):
    record = net.ok(f"with torch.{mode}():\n    out = model.eval()(x)")
    (forwards,) = record.grad.forwards
    assert not forwards.grad
    assert forwards.inference == (mode == "inference_mode")
    assert not forwards.training
    assert record.grad.forward_graphs == []
    assert record.grad.retained == []


def test_modes_before_and_after(net):
    record = net.ok("torch.set_grad_enabled(False)")
    assert (record.grad.grad_before, record.grad.grad_after) == (True, False)
    record = net.ok("torch.set_grad_enabled(True)")
    assert (record.grad.grad_before, record.grad.grad_after) == (False, True)
    assert (record.grad.inference_before, record.grad.inference_after) == (False, False)


def test_autocast_is_seen_in_the_forward(net):
    record = net.ok("with torch.autocast('cpu', dtype=torch.bfloat16):\n    out = model(x)")
    assert record.grad.autocast == {"cpu": "bfloat16"}


def test_the_line_is_the_cells_own(net):
    net.ok("def predict(batch):\n\n    return model(batch)")
    record = net.ok("a = 1\nout = predict(x)")
    assert line_of(record, record.grad.forwards[0].place) == 2
    assert line_of(record, record.grad.forward_graphs[0].place) == 2


def test_the_line_is_known_where_the_tree_of_places_is_full(net, monkeypatch):
    monkeypatch.setattr(tree, "MOST_PLACES", 2)
    net.ok(
        "def inner(batch):\n    return model(batch)\ndef predict(batch):\n    return inner(batch)"
    )
    record = net.ok(
        "a = 1\nout = predict(x)\nagain = predict(x)\nloss = out.sum()\nloss.backward()"
    )
    assert not record.places_complete
    assert {line_of(record, each.place) for each in record.grad.forwards} == {2, 3}
    assert {line_of(record, each.place) for each in record.grad.forward_graphs} == {2, 3}
    assert line_of(record, record.grad.last_backward_place) == 5


def test_a_loss_is_no_model_and_no_root(net):
    record = net.ok("out = model(x)\nloss = criterion(out, y)")
    assert [f.module for f in record.grad.forwards] == ["Net"]
    # What is left of the loss is its own two nodes; the rest is `out`'s.
    out, loss = record.grad.retained
    assert (out.variable, loss.variable) == ("out", "loss")
    assert loss.elements == 1


def test_slow_calls_are_all_counted(net):
    record = net.ok(
        "import time\n"
        "with torch.no_grad():\n"
        "    for i in range(30):\n"
        "        model(x)\n"
        "        time.sleep(0.03)"
    )
    assert record.grad.forwards_complete
    assert record.grad.forwards[0].calls == 30


def test_a_tight_loop_is_watched_at_first_only(net):
    record = net.ok("with torch.no_grad():\n    for i in range(3000):\n        model(x)")
    assert not record.grad.forwards_complete
    assert 8 <= record.grad.forwards[0].calls < 3000


def test_no_more_than_two_hundred_are_watched(net, monkeypatch):
    monkeypatch.setattr(root_calls, "_MAX_SHARE", 1e9)
    monkeypatch.setattr(root_calls, "_PERIOD_S", 1e9)
    source = "with torch.no_grad():\n    for i in range({}):\n        model(x)"
    record = net.ok(source.format(200))
    assert record.grad.forwards_complete
    assert record.grad.forwards[0].calls == 200
    record = net.ok(source.format(201))
    assert not record.grad.forwards_complete
    assert record.grad.forwards[0].calls == 200


TRAINING = (
    "import time\n"
    "for i in range(500):\n"
    "    optimizer.zero_grad()\n"
    "    model(x).sum().backward()\n"
    "    optimizer.step()\n"
)


@pytest.mark.parametrize(
    "pause", ["time.sleep(0.06)\noptimizer.step()", "time.sleep(0.3)\n"], ids=["step", "sampler"]
)
def test_what_comes_after_a_long_loop_is_seen(net, pause):
    record = net.ok(TRAINING + pause + "\nout = model(x)")
    assert not record.grad.forwards_complete
    assert (8, 1) in [(line_of(record, f.place), f.calls) for f in record.grad.forwards]
    last = record.grad.forward_graphs[-1]
    assert (line_of(record, last.place), last.fate, last.saved_bytes) == (8, "held", HIDDEN)
    assert record.grad.backwards == 500
    assert line_of(record, record.grad.last_backward_place) == 4


def test_a_look_that_begins_within_a_forward_finds_no_root_there(net, monkeypatch):
    # After the first calls only the sampling thread's looks are left.
    monkeypatch.setattr(root_calls, "_MAX_SHARE", 0)
    record = net.ok(
        "import time\n"
        "class Slow(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.parts = nn.ModuleList(nn.Linear(8, 8) for _ in range(8))\n"
        "    def forward(self, x):\n"
        "        for part in self.parts:\n"
        "            time.sleep(0.005)\n"
        "            x = part(x)\n"
        "        return x\n"
        "slow = Slow()\n"
        "with torch.no_grad():\n"
        "    for i in range(25):\n"
        "        slow(x)"
    )
    assert {forwards.module for forwards in record.grad.forwards} == {"Slow"}


def test_image_transforms_do_not_use_up_the_watch(net):
    record = net.ok("flip = nn.Identity()\nfor i in range(500):\n    flip(x)\nout = model(x)")
    assert [(line_of(record, f.place), f.module) for f in record.grad.forwards] == [(4, "Net")]


def test_hooks_are_gone_after_the_cell(net):
    from torch.nn.modules import module

    net.ok("out = model(x)")
    assert not module._global_forward_pre_hooks
    assert not module._global_forward_hooks
    assert not net.namespace["model"]._forward_hooks


def test_a_failing_forward_keeps_its_error(net):
    net.run("model(torch.ones(3, 5))")
    assert isinstance(net.error, RuntimeError)
    assert "shapes cannot be multiplied" in str(net.error)
    assert not net.namespace["model"]._forward_hooks
    record = net.ok(
        "try:\n    model(torch.ones(3, 5))\nexcept RuntimeError:\n    pass\n"
        "out = model(x)\nagain = model(x)"
    )
    assert [(line_of(record, f.place), f.calls) for f in record.grad.forwards] == [
        (2, 1),
        (5, 1),
        (6, 1),
    ]
    assert [line_of(record, graph.place) for graph in record.grad.forward_graphs] == [5, 6]


def test_an_interrupted_forward_is_the_users(net):
    net.ok(
        "class Stopped(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.body = nn.Linear(1, 1)\n"
        "    def forward(self, x):\n"
        "        raise KeyboardInterrupt\n"
        "stopped = Stopped()"
    )
    net.run("stopped(x)")
    assert isinstance(net.error, KeyboardInterrupt)
    assert not net.namespace["stopped"]._forward_hooks
    assert net.ok("out = model(x)").grad.forwards[0].calls == 1


def test_a_module_that_calls_itself_is_one_root(net):
    net.ok(
        "class Tree(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.body = nn.Linear(8, 8)\n"
        "    def forward(self, x, depth=2):\n"
        "        x = self.body(x)\n"
        "        return self(x, depth - 1) if depth else x\n"
        "tree = Tree()"
    )
    record = net.ok("out = tree(x)")
    assert [(f.module, f.calls) for f in record.grad.forwards] == [("Tree", 1)]
    # Three Linear layers keep their inputs: two are not the caller's `x`.
    assert record.grad.forward_graphs[0].saved_bytes == 2 * 64 * 8 * 4


def test_users_own_hooks_still_run(net):
    net.ok(
        "seen = []\n"
        "handle = model.register_forward_hook(lambda m, i, o: seen.append('hook'))\n"
        "before = model.register_forward_pre_hook(lambda m, i: seen.append('pre'))\n"
        "out = model(x)"
    )
    assert net.namespace["seen"] == ["pre", "hook"]
    assert len(net.namespace["model"]._forward_hooks) == 1


def test_outputs_that_are_no_plain_tensors(net):
    net.ok(
        "class Many(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.body = nn.Linear(8, 8)\n"
        "    def forward(self, x):\n"
        "        return {'logits': self.body(x), 'n': 3, 'more': [self.body(x).relu()]}\n"
        "many = Many()"
    )
    record = net.ok("out = many(x=x)")
    (graph,) = record.grad.forward_graphs
    assert graph.output_elements == 512
    assert graph.saved_bytes == 0  # `relu` keeps its result, which is an output


def test_the_input_of_the_forward_is_not_its_graphs(net):
    record = net.ok("out = model(torch.randn(64, 8))")
    assert record.grad.forward_graphs[0].saved_bytes == HIDDEN
    # After the cell nobody but the graph holds that input.
    assert record.grad.retained[0].saved_bytes == HIDDEN + 64 * 8 * 4


@pytest.mark.parametrize("steps", [15, 25])
def test_what_comes_after_a_quick_loop_is_seen(notebook, monkeypatch, steps):
    # Nothing is due again within the cell, as in one that takes some milliseconds.
    monkeypatch.setattr(root_calls, "_PERIOD_S", 1e9)
    notebook.ok("import torch\nnet = torch.nn.Linear(2, 1)\nx = torch.ones(4, 2)")
    notebook.ok(
        "opt = torch.optim.SGD(net.parameters(), 0.01)\n"
        "def train():\n"
        "    net(x).sum().backward()\n"
        "    opt.step()\n"
        "def evaluate():\n"
        "    return net(x)\n"
        "train()"
    )
    record = notebook.ok(
        f"for _ in range({steps}):\n    train()\nfor _ in range(2):\n    evaluate()"
    )
    nodes = record.places
    calls = {nodes[one.place].function: one.calls for one in record.grad.forwards}
    assert calls["evaluate"] == 2
    assert calls["train"] < steps
    assert not record.grad.forwards_complete


def test_nor_is_it_missed_where_the_last_call_of_the_loop_was_watched(notebook, monkeypatch):
    monkeypatch.setattr(root_calls, "_PERIOD_S", 1e9)
    notebook.ok("import torch\nnet = torch.nn.Linear(2, 1)\nx = torch.ones(4, 2)")
    notebook.ok("def evaluate():\n    return net(x)")
    # As when a sample has asked for one, the watch is then there, and has nothing to spend.
    notebook.namespace["measurement"] = notebook.measurement
    record = notebook.ok(
        "for i in range(40):\n"
        "    net(x)\n"
        "    if i == 38: measurement._run.watch_forward()\n"
        "evaluate()"
    )
    assert [record.places[one.place].function for one in record.grad.forwards] == [None, "evaluate"]


def test_steps_within_a_root_leave_its_watch_as_it_is(notebook):
    notebook.ok("import time, torch\nx = torch.ones(4, 2)")
    notebook.ok(
        "class Inner(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.layer = torch.nn.Linear(2, 1)\n"
        "        self.opt = torch.optim.SGD(self.layer.parameters(), 0.01)\n"
        "    def forward(self, x):\n"
        "        self.layer(x).sum().backward()\n"
        "        self.opt.step()\n"
        "        return self.layer(x)\n"
        "net = Inner()\nnet(x)"
    )
    record = notebook.ok("for _ in range(30):\n    net(x)\n    time.sleep(0.03)")
    assert record.grad.forwards_complete
    assert [one.calls for one in record.grad.forwards] == [30]
