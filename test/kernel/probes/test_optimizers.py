"""Optimizers: their steps, options and state, and whose parameters they have."""

from __future__ import annotations

import gc
import weakref

import pytest
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.source import source_hash

SETUP = """\
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(64, 64)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=0.1)

def step(clear=True):
    if clear:
        optimizer.zero_grad()
    model(torch.randn(4, 64)).sum().backward()
    optimizer.step()
"""


@pytest.fixture
def cells(notebook):
    notebook.ok(SETUP)
    return notebook


def only(record):
    (entry,) = record.optimizers
    return entry


def test_steps_and_options(cells):
    record = cells.ok("for _ in range(30):\n    step()\n")
    entry = only(record)
    assert (entry.variable, entry.class_name, entry.steps) == ("optimizer", "Adam", 30)
    assert line_of(record, entry.place) == 2
    assert entry.timed_steps == 20
    assert entry.timed_s > 0
    (group,) = entry.groups
    assert (group.lr, group.weight_decay) == (0.01, 0.1)
    option = "decoupled_weight_decay" in cells.namespace["optimizer"].defaults  # not in PyTorch 2.4
    assert group.decoupled_weight_decay == (False if option else None)
    assert (group.fused, group.foreach, group.parameters) == (None, None, 2)
    assert entry.parameter_bytes == {"float32": 64 * 65 * 4}
    assert entry.devices == ["cpu"]
    assert entry.state_bytes["cpu"] >= 2 * 64 * 65 * 4
    assert (entry.module, entry.shared_parameters, entry.lost) == ("model", 2, None)
    assert entry.kept_gradients == 0


def test_an_optimizer_that_does_not_step(cells):
    entry = only(cells.ok("x = 1"))
    assert (entry.steps, entry.timed_steps, entry.state_bytes) == (0, 0, {})


def test_gradients_that_are_never_cleared(cells):
    assert only(cells.ok("for _ in range(5):\n    step(clear=False)\n")).kept_gradients == 4


@pytest.mark.parametrize(
    "clearing",
    [
        "optimizer.zero_grad()",
        "optimizer.zero_grad(set_to_none=False)",
        "model.zero_grad()",
        "for p in model.parameters():\n        p.grad = None",
    ],
)
def test_gradients_that_are_cleared_in_any_way(cells, clearing):
    record = cells.ok(f"for _ in range(5):\n    {clearing}\n    step(clear=False)\n")
    assert only(record).kept_gradients == 0


def test_gradients_are_what_they_are_without_us(cells):
    record = cells.ok("step(); grads = [p.grad.clone() for p in model.parameters()]")
    assert only(record).steps == 1
    held = weakref.ref(cells.namespace["model"])
    cells.ok("del model, optimizer, grads")
    gc.collect()
    assert held() is None


def test_the_models_cell_ran_again(cells):
    cells.ok("step()")
    entry = only(cells.ok("model = nn.Linear(64, 64)\nfor _ in range(2):\n    step()\n"))
    assert (entry.lost, entry.lost_module, entry.module) == ("module", "model", None)


def test_parameters_were_replaced(cells):
    cells.ok("step()")
    entry = only(
        cells.ok(
            "state = {name: value.clone() for name, value in model.state_dict().items()}\n"
            "model.load_state_dict(state, assign=True)\nstep()"
        )
    )
    assert (entry.lost, entry.lost_module) == ("parameters", "model")


def test_another_model_beside_is_no_loss(cells):
    entry = only(cells.ok("other = nn.Linear(64, 64)\nstep()"))
    assert (entry.lost, entry.module) == (None, "model")


def test_optimizers_in_a_list_are_not_taken_for_lost(cells):
    cells.ok("step()")
    record = cells.ok(
        "nets = [nn.Linear(4, 4) for _ in range(3)]\n"
        "opts = [torch.optim.SGD(n.parameters(), lr=0.1) for n in nets]\n"
        "for n, o in zip(nets, opts):\n"
        "    n(torch.ones(1, 4)).sum().backward()\n"
        "    o.step()\n"
        "del n, o\n"
    )
    assert [entry.lost for entry in record.optimizers] == [None] * 4
    assert {entry.class_name for entry in record.optimizers} == {"SGD", "Adam"}


def test_what_lives_in_a_function_only_is_described(cells):
    record = cells.ok(
        "def main():\n"
        "    model = nn.Linear(4, 4)\n"
        "    optimizer = torch.optim.Adam(model.parameters(), lr=0.5)\n"
        "    for _ in range(3):\n"
        "        model(torch.ones(1, 4)).sum().backward()\n"
        "        optimizer.step()\n"
        "main()"
    )
    (entry,) = [each for each in record.optimizers if each.steps]
    assert (entry.class_name, entry.variable, entry.steps) == ("Adam", None, 3)
    assert (entry.groups[0].lr, entry.groups[0].parameters) == (0.5, 2)
    assert entry.state_bytes["cpu"] >= 2 * 80
    assert (line_of(record, entry.place), record.places[entry.place].line) == (7, 6)


def test_what_is_gone_had_the_parameters_of_a_module_that_is_there(cells):
    record = cells.ok(
        "net = nn.Linear(4, 4)\n"
        "def fit(model):\n"
        "    step = torch.optim.SGD(model.parameters(), lr=0.5)\n"
        "    for _ in range(3):\n"
        "        model(torch.ones(1, 4)).sum().backward()\n"
        "        step.step()\n"
        "fit(net)\n"
        "fit(nn.Linear(4, 4))"
    )
    own, other = [each for each in record.optimizers if each.steps]
    assert (own.variable, own.module, own.shared_parameters) == (None, "net", 2)
    assert other.module is None


IN_AN_OBJECT = """\
class Lab: ...

lab = Lab()
lab.model = nn.Linear(8, 8)
lab.optimizer = torch.optim.SGD(lab.model.parameters(), lr=0.1)
"""
STEP_IN_AN_OBJECT = (
    "lab.model(torch.randn(4, 8)).sum().backward()\nlab.optimizer.step()\ndel model, optimizer\n"
)


def of_the_object(record):
    (entry,) = (entry for entry in record.optimizers if entry.class_name == "SGD")
    return entry


def test_an_optimizer_in_an_object(cells):
    made = cells.ok(IN_AN_OBJECT)
    assert of_the_object(made).variable == "lab.optimizer"
    entry = of_the_object(cells.ok(STEP_IN_AN_OBJECT))
    assert (entry.variable, entry.module, entry.steps) == ("lab.optimizer", "lab.model", 1)
    assert (entry.made.run_id, entry.made.line) == (made.run_id, 5)
    assert entry.made.source_hash == source_hash(IN_AN_OBJECT)


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ("lab.model = nn.Linear(8, 8)", "module"),
        ("old = lab.model\nlab.model = nn.Linear(8, 8)", None),
        ("lab.others = [lab.model]\nlab.model = nn.Linear(8, 8)", None),
        (
            "lab.model.load_state_dict(nn.Linear(8, 8).state_dict(), assign=True)",
            "parameters",
        ),
    ],
)
def test_an_optimizer_in_an_object_that_has_lost_its_model(cells, change, lost):
    cells.ok(IN_AN_OBJECT)
    cells.ok(change)
    entry = of_the_object(cells.ok(STEP_IN_AN_OBJECT))
    assert (entry.lost, entry.lost_module) == (lost, "lab.model" if lost else None)


def test_a_wrapped_constructor_raises_what_it_would(cells):
    with pytest.raises(ValueError, match="empty parameter list") as caught:
        cells.namespace["torch"].optim.SGD([], lr=0.1)
    assert "makings.py" not in {str(entry.path.name) for entry in caught.traceback}


MANY = """\
import torch
class Fit:
    def __init__(self, count, lr=0.1):
        self.parameters = [torch.zeros(2, requires_grad=True) for _ in range(count)]
        self.of = {}
        self.lr = lr
    def step(self):
        sum(p.sum() for p in self.parameters).backward()
        for p in self.parameters:
            if p not in self.of:
                self.of[p] = torch.optim.Adam([p], lr=self.lr)
            self.of[p].step()
"""


def test_one_for_each_parameter_is_one_entry(notebook):
    record = notebook.ok(f"{MANY}fit = Fit(30)\nfor _ in range(5):\n    fit.step()\n")
    (entry,) = record.optimizers
    assert entry.variable == "fit.of[…]"
    assert (entry.count, entry.steps, entry.parameter_bytes) == (30, 5, {"float32": 30 * 8})
    assert entry.state_bytes == {"cpu": 30 * (8 + 8 + 4)}
    assert [group.parameters for group in entry.groups] == [30]
    assert entry.timed_steps == 30 * 5
    assert entry.parameters == 30


def test_what_differs_in_more_stands_for_itself(notebook):
    record = notebook.ok(
        f"{MANY}a, b = Fit(3), Fit(2, lr=0.2)\nfor _ in range(2):\n    a.step()\n    b.step()\n"
        "a.step()\nopt = torch.optim.Adam(a.parameters, lr=0.1)\nopt.step(); opt.step(); opt.step()"
    )
    found = {(each.variable, each.count, each.steps) for each in record.optimizers}
    assert found == {("opt", 1, 3), ("a.of[…]", 3, 3), ("b.of[…]", 2, 2)}


WRAPPER = """
class Wrapper(torch.optim.Optimizer):
    def __init__(self, optimizer):
        self.optimizer = optimizer
    @property
    def param_groups(self):
        return self.optimizer.param_groups
    def step(self, closure=None):
        self.optimizer.step(closure)
"""


def test_a_wrapper_and_what_it_wraps_are_one(notebook):
    notebook.ok("import torch\n" + WRAPPER)
    record = notebook.ok(
        "net = torch.nn.Linear(4, 1)\n"
        "opt = Wrapper(torch.optim.AdamW(net.parameters()))\n"
        "for _ in range(3):\n    net(torch.ones(2, 4)).sum().backward()\n    opt.step()\n"
    )
    (entry,) = record.optimizers
    assert (entry.variable, entry.class_name, entry.steps) == ("opt", "AdamW", 3)
    (later,) = notebook.ok("x = 1").optimizers
    assert (later.variable, later.class_name, later.steps) == ("opt", "AdamW", 0)
