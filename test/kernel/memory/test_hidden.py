"""What closures, default arguments and suspended generators hold has their names."""

from __future__ import annotations

import gc
import weakref

import pytest

MIB = 1 << 20
BIG = "torch.ones(2 << 20)"
CLOSURE = f"""
def make():
    cache = [{BIG}]
    net = nn.Linear(1024, 1024)
    def step(x=None):
        return cache, net
    return step
"""


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (f"{CLOSURE}step = make()", "step: cache"),
        (f"{CLOSURE}steps = [make()]", "steps"),
        (f"{CLOSURE}import functools\nouter = functools.wraps(make)(lambda f=make(): f)", None),
        (f"def f(x, kept={BIG}): pass", "f: kept"),
        (f"def f(x, *, kept={BIG}): pass", "f: kept"),
        (f"import functools\nf = functools.partial(print, {BIG})", "f: 0"),
        (
            f"class T: pass\nt = T()\nT.f = lambda self: 1\nt.x = {BIG}\nf = t.f\ndel t",
            "f.__self__.x",
        ),
        (f"def f():\n    kept = {BIG}\n    yield\ng = f()\nnext(g)", "g: kept"),
    ],
)
def test_what_is_held_has_a_name(notebook, source, name):
    notebook.run(source)
    named = [one.name for one in notebook.host.holders if one.kind == "tensors"]
    name = name or "outer: f: cache"
    assert name in named
    assert notebook.holder("tensors", name).held_bytes == 8 * MIB


def test_a_function_that_was_displayed_has_its_own_name(notebook):
    notebook.run(f"{CLOSURE}step = make()\nstep")
    assert notebook.holder("tensors", "step: cache") is not None


def test_a_model_in_a_closure_is_one(notebook):
    count = notebook.run(f"{CLOSURE}step = make()")
    share = notebook.holder("parameters", "step: net")
    assert (share.what, share.made_count, share.action) == ("Linear", count, None)


def test_a_generator_in_a_loop_is_named_itself_and_can_be_deleted(notebook):
    notebook.run(
        f"def f():\n    for _ in range(9):\n        kept = {BIG}\n        yield\ng = f()\nnext(g)"
    )
    named = {one.name: one for one in notebook.host.holders if one.kind == "tensors"}
    (name,) = named.keys() & {"g", "g: kept"}
    assert named[name].held_bytes == 8 * MIB
    if name == "g":
        assert named[name].action.title == "Delete g"


def test_what_a_variable_has_as_well_is_the_variables(notebook):
    notebook.run(
        f"big = {BIG}\ndef f(kept=big): return lambda: kept\nh = f()\nnet = nn.Linear(1024, 1024)"
    )
    notebook.run("def g(kept=net): pass")
    names = {one.name for one in notebook.host.holders}
    assert {"big", "net"} <= names
    assert not names & {"f: kept", "h: kept", "g: kept"}


def test_nothing_of_a_generator_is_kept_alive(notebook):
    notebook.run(
        f"def f():\n    kept = {BIG}\n    yield kept\n    del kept\n    yield 1\n"
        "g = f()\nfirst = next(g)"
    )
    kept = weakref.ref(notebook.shell.user_ns["first"])
    notebook.run("del first")
    assert kept() is not None
    notebook.run("n = next(g)")
    assert kept() is None
    notebook.run(f"{CLOSURE}step = make()")
    cell = notebook.shell.user_ns["step"].__closure__[0]
    kept = weakref.ref(cell.cell_contents[0])
    del cell
    notebook.run("del step")
    gc.collect()
    assert kept() is None


def test_a_search_that_is_cut_says_so(notebook, monkeypatch):
    from jupyterlab_torchprof.probes.objects import walk

    notebook.run("lists = [[[0]] * 100 for _ in range(10)]")
    share = notebook.holder("process")
    assert share.not_looked_at is None
    monkeypatch.setattr(walk.Bounds, "__init__", lambda self: _bound(self, 200))
    notebook.run("1 + 1;")
    assert notebook.holder("process").not_looked_at > 100


def _bound(bounds, objects):
    for name, value in (("objects", objects), ("seconds", 10.0), ("depth", 2)):
        object.__setattr__(bounds, name, value)
