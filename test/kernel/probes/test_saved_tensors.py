"""Saved tensors are read alike with both ways that PyTorch has had for it."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.probes import autograd
from jupyterlab_torchprof.probes.graphs import saved_tensors

SETUP = """
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
x = torch.ones(64, 8)
calls = []
def pack(t):
    calls.append('pack')
    return t.numpy(force=True)
def unpack(a):
    calls.append('unpack')
    return torch.from_numpy(a)
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x.clone())
        return x * 2
    @staticmethod
    def backward(ctx, grad):
        return grad * 2
"""
HIDDEN = 64 * 32 * 4
INPUT = 64 * 8 * 4


@pytest.fixture(params=["as they are kept", "unpacked"])
def book(request, notebook, monkeypatch):
    if request.param == "unpacked":
        notebook.close()
        monkeypatch.setattr(saved_tensors, "hides_hooks", lambda torch: True)
        monkeypatch.setattr(autograd, "hides_hooks", lambda torch: True)
        notebook.__init__()
    elif saved_tensors.hides_hooks(__import__("torch")):
        pytest.skip("this PyTorch shows none")
    notebook.ok(SETUP)
    return notebook


def retained(record):
    return {entry.variable: entry.saved_bytes for entry in record.grad.retained}


def test_the_same_bytes(book):
    record = book.ok("out = net(x)\nother = Twice.apply(out)")
    assert retained(record) == {"out": HIDDEN, "other": 64 * 4 * 4}
    assert record.grad.retained_complete
    assert [(g.fate, g.saved_bytes) for g in record.grad.forward_graphs] == [("held", HIDDEN)]


def test_a_freed_graph(book):
    record = book.ok("loss = net(x).sum()\nloss.backward()")
    assert retained(record) == {}


@pytest.mark.parametrize(
    ("backward", "kept"),
    [
        ("torch.autograd.grad(score, inner)", 5),
        # This one calls the node that made the tensor, too.
        ("score.backward(inputs=[inner])", 4),
    ],
)
def test_a_graph_that_was_freed_down_to_an_inner_tensor(book, backward, kept):
    book.ok(
        "body = nn.Sequential(*(nn.Sequential(nn.Linear(8, 8), nn.ReLU()) for _ in range(5)))\n"
        "head = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))\n"
        "def score_of(x):\n"
        "    inner = body(x)\n"
        "    score = head(inner).sum()\n"
        f"    {backward}\n"
        "    return score"
    )
    record = book.ok("score = score_of(x)")
    assert retained(record) == {"score": kept * INPUT}


def test_what_is_freed_is_not_asked_node_by_node(notebook, monkeypatch):
    if saved_tensors.hides_hooks(__import__("torch")):
        pytest.skip("this PyTorch is asked in any case")
    asked = []
    plain = saved_tensors._plain
    monkeypatch.setattr(saved_tensors, "_plain", lambda name: asked.append(name) or plain(name))
    notebook.ok(SETUP)
    record = notebook.ok(
        "loss = x.sum().requires_grad_()\n"
        "for _ in range(500):\n    loss = (loss * 0.5).sin()\n"
        "loss.backward()"
    )
    assert retained(record) == {}
    assert len(asked) < 10


def test_a_tensor_that_was_changed_since(book):
    record = book.ok("a = net(x)\nb = a * a\na.data.add_(1)\nwith torch.no_grad():\n    a.add_(1)")
    assert "b" in {entry.variable for entry in record.grad.retained} or retained(record)["a"]


@pytest.mark.parametrize(
    "source",
    [
        "with torch.autograd.graph.saved_tensors_hooks(pack, unpack):\n    out = net(x)",
        "def f(t):\n    calls.append('f')\n    return net(t)\n"
        "out = checkpoint(f, x, use_reentrant=False)\ncalls.remove('f')\ncalls.append('pack')",
        "out = net(x).exp()\nout.grad_fn._raw_saved_result.register_hooks(pack, unpack)",
    ],
    ids=["hooks", "checkpoint", "by hand"],
)
def test_no_hook_of_the_programs_runs(book, source):
    book.ok(source)
    assert set(book.namespace["calls"]) == {"pack"}
    book.ok("more = net(x).relu()")
    assert set(book.namespace["calls"]) == {"pack"}
    book.ok("out.sum().backward()")
    assert len(set(book.namespace["calls"])) == 2


def test_what_is_made_after_the_hooks_is_read(book):
    book.ok("with torch.autograd.graph.saved_tensors_hooks(pack, unpack):\n    kept = net(x)")
    record = book.ok("out = net(x)")
    assert retained(record)["out"] == HIDDEN


def test_what_was_made_while_nobody_watched(book):
    book.measurement.close()
    exec(
        "with torch.autograd.graph.saved_tensors_hooks(pack, unpack):\n    kept = net(x)",
        book.namespace,
    )
    book.measurement.open()
    book.ok("pass")
    assert set(book.namespace["calls"]) == {"pack"}
    record = book.ok("out = net(x)")
    assert retained(record)["out"] == HIDDEN
