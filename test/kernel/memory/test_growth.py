"""What grows with each run of a cell, or in a loop of one, and by what name it is told."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.actions.command import overview
from jupyterlab_torchprof.memory.adding import adding_line

MIB = 1 << 20
NET = "net = nn.Sequential(nn.Linear(64, 64), nn.ReLU())"
HOOK = "handle = net[0].register_forward_hook(lambda *_: None)"


def counts(notebook, kind, name):
    share = notebook.holder(kind, name)
    return [] if share is None else share.counts


def told(notebook):
    session = notebook.profiler.session()
    return overview(session.memory_now, "%torchprof free", session.cells)


def test_hooks_that_become_more_are_counted_by_module(notebook):
    notebook.run(NET, "start")
    notebook.run(HOOK, "grows")
    notebook.run(HOOK, "grows")
    assert counts(notebook, "parameters", "net") == []
    number = notebook.run(HOOK, "grows")
    (one,) = counts(notebook, "parameters", "net")
    assert (one.kind, one.name, one.count, one.grown, one.runs) == (
        "forward_hooks",
        "net[0]",
        3,
        1,
        3,
    )
    assert one.cell_id == "grows"
    expected = f"net[0] has 3 forward hooks, 1 more with each of the last 3 runs of [{number}]."
    assert expected in told(notebook)


@pytest.mark.parametrize(
    "method", ["register_forward_pre_hook", "register_full_backward_hook"], ids=["pre", "backward"]
)
def test_other_hooks_are_counted_too(notebook, method):
    notebook.run(NET, "start")
    for _ in range(3):
        notebook.run(f"net[1].{method}(lambda *_: None);", "grows")
    assert [one.count for one in counts(notebook, "parameters", "net")] == [3]


@pytest.mark.parametrize(
    "cell",
    [f"{NET}\n{HOOK}", f"{HOOK}\nhandle.remove()", "if 'handle' not in dir():\n    " + HOOK],
    ids=["a new model", "removed again", "once"],
)
def test_hooks_that_stay_as_many_are_no_growth(notebook, cell):
    notebook.run(NET, "start")
    for _ in range(4):
        notebook.run(cell, "cell")
    assert counts(notebook, "parameters", "net") == []


def test_hooks_removed_between_the_runs_are_no_growth(notebook):
    notebook.run(NET, "start")
    for _ in range(4):
        notebook.run(HOOK, "grows")
        notebook.run("handle.remove()", "tidies")
    assert counts(notebook, "parameters", "net") == []


def test_a_graph_that_goes_on_from_run_to_run_is_told(notebook):
    notebook.run("cell = nn.RNNCell(8, 8)\nhidden = torch.zeros(1, 8)", "start")
    for _ in range(4):
        number = notebook.run("for _ in range(10): hidden = cell(torch.ones(1, 8), hidden)", "step")
    (one,) = counts(notebook, "graphs", "hidden")
    assert (one.kind, one.name) == ("graph_nodes", "hidden")
    assert one.runs >= 3
    assert 10 <= one.grown < one.count
    assert f"runs of [{number}]: it goes on from the last run." in told(notebook)
    notebook.run("hidden = hidden.detach()", "detaches")
    assert counts(notebook, "graphs", "hidden") == []


@pytest.mark.parametrize(
    "cell",
    [
        "hidden = torch.zeros(1, 8)\nn = n + 10\n"
        "for _ in range(n): hidden = cell(torch.ones(1, 8), hidden)",
        "for _ in range(10): hidden = cell(torch.ones(1, 8), hidden)\nhidden = hidden.detach()",
        "losses.append(cell(torch.ones(1, 8)).sum())",
    ],
    ids=["a longer one each time", "detached", "a list of graphs"],
)
def test_a_graph_that_begins_anew_is_no_growth(notebook, cell):
    notebook.run("cell = nn.RNNCell(8, 8)\nhidden = torch.zeros(1, 8)\nn, losses = 10, []", "start")
    for _ in range(5):
        notebook.run(cell, "step")
    assert counts(notebook, "graphs", "hidden") == []
    assert counts(notebook, "graphs", "losses") == []


METRIC = """
class Metric(nn.Module):
    def __init__(self):
        super().__init__()
        self._defaults = {}
        self.add_state("preds", [])
    def add_state(self, name, default):
        setattr(self, name, list(default))
        self._defaults[name] = default
    def update(self, value):
        self.preds.append(value)
metric = Metric()
"""


def test_the_states_of_a_metric_grow_by_their_names(notebook):
    notebook.run(METRIC, "start")
    for _ in range(3):
        notebook.run("metric.update(torch.ones(1 << 20))", "evaluates")
    growth = notebook.holder("tensors", "metric.preds").growth
    assert (growth.grown_bytes, growth.runs) == (4 * MIB, 3)
    notebook.run("metric.preds = []\nmetric.update(torch.ones(1 << 20))", "evaluates")
    assert notebook.holder("tensors", "metric.preds").growth is None


def test_a_list_that_a_loop_fills_says_where_and_with_how_much(notebook):
    source = "outs = []\nfor _ in range(6):\n    x = torch.ones(1 << 20)\n    outs.append(x)"
    run = notebook.run(source)
    one = notebook.holder("tensors", "outs").within  # the last tensor is that of `x`
    assert (one.grown_bytes, one.tensors, one.each_bytes, one.line) == (20 * MIB, 5, 4 * MIB, 4)
    assert f"Grew by 20 MiB in [{run}] at line 4: 5 tensors of 4 MiB." in told(notebook)
    notebook.run("1 + 1")
    assert notebook.holder("tensors", "outs").within == one
    notebook.run("del outs[0]")
    assert notebook.holder("tensors", "outs").within is None


def test_a_list_of_many_small_tensors_is_told_by_their_number(notebook):
    notebook.run("outs = {'a': []}\nfor _ in range(2000):\n    outs['a'].append(torch.ones(1024))")
    one = notebook.holder("tensors", "outs").within
    assert (one.tensors, one.each_bytes, one.line) == (2000, None, 3)


@pytest.mark.parametrize(
    "cell",
    [
        "outs = [torch.ones(1 << 20) for _ in range(5)]",
        "outs = []\nouts.extend(torch.ones(1 << 20) for _ in range(5))",
        "for _ in range(5): outs = torch.ones(1 << 20)",
        "outs = []\nfor _ in range(5):\n    outs.append(torch.ones(1 << 20))\n"
        "    outs.append(torch.ones(1 << 20))",
    ],
    ids=["at once", "no loop", "no list", "two lines"],
)
def test_what_no_single_line_fills_is_not_told_of_a_line(notebook, cell):
    notebook.run(cell)
    assert notebook.holder("tensors", "outs").within is None


def test_a_method_that_fills_an_attribute_is_its_line(notebook):
    notebook.run(
        "class T:\n    def __init__(self): self.log = []\n    def step(self):\n"
        "        self.log.append(torch.ones(1 << 20))\nt = T()\nfor _ in range(4): t.step()"
    )
    one = notebook.holder("tensors", "t.log").within
    assert (one.line, one.tensors, one.each_bytes) == (4, 4, 4 * MIB)


@pytest.mark.parametrize(
    ("source", "path", "line"),
    [
        ("for x in y:\n    a.append(x)", "a", 2),
        ("for x in y:\n    a[x] = f(x)", "a", 2),
        ("while True:\n    a += [f()]", "a", 2),
        ("def f(x):\n    a['k'].append(x)", "a", 2),
        ("class T:\n    def f(self, x):\n        self.log.append(x)", "t.log", 3),
        ("for x in y:\n    t.log.append(x)", "t.log", 2),
        ("a = {'k': []}\nfor x in y:\n    a['k'].append(x)", "a", 3),
        ("a = defaultdict(list)\nfor x in y:\n    a['k'].append(x)", "a", 3),
        ("a = list(other)\nfor x in y:\n    a.append(x)", "a", None),
        ("a = other\nfor x in y:\n    a.append(x)", "a", None),
        ("class U:\n    def f(self, x):\n        self.log.append(x)", "t.log", None),
        ("for x in y:\n    b.append(x)", "a", None),
        ("a.append(1)\nfor x in y:\n    a.append(x)", "a", None),
        ("for x in", "a", None),
    ],
)
def test_the_line_that_adds(source, path, line):
    assert adding_line(source, path, owner="T") == line
