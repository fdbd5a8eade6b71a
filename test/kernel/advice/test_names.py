"""What a cell's text does with names."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.advice.text.first_uses import name_uses
from jupyterlab_torchprof.advice.text.names import keeper_of, root_of
from jupyterlab_torchprof.advice.text.silence import silence


@pytest.mark.parametrize(
    ("source", "kind", "sure"),
    [
        ("a = 1", "bound", True),
        ("a = a + 1", "read", True),
        ("a += 1", "read", True),
        ("a: int = 1", "bound", True),
        ("a.b = 1", "read", True),
        ("a[0] = 1", "read", True),
        ("del a", "deleted", True),
        ("b = (a := 1) + a", "bound", True),
        ("for a in b: pass", "bound", False),
        ("for b in a: a = 1", "read", False),
        ("if b: a = 1", "bound", False),
        ("with suppress(E): a = 1", "bound", False),
        ("import c as a", "bound", True),
        ("from c import a", "bound", True),
        ("def f():\n    return a\na = 1", "read", False),
        ("def f(a):\n    return a\na = 1", "bound", True),
        ("def f():\n    a = 2\n    return a\na = 1", "bound", True),
        ("def f():\n    global a\n    a = 2", "bound", False),
        ("def a(): pass", "bound", True),
        ("f = lambda a: a\na = 1", "bound", True),
        ("b = [a for a in c]\na = 1", "bound", True),
        ("b = [c for c in a]\na = 1", "read", True),
        ("%time a = 1\na = 2", "bound", True),
        ("print(f'{a}')\na = 1", "read", True),
        ("try:\n    a = 1\nfinally:\n    pass", "bound", False),
        ("a, *b = 1, 2", "bound", True),
    ],
)
def test_first_use(source, kind, sure):
    first = name_uses(source).first["a"]
    assert (first.kind, first.sure) == (kind, sure)


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("lab.a = 1", "bound", 1),
        ("lab.a += 1", "read", 1),
        ("lab.a.append(1)", "read", 1),
        ("lab.a[0] = 1", "read", 0),
        ("print(lab.a.b)\nlab.a = 1", "read", 2),
        ("print(lab.b)\nlab.a = 1", "bound", 2),
        ("lab.fit()\nlab.a = 1", "bound", 2),
        ("fit(lab)\nlab.a = 1", "read", 2),
        ("lab.a = 1\nfit(lab)", "bound", 1),
        ("lab = Lab()\nfit(lab)", "bound", 1),
        ("del lab\n", "deleted", 0),
        ("def f(lab):\n    lab.a = 1\nlab.a", "read", 0),
    ],
)
def test_attribute(source, kind, line):
    uses = name_uses(source)
    assert (uses.first_of("lab.a").kind, uses.line_that_binds("lab.a")) == (kind, line)


def test_attributes_of_what_is_handed_on_are_read():
    assert name_uses("fit(lab)").reads("lab.a")
    assert not name_uses("lab.fit(lab.b)").reads("lab.a")


@pytest.mark.parametrize(
    ("path", "keeper"),
    [("out", "out"), ("lab.outs[3].logits", "lab.outs"), ('log["a"]', "log"), ("a.b.c", "a.b.c")],
)
def test_keeper(path, keeper):
    assert keeper_of(path) == keeper


def test_not_there():
    assert "a" not in name_uses("b.a = f(a=1)").first


@pytest.mark.parametrize(
    ("source", "trains"),
    [
        ("loss.backward()", True),
        ("torch.autograd.grad(a, b)", True),
        ("backward(loss)", True),
        ("env.step(action)", False),
        ("x.grad = None", False),
        ("'loss.backward()'", False),
    ],
)
def test_trains(source, trains):
    assert name_uses(source).trains is trains


def test_bound_lines():
    uses = name_uses("a = 1\nb.append(2)\na = 3\nfor c in d:\n    e = c\n")
    assert uses.bound == {"a": 3, "b": 2, "c": 4, "e": 5}


def test_no_python():
    assert name_uses("%%bash\nfor x in y; do") is None


@pytest.mark.parametrize("path", ["größe", "größe[0]", 'größe["a"].b', "größe.x"])
def test_root(path):
    assert root_of(path) == "größe"


@pytest.mark.parametrize(
    ("source", "everywhere", "lines"),
    [
        ("f()  # torchprof: ignore[rule]", False, {1}),
        ("f()  # torchprof: ignore[other, rule] because", False, {1}),
        ("f()  # torchprof: ignore", False, {1}),
        ("f()  # torchprof: ignore[other]", False, set()),
        ("f()  # torchprof: ignored", False, set()),
        ("f(\n  a,\n)  # torchprof:ignore[rule]\ng()", False, {1, 2, 3}),
        ("x = 1\n  # torchprof: ignore[rule]\n", True, set()),
        ("for a in b:  # torchprof: ignore[rule]\n    f()", False, {1}),
        ("torchprof = 1", False, set()),
    ],
)
def test_silence(source, everywhere, lines):
    found = silence(source, "rule")
    assert found.everywhere is everywhere
    assert found.lines == lines
