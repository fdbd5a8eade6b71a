"""Gradients of parameters that no optimizer of the session has."""

from __future__ import annotations

import gc
import weakref

import pytest

SETUP = """\
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(16, 8), torch.randint(0, 4, (16,))

def make():
    return nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)), nn.Linear(8, 4)

def sgd(*modules):
    return torch.optim.SGD([p for each in modules for p in each.parameters()], lr=0.1)

def train(net, opt, count=8):
    for _ in range(count):
        opt.zero_grad()
        F.cross_entropy(net(x), y).backward()
        opt.step()

backbone, head = make()
optimizer = sgd(head)
"""
RUN = "train(lambda x: head(backbone(x)), optimizer)\n"


@pytest.fixture
def cells(notebook):
    notebook.ok(SETUP)
    return notebook


def untaken(record):
    return [(one.module, one.parts, one.tensors, one.gradient_bytes) for one in record.grad.untaken]


def test_a_backbone_that_is_not_frozen(cells):
    record = cells.ok(RUN)
    assert untaken(record) == [("backbone", ["backbone"], 4, {"cpu": 4 * (2 * 64 + 16)})]
    (entry,) = record.grad.untaken
    assert (entry.class_name, entry.local) == ("Sequential", False)
    assert record.places[entry.place].function == "train"
    assert 0 < record.grad.timed_backwards <= 8
    assert 0 < record.grad.timed_backwards_s < record.duration_s


def test_parts_of_one_model(cells):
    cells.ok(
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.stem, self.fc = make()\n"
        "        self.scale = nn.Parameter(torch.ones(4))\n"
        "        self.spare = nn.Linear(2, 2)\n"
        "    def forward(self, x):\n"
        "        return self.fc(self.stem(x)) * self.scale\n"
        "model = Net()\n"
    )
    record = cells.ok("opt = sgd(model.fc)\ntrain(model, opt)\n")
    parts = ["model.scale", "model.stem", "model.spare"]  # the last would not be missed, either
    assert untaken(record) == [("model", parts, 5, {"cpu": 4 * (2 * 64 + 16 + 4)})]


def test_modules_and_optimizer_of_a_function(cells):
    record = cells.ok(
        "def main():\n"
        "    lower, upper = make()\n"
        "    opt = sgd(upper)\n"
        "    for _ in range(8):\n"
        "        opt.zero_grad()\n"
        "        F.cross_entropy(upper(lower(x)), y).backward()\n"
        "        opt.step()\n"
        "main()\n"
    )
    assert [one[:3] for one in untaken(record)] == [("lower", ["lower"], 4)]
    assert record.grad.untaken[0].local


def test_attributes_of_an_object_of_the_cell(cells):
    record = cells.ok(
        "class Trainer:\n"
        "    def __init__(self):\n"
        "        self.lower, self.upper = make()\n"
        "        self.opt = sgd(self.upper)\n"
        "    def fit(self):\n"
        "        train(lambda x: self.upper(self.lower(x)), self.opt)\n"
        "trainer = Trainer()\n"
        "trainer.fit()\n"
    )
    assert [one[:3] for one in untaken(record)] == [("trainer.lower", ["trainer.lower"], 4)]
    assert not record.grad.untaken[0].local


@pytest.mark.parametrize(
    "change",
    [
        "backbone.requires_grad_(False)",
        "other = sgd(backbone)",  # it may step in another cell
        "class Both:\n    pass\nboth = Both()\nboth.optimizers = [sgd(backbone)]",
        "optimizer.add_param_group({'params': backbone.parameters()})",
        "optimizer = sgd(backbone, head)",
    ],
)
def test_none_where_they_are_frozen_or_taken(cells, change):
    cells.ok(change)
    assert untaken(cells.ok(RUN)) == []


@pytest.mark.parametrize(
    "source",
    [
        # The gradients are those of a training that is over.
        "whole = sgd(backbone, head)\ntrain(lambda x: head(backbone(x)), whole)\ndel whole\n"
        "train(lambda x: head(backbone(x).detach()), optimizer)\n",
        # An optimizer comes later in the cell, also one that is made in a function.
        f"{RUN}optimizer = sgd(backbone, head)\n{RUN}",
        f"{RUN}def fit():\n    train(lambda x: head(backbone(x)), sgd(backbone))\nfit()\n",
        # One is gone of which nobody knows what it had.
        f"{RUN}train(head, sgd(head), 0)\nlost = sgd(backbone)\n"
        "train(lambda x: head(backbone(x)), lost, 1)\ndel lost\n",
        "train(lambda x: head(backbone(x)), optimizer, 5)\n",  # too few steps
    ],
)
def test_none_where_nothing_is_proved(cells, source):
    assert untaken(cells.ok(source)) == []


def test_gradients_that_are_cleared_each_time(cells):
    cells.ok("def clear(net):\n    for p in net.parameters():\n        p.grad = None\n")
    record = cells.ok(
        "for _ in range(8):\n"
        "    optimizer.zero_grad(); clear(backbone)\n"
        "    F.cross_entropy(head(backbone(x)), y).backward()\n"
        "    optimizer.step()\n"
    )
    assert [one[0] for one in untaken(record)] == ["backbone"]


def test_a_shared_parameter_is_taken(cells):
    cells.ok("backbone[2].weight = nn.Parameter(torch.randn(8, 8))\ntied = nn.Linear(8, 8)")
    cells.ok("tied.weight = backbone[2].weight\noptimizer = sgd(head, tied)")
    record = cells.ok(RUN)
    assert [one[:3] for one in untaken(record)] == [
        ("backbone", ["backbone[0]", "backbone[2].bias"], 3)
    ]


def test_nothing_is_kept_alive(cells):
    cells.ok(RUN)
    backbone = cells.namespace["backbone"]
    module, gradient = weakref.ref(backbone), weakref.ref(backbone[0].weight.grad)
    del backbone
    cells.ok("del backbone, head, optimizer")
    gc.collect()
    assert module() is None
    assert gradient() is None


def test_optimizers_that_follow_one_another_at_one_address(cells):
    record = cells.ok(
        "def fit(*modules):\n"
        "    train(lambda x: head(backbone(x)), sgd(*modules))\n"
        "for _ in range(3):\n"
        "    fit(head)\n    fit(backbone)\n"
    )
    assert untaken(record) == []
    stepped = [entry for entry in record.optimizers if entry.steps]
    assert [(entry.count, entry.steps) for entry in stepped] == [(3, 8), (3, 8)]


CLIPPED = """\
def train(net, opt, parameters, count=8, clip=nn.utils.clip_grad_norm_, **more):
    for _ in range(count):
        opt.zero_grad()
        F.cross_entropy(net(x), y).backward()
        clip(parameters(), 1e9, **more)
        opt.step()
"""


@pytest.mark.parametrize("more", ["", ", foreach=False", ", clip=nn.utils.clip_grad_value_"])
@pytest.mark.parametrize(
    ("what", "clipped"),
    [("head.parameters", False), ("lambda: [*head.parameters(), *backbone.parameters()]", True)],
)
def test_what_clipping_changes(cells, what, clipped, more):
    cells.ok(CLIPPED)
    record = cells.ok(f"train(lambda x: head(backbone(x)), optimizer, {what}{more})\n")
    (entry,) = record.grad.untaken
    assert (entry.clipped, record.grad.clips) == (clipped, 8)


def test_clipping_of_other_runs_says_nothing(cells):
    cells.ok(CLIPPED)
    cells.ok("train(lambda x: head(backbone(x)), optimizer, head.parameters)\n")
    cells.ok(SETUP[SETUP.index("def train") : SETUP.index("backbone, head")])
    (entry,) = cells.ok(RUN).grad.untaken
    assert entry.clipped is None


def test_steps_with_a_closure(cells):
    """As Lightning takes them: the gradients are there from the step before."""
    record = cells.ok(
        "def closure():\n"
        "    optimizer.zero_grad()\n"
        "    loss = F.cross_entropy(head(backbone(x)), y)\n"
        "    loss.backward()\n"
        "    return loss\n"
        "for _ in range(8):\n"
        "    optimizer.step(closure)\n"
    )
    assert [one.parts for one in record.grad.untaken] == [["backbone"]]


def test_a_closure_that_is_none(cells):
    """As accelerate's wrapper passes it on."""
    record = cells.ok(
        "for _ in range(8):\n"
        "    optimizer.zero_grad()\n"
        "    F.cross_entropy(head(backbone(x)), y).backward()\n"
        "    optimizer.step(None)\n"
    )
    (entry,) = record.optimizers
    assert (entry.looks, entry.parameters) == (8, 2)
