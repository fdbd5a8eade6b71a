"""What optimizers really did: rates, steps that were left out, parameters without a gradient."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from jupyterlab_torchprof.derive import line_of

SETUP = """\
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
        self.heads = nn.ModuleDict({"a": nn.Linear(8, 4), "b": nn.Linear(8, 4)})

    def forward(self, x, head="a", cut=True):
        features = self.encoder(x)
        return self.heads[head](features.detach() if cut else features)

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(16, 8), torch.randint(0, 4, (16,))

def step(opt=optimizer, net=model, head="a", cut=True, factor=1.0):
    opt.zero_grad()
    (F.cross_entropy(net(x, head, cut), y) * factor).backward()
    opt.step()
"""
SCALED = """\
scaler = torch.amp.GradScaler("cpu")
for i in range(6):
    optimizer.zero_grad()
    factor = float("inf") if i < {bad} else 1.0
    scaler.scale(F.cross_entropy(model(x), y) * factor).backward()
    scaler.step(optimizer)
    scaler.update()
"""


@pytest.fixture
def cells(notebook):
    notebook.ok(SETUP)
    return notebook


def only(record):
    (entry,) = (entry for entry in record.optimizers if entry.steps or entry.skipped)
    return entry


def names(record):
    return [(each.path, each.tensors) for each in only(record).ungraded]


def test_an_encoder_that_is_cut_off_is_named(cells):
    record = cells.ok("for _ in range(3):\n    step()\n")
    entry = only(record)
    assert (entry.parameters, entry.ungraded_parameters, entry.looks) == (8, 6, 3)
    assert names(record) == [("model.encoder", 4), ('model.heads["b"]', 2)]


def test_all_have_gradients(cells):
    cells.ok("model.heads['b'].requires_grad_(False)")
    record = cells.ok("for _ in range(30):\n    step(cut=False)\n")
    entry = only(record)
    assert (entry.parameters, entry.ungraded_parameters, entry.ungraded) == (6, 0, [])
    assert entry.looks == 20


def test_a_single_parameter_is_named_itself(cells):
    cells.ok(
        "model.extra = nn.Parameter(torch.zeros(3))\nmodel.encoder[0].bias.requires_grad_(False)"
    )
    record = cells.ok(
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "step(optimizer, cut=False)\nstep(optimizer, head='b', cut=False)\n"
    )
    assert names(record) == [("model.extra", 1)]


@pytest.mark.parametrize("at", [2, 15, 20])
def test_what_has_a_gradient_now_and_then_is_not_listed(cells, at):
    record = cells.ok(
        f"for i in range(1, 40):\n    step(head='b' if i == {at} else 'a', cut=i != {at})\n"
    )
    assert only(record).ungraded_parameters == 0


def test_a_state_tells_of_steps_that_nobody_looked_at(cells):
    record = cells.ok(
        "adam = torch.optim.Adam(model.parameters())\n"
        "for i in range(50):\n    step(adam, head='b' if i == 33 else 'a', cut=i != 33)\n"
    )
    assert only(record).ungraded_parameters == 0


def test_what_was_frozen_within_the_run_is_not_listed(cells):
    record = cells.ok("step()\nmodel.encoder.requires_grad_(False)\nstep(head='b')\n")
    assert only(record).ungraded_parameters == 0


@pytest.mark.parametrize("cleared", ["first", "last", "never"])
def test_gradients_that_come_with_a_closure_are_looked_at_after_the_step(cells, cleared):
    clear = "optimizer.zero_grad()"
    record = cells.ok(
        "def closure():\n"
        f"    {clear if cleared == 'first' else ''}\n"
        "    loss = F.cross_entropy(model(x, cut=False), y)\n"
        "    loss.backward()\n"
        "    return loss\n"
        "for _ in range(3):\n"
        "    optimizer.step(closure)\n"
        f"    {clear if cleared == 'last' else ''}\n"
    )
    entry = only(record)
    assert (entry.steps, entry.looks, entry.ungraded_parameters) == (3, 3, 2)
    assert names(record) == [('model.heads["b"]', 2)]


def test_an_optimizer_of_a_function(cells):
    record = cells.ok(
        "def fit(net):\n"
        "    opt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "    for _ in range(3):\n"
        "        step(opt, net)\n"
        "fit(model)\n"
    )
    assert only(record).ungraded_parameters == 6
    assert names(record) == [("model.encoder", 4), ('model.heads["b"]', 2)]


def test_what_dies_in_a_function_is_counted(cells):
    record = cells.ok(
        "def fit():\n"
        "    net = Net()\n"
        "    opt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "    for _ in range(3):\n"
        "        step(opt, net)\n"
        "fit()\n"
    )
    assert (only(record).ungraded_parameters, names(record)) == (6, [])


def test_many_without_a_gradient_are_looked_at_within_bounds(cells):
    cells.ok("model.many = nn.ParameterList(nn.Parameter(torch.zeros(1)) for _ in range(900))")
    record = cells.ok(
        "opt = torch.optim.SGD(model.parameters(), lr=0.1)\nfor _ in range(40):\n    step(opt)\n"
    )
    entry = only(record)
    assert (entry.looks, entry.parameters, entry.ungraded_parameters) == (2, 908, 906)
    assert names(record)[-1] == ("model.many", 900)


def test_parameters_are_not_kept(cells):
    cells.ok("step()")
    held = [weakref.ref(one) for one in cells.namespace["model"].parameters()]
    cells.ok("del model, optimizer, step")
    gc.collect()
    assert [each() for each in held] == [None] * 8


def test_rates_of_the_first_step_and_the_last(cells):
    record = cells.ok(
        "scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)\n"
        "for _ in range(2):\n    step()\n    scheduler.step()\n"
    )
    assert (only(record).first_lr, only(record).groups[0].lr) == (0.1, 0.025)


@pytest.mark.parametrize("scheduled", [False, True])
def test_steps_that_a_scaler_leaves_out(cells, scheduled):
    if scheduled:
        cells.ok("scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)")
    record = cells.ok(SCALED.format(bad=2))
    entry, scaler = only(record), record.grad.scaler
    assert (entry.steps, entry.skipped) == (4, 2)
    assert (scaler.steps, scaler.skipped) == (6, 2)
    assert (entry.not_finite_step, line_of(record, entry.not_finite_place)) == (1, 6)


def test_a_scaler_that_leaves_out_every_step(cells):
    record = cells.ok(SCALED.format(bad=6))
    entry = only(record)
    assert (entry.variable, entry.steps, entry.skipped) == ("optimizer", 0, 6)
    assert line_of(record, entry.place) == 6


def test_a_scaler_that_leaves_out_every_step_of_a_function(cells):
    body = "".join(f"    {line}\n" for line in SCALED.format(bad=6).splitlines())
    record = cells.ok(
        "def fit():\n    model = Net()\n    optimizer = torch.optim.SGD(model.parameters(), 0.1)\n"
        f"{body}fit()\n"
    )
    entry = only(record)
    assert (entry.variable, entry.local_module, entry.skipped) == (None, "model", 6)


def test_of_two_optimizers_one_is_left_out(cells):
    record = cells.ok(
        "other = nn.Linear(8, 4)\nsecond = torch.optim.SGD(other.parameters(), lr=0.1)\n"
        "scaler = torch.amp.GradScaler('cpu')\n"
        "scaler.scale(F.cross_entropy(model(x), y)).backward()\n"
        "scaler.scale(other(x).sum() * float('nan')).backward()\n"
        "scaler.step(optimizer)\nscaler.step(second)\nscaler.update()\n"
    )
    found = {entry.variable: (entry.steps, entry.skipped) for entry in record.optimizers}
    assert found == {"optimizer": (1, 0), "second": (0, 1)}
    assert record.grad.scaler.skipped == 1


def test_a_fused_optimizer_leaves_steps_out_by_itself(cells):
    cells.ok("optimizer = torch.optim.SGD(model.parameters(), lr=0.1, fused=True)")
    record = cells.ok(SCALED.format(bad=2))
    assert (only(record).steps, only(record).skipped) == (6, 0)
    assert record.grad.scaler.skipped == 2


@pytest.mark.parametrize(
    "taken_over",
    [
        "own = optimizer.step\noptimizer.step = lambda: None",
        "import functools\nown = optimizer.step\n"
        "optimizer.step = functools.wraps(own)(lambda: None)",
        "class Other(torch.optim.SGD):\n    pass\n"
        "Other.step = lambda self: None\noptimizer.__class__ = Other",
    ],
)
def test_a_step_that_the_program_has_taken_over_is_no_skipped_one(cells, taken_over):
    cells.ok(taken_over)
    record = cells.ok(SCALED.format(bad=0))
    assert [entry.skipped for entry in record.optimizers] == [0]
    assert record.grad.scaler.skipped == 0


CLIPPED = """\
for i in range(40):
    optimizer.zero_grad()
    (F.cross_entropy(model(x), y) * (float("{bad}") if i == 29 else 1.0)).backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
"""


@pytest.mark.parametrize("bad", ["nan", "inf"])
def test_a_norm_that_is_not_finite(cells, bad):
    record = cells.ok(CLIPPED.format(bad=bad))
    entry = only(record)
    assert (entry.not_finite_step, line_of(record, entry.not_finite_place)) == (30, 4)
    assert entry.timed_steps == 20 + 11  # each step after it has such a norm, too


def test_looks_after_norms_that_are_not_finite_are_bounded(cells):
    entry = only(cells.ok(CLIPPED.format(bad="nan").replace("40", "120")))
    assert entry.timed_steps == 20 + 50


def test_norms_that_are_finite(cells):
    entry = only(cells.ok(CLIPPED.format(bad="2")))
    assert (entry.not_finite_step, entry.not_finite_place, entry.timed_steps) == (None, None, 20)


def test_a_norm_on_a_device_is_not_read(cells):
    # To read it would fail there, and a failure fails the test.
    cells.ok("model.to('meta')\nfor p in model.parameters():\n    p.grad = torch.zeros_like(p)")
    record = cells.ok(
        "norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()\n"
    )
    assert cells.namespace["norm"].device == torch.device("meta")
    assert (record.grad.clips, only(record).not_finite_step) == (1, None)


def test_no_mode_of_the_program_sees_that_a_norm_is_read(cells):
    cells.ok(
        "from torch.overrides import TorchFunctionMode\n"
        "from torch.utils._python_dispatch import TorchDispatchMode\n"
        "seen = []\n"
        "class Functions(TorchFunctionMode):\n"
        "    def __torch_function__(self, function, types, args=(), kwargs=None):\n"
        "        seen.append(function.__name__)\n"
        "        return function(*args, **(kwargs or {}))\n"
        "class Operations(TorchDispatchMode):\n"
        "    def __torch_dispatch__(self, function, types, args=(), kwargs=None):\n"
        "        seen.append(str(function))\n"
        "        return function(*args, **(kwargs or {}))\n"
        "F.cross_entropy(model(x), y).backward()\n"
    )
    cell = (
        "seen.clear()\n"
        "with Functions(), Operations():\n"
        "    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
    )
    cells.ok(cell)
    ours = list(cells.namespace["seen"])
    exec(cell.replace("clip_grad_norm_", "clip_grad_norm_.__wrapped__"), cells.namespace)
    assert ours == cells.namespace["seen"]


def test_skips_are_seen_where_the_scale_cannot_be_read(cells):
    cells.ok("class Far(torch.Tensor): pass")  # of a class that nobody reads, as on a device
    far = "    scaler._scale = scaler._scale.as_subclass(Far)\n"
    record = cells.ok(SCALED.format(bad=3).replace("    scaler.step", f"{far}    scaler.step"))
    assert type(cells.namespace["scaler"]._scale).__name__ == "Far"
    assert (record.grad.scaler.skipped, only(record).skipped, only(record).steps) == (3, 3, 3)
