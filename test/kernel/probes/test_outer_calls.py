"""Modules whose forward runs without PyTorch's ``Module.__call__`` are roots all the same."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.probes.hooks.own_arguments import first_argument, has_first_argument

SETUP = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 32), nn.Linear(32, 4)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.b(self.drop(torch.relu(self.a(x))))

class Calls(Net):
    def __call__(self, x):
        return self.forward(x)

class GoesOn(Net):
    def __call__(self, x):
        return super().__call__(x)

class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(4))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

class Again(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(8, 8)

    def forward(self, x):
        for _ in range(4):
            x = self.cell(x)
        return x

torch.manual_seed(0)
model, calls, goes_on, layers, again = Net(), Calls(), GoesOn(), Layers(), Again()
x = torch.randn(64, 8)
"""


@pytest.fixture(autouse=True)
def nothing_stays():
    """Or other tests would find classes with calls of their own, which end the watch where
    something is compiled."""
    yield
    gc.collect()


@pytest.fixture
def net(notebook):
    notebook.ok(SETUP)
    return notebook


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("model.forward(x)", "Net"),
        ("calls(x)", "Calls"),
        ("goes_on(x)", "GoesOn"),
        ("calls.forward(x)", "Calls"),
        ("layers.forward(x)", "Layers"),
        ("nn.Sequential(layers, again).forward(x)", "Sequential"),
        ("nn.Sequential(again, again)(x)", "Sequential"),
    ],
)
def test_each_call_is_one_of_the_outer_module(net, code, name):
    record = net.ok(f"1\nfor _ in range(5):\n    {code}\n{code}")
    facts = [
        (one.module, line_of(record, one.place), one.calls, one.training)
        for one in record.grad.forwards
    ]
    assert facts == [(name, 3, 5, True), (name, 4, 1, True)]
    assert record.grad.forwards_complete
    assert {graph.module for graph in record.grad.forward_graphs} == {name}


@pytest.mark.parametrize("way", ["model(x)", "model.forward(x)"])
def test_the_graph_is_the_same_whichever_way_it_is_called(net, way):
    record = net.ok(f"out = {way}")
    (graph,) = record.grad.forward_graphs
    (expected,) = net.ok("out = model(x)").grad.forward_graphs
    facts = ("nodes", "saved_bytes", "largest_bytes", "fate", "other_leaves", "truncated")
    assert [getattr(graph, each) for each in facts] == [getattr(expected, each) for each in facts]


def test_what_becomes_of_the_graph(net):
    record = net.ok(
        "kept = model.forward(x)\n"
        "model.forward(x).argmax(1).sum().item()\n"
        "model.forward(x).sum().backward()\n"
    )
    fates = [(line_of(record, one.place), one.fate) for one in record.grad.forward_graphs]
    assert fates == [(1, "held"), (2, "dropped"), (3, "consumed")]


def test_what_it_was_given_has_a_graph_of_its_own(net):
    record = net.ok("y = again(x)\nkept = model.forward(y)")
    first, second = record.grad.forward_graphs
    assert second.module == "Net"
    assert second.nodes == net.ok("kept = model.forward(x)").grad.forward_graphs[0].nodes
    assert first.nodes > 0


def test_modes_and_layers_are_those_of_the_outer_module(net):
    record = net.ok("model.eval().forward(x)\nwith torch.no_grad():\n    model.train().forward(x)")
    facts = [(one.training, one.grad) for one in record.grad.forwards]
    assert facts == [(False, True), (True, False)]
    assert record.grad.forwards[1].layers.dropouts_training == 1


def test_a_loop_that_calls_the_same_again_is_one_call_at_least(net):
    record = net.ok("for _ in range(5):\n    again.forward(x)\n")
    (forwards,) = record.grad.forwards
    assert forwards.module == "Again"
    assert 1 <= forwards.calls <= 5
    assert not record.grad.forwards_complete


def test_the_way_through_bases_decorators_and_helpers(net):
    net.ok(
        "class Sub(Net):\n"
        "    @torch.no_grad()\n"
        "    def forward(self, x):\n        return self.helper(x)\n"
        "    def helper(self, x):\n        return super().forward(x)\n"
        "sub = Sub()"
    )
    record = net.ok("for _ in range(3):\n    sub.forward(x)")
    (forwards,) = record.grad.forwards
    assert (forwards.module, forwards.calls, line_of(record, forwards.place)) == ("Sub", 3, 2)


def test_functions_that_are_called_forward_are_no_modules(net):
    net.ok(
        "def forward(net, x):\n    return net(x)\n"
        "class Plain:\n"
        "    def __init__(self):\n        self.net = model\n"
        "    def forward(self, x):\n        return self.net(x)\n"
        "    __call__ = forward\n"
    )
    record = net.ok("forward(model, x)\nPlain().forward(x)\nPlain()(x)")
    facts = [(one.module, one.calls) for one in record.grad.forwards]
    assert facts == [("Net", 1)] * 3


def test_a_forward_within_a_call_is_a_part_of_it(net):
    net.ok(
        "class Around(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.net = Net()\n"
        "    def forward(self, x):\n        return self.net.forward(x)\n"
        "around = Around()"
    )
    record = net.ok("around(x)\naround.forward(x)")
    assert [one.module for one in record.grad.forwards] == ["Around", "Around"]


def test_the_name_in_a_function_is_the_modules(net):
    record = net.ok("def use(part):\n    return part.forward(x).sum().item()\nuse(Net())")
    (local,) = record.placement.local_modules
    assert (local.path, local.class_name) == ("part", "Net")


def test_nothing_is_kept_alive_by_looking(net):
    """A local that the forward lets go of is gone, though its frame was asked for ``self``."""
    net.ok(
        "import weakref\n"
        "alive = []\n"
        "class Frees(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n        self.a = nn.Linear(8, 8)\n"
        "    def forward(self, x):\n"
        "        y = x * 2\n"
        "        gone = weakref.ref(y)\n"
        "        z = self.a(x)\n"
        "        del y\n"
        "        alive.append(gone() is not None)\n"
        "        return z\n"
        "frees = Frees()"
    )
    record = net.ok("with torch.no_grad():\n    frees.forward(x); frees.forward(x)")
    assert record.grad.forwards[0].module == "Frees"
    assert net.namespace["alive"] == [False, False]


def test_locals_that_the_program_has_asked_for_stay_as_they_are(net):
    net.ok(
        "class Asks(Net):\n"
        "    def forward(self, x):\n"
        "        y = 1\n        mine = locals()\n        y = 2\n"
        "        out = super().forward(x)\n"
        "        return mine['y'], 'self' in mine, len(mine)\n"
    )
    net.ok("got = Asks().forward(x)")
    assert net.namespace["got"][:2] == (1, True)


def test_a_dictionary_that_others_hold_is_left_alone():
    held: list[Any] = []

    def method(self: int, other: int) -> Any:
        held.append(sys._getframe().f_locals)
        return first_argument(sys._getframe())

    assert has_first_argument(method.__code__)
    assert method(7, 8) == 7
    assert held[0]["other"] == 8


def test_what_comes_after_a_long_loop_is_seen(net):
    record = net.ok(
        "for _ in range(3000):\n    model.forward(x)\n"
        "with torch.no_grad():\n    for _ in range(4000):\n        model.eval().forward(x)"
    )
    facts = {(one.module, one.training, one.grad) for one in record.grad.forwards}
    assert facts == {("Net", True, True), ("Net", False, False)}


def test_other_methods_in_which_a_module_computes(net):
    net.ok(
        "class Parts(Net):\n"
        "    def forward_features(self, x):\n        return torch.relu(self.a(x))\n"
        "    def encode(self, x):\n        return self.a(x)\n"
        "parts = Parts()"
    )
    record = net.ok("parts.forward_features(x)\nparts.encode(x)")
    assert [one.module for one in record.grad.forwards] == ["Parts", "Linear"]


def test_a_long_loop_stays_cheap(net):
    record = net.ok("with torch.no_grad():\n    for _ in range(3000):\n        model.forward(x)")
    (forwards,) = record.grad.forwards
    assert forwards.module == "Net"
    assert forwards.calls < 3000
    assert not record.grad.forwards_complete
