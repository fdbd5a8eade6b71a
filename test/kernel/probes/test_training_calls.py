"""The calls around a step: clearing, clipping, scaling, retaining, emptying the cache."""

from __future__ import annotations

import pytest
import torch
from jupyterlab_torchprof.derive import line_of

SETUP = """\
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(16, 8), torch.randint(0, 4, (16,))
"""


@pytest.fixture
def cells(notebook):
    notebook.ok(SETUP)
    return notebook


def test_zero_grads(cells):
    grad = cells.ok(
        "optimizer.zero_grad()\nmodel.zero_grad()\n"
        "optimizer.zero_grad(set_to_none=False)\nmodel.zero_grad(False)\n"
    ).grad
    assert (grad.zero_grads, grad.zero_grads_kept) == (4, 2)


def test_clipping(cells):
    record = cells.ok(
        "F.cross_entropy(model(x), y).backward()\n"
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
        "torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)\n"
    )
    assert (record.grad.clips, record.grad.clips_scaled) == (2, 0)
    assert line_of(record, record.grad.clip_place) == 3


@pytest.mark.parametrize("unscale", [True, False])
def test_clipping_scaled_gradients(cells, unscale):
    record = cells.ok(
        "scaler = torch.amp.GradScaler('cpu')\n"
        "for _ in range(2):\n"
        "    optimizer.zero_grad()\n"
        "    scaler.scale(F.cross_entropy(model(x), y)).backward()\n"
        f"    {'scaler.unscale_(optimizer)' if unscale else 'pass'}\n"
        "    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
        "    scaler.step(optimizer)\n"
        "    scaler.update()\n"
    )
    grad = record.grad
    assert (grad.clips, grad.clips_scaled) == (2, 0 if unscale else 2)
    scaler = grad.scaler
    assert (scaler.variable, scaler.enabled, scaler.steps, scaler.skipped) == ("scaler", True, 2, 0)
    assert line_of(record, scaler.place) == 7


def test_skipped_steps(cells):
    grad = cells.ok(
        "scaler = torch.amp.GradScaler('cpu')\n"
        "scaler.scale(F.cross_entropy(model(x) * float('inf'), y)).backward()\n"
        "scaler.step(optimizer)\nscaler.update()\n"
    ).grad
    assert (grad.scaler.steps, grad.scaler.skipped) == (1, 1)


def test_a_scaler_of_an_object_is_named_by_the_way_to_it(cells):
    grad = cells.ok(
        "class Trainer: pass\ntrainer = Trainer()\n"
        "trainer.scaler = torch.amp.GradScaler('cpu')\n"
        "trainer.scaler.scale(F.cross_entropy(model(x), y)).backward()\n"
        "trainer.scaler.step(optimizer)\ntrainer.scaler.update()\n"
    ).grad
    assert (grad.scaler.variable, grad.scaler.steps) == ("trainer.scaler", 1)


def test_a_scaler_that_is_off(cells):
    grad = cells.ok(
        "scaler = torch.amp.GradScaler('cpu', enabled=False)\n"
        "scaler.scale(F.cross_entropy(model(x), y)).backward()\n"
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
        "scaler.step(optimizer)\nscaler.update()\n"
    ).grad
    assert (grad.scaler.enabled, grad.clips_scaled) == (False, 0)


def test_a_retained_graph_that_nobody_uses_again(cells):
    record = cells.ok(
        "for _ in range(3):\n    optimizer.zero_grad()\n"
        "    F.cross_entropy(model(x), y).backward(retain_graph=True)\n    optimizer.step()\n"
    )
    assert (record.grad.retaining_backwards, record.grad.retained_reused) == (3, False)
    assert line_of(record, record.grad.retaining_place) == 3


def test_a_retained_graph_is_that_of_the_loss(cells):
    """What each graph has of its own: not the data, which both share, and not the weights."""
    grad = cells.ok(
        "z = torch.randn(16, 4)\nfor _ in range(3):\n    loss = 0\n    for _ in range(2):\n"
        "        loss = loss + (model(x).exp() * z).sum()\n"
        "    loss.backward(retain_graph=True)\n"
    ).grad
    assert (grad.retaining_bytes, grad.retaining_device) == (2 * 16 * 4 * 4, "cpu")


def test_a_single_retained_graph_is_compared_with_none(cells):
    grad = cells.ok("model(x).exp().sum().backward(retain_graph=True)\n").grad
    assert (grad.retaining_bytes, grad.retaining_device) == (0, None)


@pytest.mark.parametrize(
    "second",
    [
        "loss.backward()",
        "(loss * 2).backward()",
        "out.sum().backward()",
        "torch.autograd.grad(loss, model.weight)",
    ],
)
def test_a_retained_graph_that_is_used_again(cells, second):
    grad = cells.ok(
        "out = model(x)\nloss = F.cross_entropy(out, y)\n"
        f"loss.backward(retain_graph=True)\n{second}\n"
    ).grad
    assert (grad.retaining_backwards, grad.retained_reused) == (1, True)


@pytest.mark.filterwarnings("ignore:Using backward")
def test_create_graph_does_not_count_as_retaining(cells):
    grad = cells.ok("F.cross_entropy(model(x), y).backward(create_graph=True)").grad
    assert grad.retaining_backwards == 0


@pytest.mark.parametrize(
    ("loss", "twice"),
    [
        ("F.cross_entropy(F.softmax(model(x), dim=1), y)", True),
        ("nn.CrossEntropyLoss()(model(x).softmax(1), y)", True),
        ("F.cross_entropy(model(x).softmax(1)[:, :3].reshape(-1, 3), y.clamp(max=2))", True),
        ("F.nll_loss(F.log_softmax(model(x).softmax(-1), -1), y)", True),
        ("F.cross_entropy(model(x), y)", False),
        ("F.nll_loss(F.softmax(model(x), dim=1).log(), y)", False),
        ("F.kl_div(F.log_softmax(model(x), 1), F.softmax(model(x), 1).detach())", False),
        ("(F.softmax(model(x), 1) @ torch.ones(4)).sum()", False),
        ("F.cross_entropy(F.softmax(model(x), 1) @ torch.randn(4, 4), y)", False),
    ],
)
@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
def test_softmax_of_a_softmax(cells, loss, twice):
    record = cells.ok(f"loss = {loss}\nloss.backward()")
    assert line_of(record, record.grad.double_softmax_place) == (2 if twice else None)


def test_everything_is_restored(cells):
    before = torch.nn.utils.clip_grad_norm_
    assert before is torch.nn.utils.clip_grad.clip_grad_norm_, "one function under both names"
    cells.close()
    assert torch.nn.utils.clip_grad_norm_ is before.__wrapped__
    assert not hasattr(torch.optim.Optimizer.zero_grad, "__code__") or (
        "as importlib" not in torch.optim.Optimizer.zero_grad.__code__.co_filename
    )
