"""A model that is known from the cell before is seen to have changed, whatever has changed."""

from __future__ import annotations

import gc
import weakref

import msgspec
import pytest
from jupyterlab_torchprof.probes.objects import survey as surveys
from jupyterlab_torchprof.probes.objects.trees import KnownTrees

SETUP = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5))
        self.rnn = nn.LSTM(8, 8, 2, dropout=0.1)
        self.head = nn.ModuleDict({'a': nn.Linear(8, 2)})
        self.cache = None

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x = torch.randn(3, 4)
"""

CHANGES = [
    "pass",
    "model.eval()",
    "model.body[1].eval()",
    "model.body[2].p = 0.0",
    "model.rnn.dropout = 0.0",
    "model.half()",
    "model.body[0].weight.data = torch.zeros(8, 4, dtype=torch.float64)",
    "model.body[0].requires_grad_(False)",
    "model.body[0].weight.require_grad = False",
    "model.body.requires_grad = False",
    "model.body(x).sum().backward()",
    "model.body(x).sum().backward(); model.zero_grad(set_to_none=False)",
    "model.cache = torch.zeros(100)",
    "model.body[0].extra = torch.zeros(100)",
    "model.body.extra = [torch.zeros(100)]",
    "model.body[0] = nn.Linear(4, 8, bias=False)",
    "model.head['b'] = nn.Linear(2, 2)",
    "model.body[0].weight = model.head['a'].weight",
    "model.body.register_buffer('more', torch.zeros(10))",
    "other = model",
    "body = model.body",
    "del model.rnn",
    "first = model; del model",
    "model = [model]",
    "model = nn.Sequential(model)",
    "model.compile(backend='eager')",
    "from torch.nn.utils import prune; prune.l1_unstructured(model.body[0], 'weight', 0.5)",
    "model.body[0].weight.data.resize_(2, 4)",
    "optimizer.zero_grad(); model.body(x).sum().backward(); optimizer.step()",
    "model.body[0].weight.grad = torch.zeros(8, 4)",
    "shared = nn.Sequential(model.body[0], nn.Linear(8, 8))",
    "model.body[0].weight.grad = model.body[0].bias.grad = None",
    "model.body[0].weight.grad = model.body[0].weight.data",
    "emb = nn.Embedding(9, 3, sparse=True); emb(torch.tensor([1, 2])).sum().backward()",
]


def anew(monkeypatch, book):
    """What a survey finds that knows nothing from before."""
    monkeypatch.setattr(surveys, "_known_trees", KnownTrees())
    try:
        return surveys.make_survey(book.namespace["torch"], book.namespace)
    finally:
        monkeypatch.undo()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("before", ["pass", "model.body(x).sum().backward()"])
def test_changes_are_seen(notebook, monkeypatch, before, change):
    notebook.ok(SETUP + before)
    notebook.ok("pass")
    record = notebook.ok(change)
    fresh = anew(monkeypatch, notebook)
    placement = msgspec.to_builtins(record.placement)
    wanted = msgspec.to_builtins(fresh.placement)
    placement.pop("visited")
    wanted.pop("visited")
    placement["totals"].sort(key=str)
    wanted["totals"].sort(key=str)
    assert placement == wanted
    found = notebook.last_run.survey
    assert found.storages == fresh.storages
    assert found.module_storages == fresh.module_storages
    assert list(found.roots) == list(fresh.roots)


def test_an_unchanged_model_is_known(notebook):
    notebook.ok(SETUP)
    first = notebook.ok("pass").placement.modules[0]
    assert notebook.ok("pass").placement.modules[0] is first
    assert notebook.ok("model.eval()").placement.modules[0] is not first


def test_a_model_at_the_same_place_is_another(notebook):
    notebook.ok(SETUP)
    for _ in range(5):
        notebook.ok("del model, optimizer")
        record = notebook.ok("model = nn.Linear(2, 2)\noptimizer = None")
        assert record.placement.modules[0].class_name == "Linear"
        notebook.ok("model = Net()")


def test_nothing_is_kept_alive(notebook):
    notebook.ok(SETUP)
    notebook.ok("pass")
    model = weakref.ref(notebook.namespace["model"])
    weight = weakref.ref(notebook.namespace["model"].body[0].weight)
    notebook.ok("del model, optimizer")
    notebook.last_run = None
    gc.collect()
    assert model() is None
    assert weight() is None
