"""Where something happened, as a path from the cell's line down to the code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from jupyterlab_torchprof.probes.lines import CellCode
from jupyterlab_torchprof.probes.places import tree as places
from jupyterlab_torchprof.probes.places.texts import CellTexts
from jupyterlab_torchprof.probes.places.tree import PlaceTree
from jupyterlab_torchprof.source import source_hash

Run = Callable[[str], list[str]]


def path(tree: PlaceTree, place: int | None, cells: list[str]) -> str:
    """``4 > 1.f:2``: line 4 of the cell that runs, then line 2 in ``f`` of the first cell."""
    parts: list[str] = []
    hashes = [source_hash(cell) for cell in cells]
    while place is not None:
        node = tree.nodes[place]
        if node.kind == "library":
            parts.append(f"{node.package} · {node.function}")
        elif node.kind == "thread":
            parts.append("thread")
        else:
            last = (
                len(hashes) - 1 - hashes[::-1].index(node.source_hash or "")
                if (node.source_hash in hashes)
                else None
            )
            own = node.source_hash == hashes[-1]
            where = "" if own else f"{node.path}." if node.path else f"{(last or 0) + 1}."
            parts.append(f"{where}{f'{node.function}:' if node.function else ''}{node.line}")
        place = node.parent
    return " > ".join(reversed(parts))


@pytest.fixture
def run(shell) -> Run:
    """Runs a cell in which `here()` asks for its place; returns the paths."""
    texts = CellTexts()
    cells: list[str] = []

    def run(source: str) -> list[str]:
        texts.add(source)
        cells.append(source)
        code = CellCode(source, shell.user_global_ns)
        tree = PlaceTree(code, source_hash(source), texts)
        found: list[str] = []

        def here() -> None:
            frame = sys._getframe(1)
            place = tree.find(frame)
            assert tree.find(frame) == place  # as it was remembered
            found.append(path(tree, place, cells))

        shell.user_ns["here"] = here
        shell.run_cell(source).raise_error()
        return found

    return run


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("here()", ["1"]),
        (
            "f = lambda: here()\nfor _ in 'ab':\n    f()\n    f(\n    )",
            ["3 > <lambda>:1", "4 > <lambda>:1"] * 2,
        ),
        ("def f():\n    here()\n\nfor i in range(2):\n    f()", ["5 > f:2", "5 > f:2"]),
        (
            "class A:\n    def g(self):\n        here()\n    def f(self):\n        self.g()\n"
            "A().f()",
            ["6 > A.f:5 > A.g:3"],
        ),
        ("def f():\n    def g():\n        here()\n    g()\nf()", ["5 > f:4 > f.g:3"]),
        ("f = lambda: (\n    here())\nf()", ["3 > <lambda>:2"]),
        ("[here() for _ in range(1)]", ["1"]),
        ("x = [\n    here()\n    for _ in range(1)\n]", ["2"]),
        ("def f():\n    return {\n        here()\n        for _ in 'a'\n    }\nf()", ["6 > f:3"]),
        ("def f():\n    yield here()\n\nfor _ in f():\n    pass", ["4 > f:2"]),
        ("def f():\n    yield here()\n\nx = list(f())", ["4 > f:2"]),
        (
            "async def f():\n    here()\n\nawait f()",
            ["4 > f:2"],
        ),
        (
            "def f(n):\n    if n:\n        f(n - 1)\n    else:\n        here()\nf(9)",
            ["6 > f:3 > f:5"],
        ),
        ("exec('def f():\\n    here()\\nf()')", ["1"]),
        (
            "from functools import wraps\ndef twice(f):\n    @wraps(f)\n    def inner():\n"
            "        return f()\n    return inner\n@twice\ndef f():\n    here()\nf()",
            ["10 > twice.inner:5 > f:9"],
        ),
        (
            "from contextlib import contextmanager\n@contextmanager\n"
            "def c():\n    here()\n    yield\n"
            "with c():\n    here()",
            ["6 > c:4", "7"],
        ),
        (
            "import json\nclass E(json.JSONEncoder):\n    def default(self, o):\n        here()\n"
            "x = json.dumps(object(), cls=E)",
            ["5 > json · dumps > E.default:4"],
        ),
        ("%%time\n\nhere()\ndef f():\n    here()\nf()", ["3", "6 > f:5"]),
        ("%%capture\n\ndef f():\n    here()\nf()", ["5 > f:4"]),
        ("%time here()", ["1"]),
        ("x = %time here()\ndef f():\n    here()\nf()", ["1", "4 > f:3"]),
    ],
)
def test_in_one_cell(run, source, paths):
    assert [_plain(found) for found in run(source)] == [_plain(path) for path in paths]


def _plain(path: str) -> str:
    """Before Python 3.11 code does not know the class or the function around it."""
    if sys.version_info >= (3, 11):
        return path
    steps = path.split(" > ")
    return " > ".join(
        step
        if " · " in step
        else step.rpartition(":")[0].rpartition(".")[2] + step.rpartition(":")[2]
        for step in steps
    )


def test_functions_of_earlier_cells(run):
    run("def f():\n    here()")
    run("\n\n%%time\ndef g():\n    f()")
    run("# A comment.\n\nclass H:\n    def h(self):\n        f()")
    assert run("f()") == ["1 > 1.f:2"]
    assert run("\nx = 1\nH().h()")[0] in ("3 > 3.H.h:5 > 1.f:2", "3 > 3.h:5 > 1.f:2")


def test_a_function_belongs_to_the_text_that_it_was_compiled_from(run):
    run("def f():\n    here()")
    run("old = f")
    run("def f():\n    x = 1\n    here()")
    assert run("old()\nf()") == ["1 > 1.f:2", "2 > 3.f:3"]


def test_cells_of_equal_text_are_one(run):
    run("def f():\n    here()")
    run("def f():\n    here()")
    assert run("f()") == ["1 > 2.f:2"]


def test_a_function_of_a_body_that_a_magic_has_run(run):
    run("%%capture\n\ndef f():\n    here()")
    assert run("f()") == ["1 > 1.f:4"]


def test_a_function_of_a_timed_body_is_not_taken_for_one_of_another(run):
    run("%%time\ndef first():\n    here()")
    found = run("%%time\nx = 1\nfirst()")
    assert found == ["3"], "IPython compiles both under one name"


def test_a_module_of_the_users_own(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    places_of = "def work(callback):\n    return callback()\n"
    (tmp_path / "own_module_of_places.py").write_text(places_of)
    found = run("import own_module_of_places as own\ndef f():\n    here()\nown.work(f)")
    assert found == ["4 > own_module_of_places.py.work:2 > f:3"]


def test_a_script_that_is_run(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text("def main(call):\n    call()\n\nmain(here)\n")
    run("x = 1")
    assert run("%run -i script.py") == ["1 > script.py.4 > script.py.main:2"]


def test_another_thread(run):
    source = (
        "import threading\ndef f():\n    here()\n"
        "thread = threading.Thread(target=f)\nthread.start()\nthread.join()"
    )
    assert run(source) == ["thread > f:3"]


def test_between_cells_there_is_no_place(run, shell):
    code = CellCode("x = 1", shell.user_global_ns)
    tree = PlaceTree(code, "", CellTexts())
    assert tree.find(sys._getframe()) is None
    assert tree.line(None) is None
    assert tree.nodes == []


def test_a_tree_has_a_bound(run, monkeypatch):
    monkeypatch.setattr(places, "MOST_PLACES", 4)
    calls = "\n".join(f"    here()  # {i}" for i in range(9))
    found = run(f"def f():\n{calls}\n\nf()")
    assert found[0] == "12 > f:2"
    assert found[-1] == "12", "what is too much is of the node that called it"


def test_threads_make_each_node_once(run):
    source = "def f(n):\n    here()\n" + "\n".join(f"def g{i}():\n    f(1)" for i in range(20))
    run(source)
    found = run("\n".join(f"g{i}()" for i in range(20)))
    assert len(set(found)) == 20


def test_what_a_library_was_called(run):
    pytest.importorskip("torch")
    run("import torch\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        here()")
    found = run("net = Net()\nnet(1)\ntorch.nn.Sequential(net)(1)")
    steps: Any = [_plain(path) for path in found]
    assert steps == [
        _plain("2 > 1.Net.forward:4"),
        _plain("3 > torch · Sequential.forward > 1.Net.forward:4"),
    ] or sys.version_info < (3, 11)
