"""Variables that gather tensors, and sums that gather graphs."""

from __future__ import annotations

import gc
import weakref

import pytest

SETUP = """
import torch
from collections import deque
from torch import nn
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
x, y = torch.randn(32, 8), torch.zeros(32, dtype=torch.long)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
def step(backward=True):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    if backward:
        loss.backward()
    optimizer.step()
    return loss
"""


@pytest.fixture
def book(notebook):
    notebook.ok(SETUP)
    return notebook


def only(record):
    (entry,) = record.collected
    return entry


def test_outputs_in_a_list(book):
    source = "with torch.no_grad():\n    for _ in range(5): outputs.append(model(x))"
    entry = only(book.ok("outputs = []\n" + source))
    assert (entry.variable, entry.kind) == ("outputs", "list")
    assert (entry.tensors, entry.new_tensors, entry.scalars) == (5, 5, 0)
    assert entry.storage_bytes == {"cpu": 5 * 32 * 4 * 4}
    assert (entry.with_graph, entry.graph_nodes, entry.truncated) == (0, 0, False)
    assert only(book.ok("pass")).new_tensors == 0
    entry = only(book.ok(source))
    assert (entry.tensors, entry.new_tensors) == (10, 5)
    entry = only(book.ok("outputs = []\n" + source))
    assert (entry.tensors, entry.new_tensors) == (5, 5)


def test_losses_whose_graphs_a_backward_has_freed(book):
    book.ok("losses = []")
    entry = only(book.ok("for _ in range(20):\n    loss = step()\n    losses.append(loss)"))
    assert entry.variable == "losses"
    assert (entry.tensors, entry.scalars, entry.with_graph) == (20, 20, 20)
    assert entry.graph_nodes >= 19 * 5


def test_the_last_output_may_be_a_variable(book):
    source = "for _ in range(2):\n    out = model(x).detach()\n    outs.append(out)"
    entry = only(book.ok("outs = []\n" + source))
    assert (entry.variable, entry.tensors, entry.new_tensors) == ("outs", 2, 2)
    entry = only(book.ok(source))
    assert (entry.tensors, entry.new_tensors) == (4, 2)


def test_detached_losses_have_no_graph(book):
    entry = only(book.ok("losses = [step().detach() for _ in range(20)]"))
    assert (entry.scalars, entry.with_graph, entry.graph_nodes) == (20, 0, 0)


def test_nested_once(book):
    record = book.ok(
        "history = {'loss': [step() for _ in range(3)], 'name': 'a'}\n"
        "batches = [{'x': torch.zeros(4), 'y': torch.zeros(2)} for _ in range(4)]\n"
        "pairs = deque((torch.zeros(4), 1) for _ in range(2))\n"
        "deeper = [[[torch.zeros(4)] * 2]]\n"
        "single = [torch.zeros(4)]\n"
        "both = (torch.zeros(4), torch.zeros(4))"
    )
    entries = {entry.variable: entry for entry in record.collected}
    assert set(entries) == {"history", "batches", "pairs"}
    assert (entries["history"].kind, entries["history"].with_graph) == ("dict", 3)
    assert (entries["batches"].tensors, entries["batches"].storage_bytes) == (8, {"cpu": 4 * 24})
    assert (entries["pairs"].kind, entries["pairs"].tensors) == ("list", 2)
    assert only_of(book.ok("history['loss'].append(step())"), "history").new_tensors == 1


def only_of(record, variable):
    return next(entry for entry in record.collected if entry.variable == variable)


@pytest.mark.parametrize(
    ("source", "direct"),
    [
        ("{'loss': [step(), step()], 'other': [step()], 'empty': []}", 3),
        ("{1: step(), 2: step()}", 2),
        ("{'loss': [step(), step()], 'share': [0.5]}", 0),
        ("{'loss': [step(), step()], 'name': 'a'}", 0),
        ("[[step(), step()]]", 0),
    ],
)
def test_items_themselves_and_those_of_lists_by_name(book, source, direct):
    assert only(book.ok(f"history = {source}")).direct == direct


def test_storages_count_once_and_parameters_not_at_all(book):
    entry = only(
        book.ok(
            "whole = torch.zeros(100)\nrows = list(torch.zeros(10, 10))\n"
            "views = list(whole.split(10))\nparameters = list(model.parameters())\ndel views"
        )
    )
    assert (entry.variable, entry.tensors) == ("rows", 10)
    assert entry.storage_bytes == {"cpu": 400}


def test_a_sum_over_a_loop(book):
    book.ok("total = 0")
    entry = only(book.ok("for _ in range(10):\n    total += step()"))
    assert (entry.variable, entry.kind, entry.truncated) == ("total", "sum", False)
    assert (entry.tensors, entry.new_tensors, entry.with_graph) == (10, 10, 10)
    assert entry.graph_nodes > 50
    assert only(book.ok("pass")).new_tensors == 0
    entry = only(book.ok("for _ in range(7):\n    total = step() + total"))
    assert (entry.tensors, entry.new_tensors) == (17, 7)
    entry = only(book.ok("total = sum(step() for _ in range(8)) / 8"))
    assert (entry.tensors, entry.new_tensors) == (8, 8)


OBJECTS = """
from types import SimpleNamespace
class Lit(nn.Module):
    def __init__(self):
        super().__init__()
        self.losses, self.total = [], 0.0
run = SimpleNamespace(log=SimpleNamespace(losses=[], total=0.0), loss=None)
lit, log = Lit(), {"loss": 0.0}
lit.inner = Lit()
"""


@pytest.mark.parametrize(
    ("owner", "variable"),
    [
        ("run.log", "run.log.losses"),
        ("lit", "lit.losses"),
        ("lit.inner", "lit.inner.losses"),
    ],
)
def test_lists_of_objects_and_modules(book, owner, variable):
    book.ok(OBJECTS)
    source = f"for _ in range(5): {owner}.losses.append(step())"
    entry = only(book.ok(source))
    assert (entry.variable, entry.new_tensors, entry.with_graph) == (variable, 5, 5)
    assert only(book.ok(source)).new_tensors == 5


@pytest.mark.parametrize("variable", ["run.log.total", "lit.total", 'log["loss"]'])
def test_sums_wherever_they_have_a_name(book, variable):
    book.ok(OBJECTS)
    source = f"for _ in range(8):\n    run.loss = step()\n    {variable} += run.loss"
    entry = only(book.ok(source))
    assert (entry.variable, entry.kind, entry.new_tensors) == (variable, "sum", 8)
    assert only(book.ok(source)).new_tensors == 8


@pytest.mark.parametrize(
    "source",
    [
        "total = sum(step().item() for _ in range(10))",
        "total = sum(step().detach() for _ in range(10))",
        "loss = step(False) + 0.1 * step(False) + step(False)",
        # a penalty over all parameters, of one step
        "big = nn.Sequential(*[nn.Linear(4, 4) for _ in range(8)])\n"
        "loss = sum(p.pow(2).sum() for p in big.parameters())",
        # deep supervision: terms of one forward
        "h, loss = x, 0\ndeep = [nn.Linear(8, 8) for _ in range(8)]\n"
        "for layer in deep:\n    h = layer(h).relu()\n    loss = loss + h.mean()",
        # a residual stream is no scalar
        "h = x.requires_grad_()\nfor _ in range(10): h = h + torch.relu(h)",
    ],
)
def test_what_is_no_sum_over_a_loop(book, source):
    assert [entry for entry in book.ok(source).collected if entry.kind == "sum"] == []


def test_nothing_is_kept_alive(book):
    book.ok("outputs = [model(x) for _ in range(3)]\ntotal = sum(step() for _ in range(9))")
    first = weakref.ref(book.namespace["outputs"][0])
    total = weakref.ref(book.namespace["total"])
    book.ok("del outputs, total")
    book.last_run = None
    gc.collect()
    assert first() is None
    assert total() is None
