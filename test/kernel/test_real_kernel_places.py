"""Where something happened, asked of a real kernel: forwards say the place that they came from."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="code has no qualified name before Python 3.11"
)

SETUP = "import torch\nlinear, one = torch.nn.Linear(1, 1), torch.ones(1, 1)"
"""A call of `linear` is a forward, which the record has with its place."""


class Cells:
    """Runs cells, and writes places with the names that tests give to the cells' texts."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._front_end = kernel.connect()
        self._names: dict[str, str] = {}
        self._count = 0

    def run(self, source: str, name: str | None = None) -> list[str]:
        """Run a cell; the places of its forwards, in the order in which they were met.

        ``top.f:2 > x.py.g:3``: line 2 in `f` of the cell that is called ``top``, then line 3 in
        `g` of a file. The cell that runs is called ``.`` if it has no name.
        """
        digest = hashlib.sha256(source.encode()).hexdigest()
        before = len(self._front_end.of("end"))
        reply = self._kernel.run(source, cell_id=f"cell-{self._count}")
        self._count += 1
        assert reply.content["status"] == "ok", reply.content.get("traceback")
        record = self._front_end.wait_for("end", before + 1)[before]["record"]
        assert record["source_hash"] == digest
        names = {**self._names, digest: name or "."}
        grad = record["grad"] or {"forwards": []}
        found = [_path(record["places"], each["place"], names) for each in grad["forwards"]]
        if name is not None:
            self._names = names
        return found


def _path(places: list[dict[str, Any]], at: int | None, names: dict[str, str]) -> str:
    steps: list[str] = []
    while at is not None:
        steps.append(_step(places[at], names))
        at = places[at]["parent"]
    return " > ".join(reversed(steps))


def _step(node: dict[str, Any], names: dict[str, str]) -> str:
    kind, function = node["kind"], node.get("function")
    if kind == "thread":
        return "thread"
    if kind == "library":
        assert node.get("line") is None
        return f"{node['package']} · {function}"
    if kind == "cell":
        assert node.get("path") is None
        where = names.get(node["source_hash"], "?")
    else:
        assert kind == "file"
        where = node["path"]
    return f"{where}.{function}:{node['line']}" if function else f"{where}:{node['line']}"


Run = Callable[..., list[str]]


@pytest.fixture(scope="module")
def torch_kernel(_shared_kernel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    reply = _shared_kernel.run(f"import os; os.chdir({str(folder)!r})\n{SETUP}")
    assert reply.content["status"] == "ok", reply.content.get("traceback")
    return _shared_kernel, folder


@pytest.fixture
def run(torch_kernel, kernel) -> Run:
    return Cells(kernel).run


@pytest.fixture
def folder(torch_kernel) -> Path:
    return torch_kernel[1]


def test_the_top_level(run):
    assert run("x = 1\n\nlinear(one)") == [".:3"]


def test_blank_lines_and_comments_on_top(run):
    assert run("\n\n# First.\n\nlinear(one)") == [".:5"]


def test_a_function_of_another_cell(run):
    run("\n# What it does.\ndef f():\n    x = 1\n    linear(one)", "lib")
    assert run("\nf()") == [".:2 > lib.f:5"]


def test_a_decorated_function(run):
    run(
        "import functools\n\ndef twice(f):\n    @functools.wraps(f)\n    def inner(*args):\n"
        "        f(*args)\n        return f(*args)\n    return inner",
        "lib",
    )
    run("@twice\ndef work():\n    linear(one)", "work")
    assert run("work()") == [
        ".:1 > lib.twice.inner:6 > work.work:3",
        ".:1 > lib.twice.inner:7 > work.work:3",
    ]


def test_a_decorator_of_a_library_passes_on(run):
    run(
        "import functools, contextlib\n@functools.cache\ndef cached(n):\n    linear(one)\n"
        "@contextlib.contextmanager\ndef around():\n    linear(one)\n    yield\n"
        "@torch.no_grad()\ndef quiet():\n    linear(one)",
        "lib",
    )
    found = run("cached(1)\nwith around():\n    pass\nquiet()")
    assert found == [".:1 > lib.cached:4", ".:2 > lib.around:7", ".:4 > lib.quiet:11"]


def test_methods_and_nested_functions(run):
    run(
        "class Trainer:\n    def step(self):\n        linear(one)\n    def fit(self):\n"
        "        def once():\n            self.step()\n        once()\n"
        "    @classmethod\n    def make(cls):\n        linear(one)\n"
        "    @property\n    def value(self):\n        return linear(one)",
        "lib",
    )
    assert run("trainer = Trainer()\ntrainer.fit()\nTrainer.make()\ntrainer.value") == [
        ".:2 > lib.Trainer.fit:7 > lib.Trainer.fit.once:6 > lib.Trainer.step:3",
        ".:3 > lib.Trainer.make:10",
        ".:4 > lib.Trainer.value:13",
    ]


def test_a_generator(run):
    run("def batches():\n    for _ in range(2):\n        linear(one)\n        yield 1", "lib")
    assert run("for _ in batches():\n    pass\nx = sum(batches())\n") == [
        ".:1 > lib.batches:3",
        ".:3 > lib.batches:3",
    ]


def test_an_async_cell(run):
    source = (
        "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    linear(one)\n"
        "await f()\nlinear(one)\nx = 2"
    )
    assert run(source) == [".:5 > ..f:4", ".:6"]


def test_tasks_of_an_async_cell_are_called_by_the_loop(run):
    """Their stacks do not have the cell that waits for them, so there is no line to name."""
    run("import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    linear(one)", "lib")
    found = run("await asyncio.gather(f(), f())")
    assert found == [""]


def test_a_callback_from_a_library(run):
    run(
        "import json\nclass Encoder(json.JSONEncoder):\n    def default(self, o):\n"
        "        linear(one)\n        return 1",
        "lib",
    )
    assert run(
        "json.dumps([object()], cls=Encoder)\nx = sorted([1], key=lambda _: linear(one))"
    ) == [
        ".:1 > json · dumps > lib.Encoder.default:4",
        ".:2 > ..<lambda>:2",
    ]


def test_a_hook_of_a_module_is_called_by_pytorch(run):
    run("net = torch.nn.Sequential(torch.nn.Linear(1, 1))", "net")
    run("def hook(module, args, out):\n    linear(one)\nnet.register_forward_hook(hook)", "hook")
    assert run("net(one)") == [".:1"], "within a root's forward nothing is watched"


def test_another_thread(run):
    run("import concurrent.futures as cf\ndef f():\n    linear(one)", "lib")
    assert run("with cf.ThreadPoolExecutor(1) as pool:\n    pool.submit(f).result()") == [
        "thread > lib.f:3"
    ]


def test_a_function_that_an_edited_cell_defines_anew(run):
    run("def f():\n    linear(one)", "before")
    assert run("f()") == [".:1 > before.f:2"]
    run("old = f", "keep")
    run("def f():\n    x = 1\n    linear(one)", "after")
    assert run("f()\nold()") == [".:1 > after.f:3", ".:2 > before.f:2"]


def test_two_cells_of_equal_text(run):
    run("def f():\n    linear(one)", "text")
    run("g = f", "keep")
    run("def f():\n    linear(one)", "text")
    assert run("f()\ng()") == [".:1 > text.f:2", ".:2 > text.f:2"]


def test_code_that_is_executed_has_no_text(run):
    assert run("exec('def e():\\n    linear(one)\\ne()')\n\nexec('linear(one)')") == [".:1", ".:3"]
    assert run("x = 1\ne()") == [".:2"]
    assert run("eval('linear(one)')") == [".:1"]


def test_what_executed_code_calls(run):
    run("def f():\n    linear(one)", "lib")
    assert run("exec('f()')") == [".:1 > lib.f:2"]


def test_a_script(run, folder):
    (folder / "script.py").write_text(
        "import torch\nlinear, one = torch.nn.Linear(1, 1), torch.ones(1, 1)\n"
        "def main():\n    linear(one)\n\nif __name__ == '__main__':\n    main()\n"
    )
    assert run("x = 1\n%run script.py") == [".:2 > script.py:7 > script.py.main:4"]
    assert run("%run -i script.py") == [".:1 > script.py:7 > script.py.main:4"]
    assert run("y = 1\nmain()") == [".:2 > script.py.main:4"]


def test_a_timed_cell(run):
    run("def f():\n    linear(one)", "lib")
    assert run("%%time\nx = 1\nf()\nlinear(one)") == [".:3 > lib.f:2", ".:4"]
    assert run("%%time\ndef g():\n    linear(one)\ng()") == [".:4 > ..g:3"]
    assert run("%time f()\nx = %time f()") == [".:1 > lib.f:2", ".:2 > lib.f:2"]


def test_a_captured_cell(run):
    run("def f():\n    linear(one)", "lib")
    assert run("%%capture out\n\nf()\ndef g():\n    linear(one)\ng()") == [
        ".:3 > lib.f:2",
        ".:6 > ..g:5",
    ]
    run("%%capture\ndef h():\n    linear(one)", "captured")
    assert run("h()") == [".:1 > captured.h:3"]


def test_a_magic_that_times_many_runs(run):
    run("def f():\n    linear(one)", "lib")
    found = run("%timeit -n1 -r1 f()")
    assert found == [".:1 > timeit · Timer.repeat > lib.f:2"]


MODULE = """\
def work(linear, one):
    return linear(one)

class Trainer:
    def step(self, linear, one):
        return linear(
            one
        )
"""


def changed(module: Path, old: str, new: str) -> None:
    """Write a file anew, later than it was written."""
    text = module.read_text()
    assert old in text
    later = module.stat().st_mtime + 5
    module.write_text(text.replace(old, new, 1))
    os.utime(module, (later, later))


def test_a_module_that_is_reloaded(run, folder):
    module = folder / "own_of_places.py"
    module.write_text(MODULE)
    run(
        f"import sys; sys.path.insert(0, {str(folder)!r})\n"
        "%load_ext autoreload\n%autoreload 2\nimport own_of_places as own"
    )
    use = "own.work(linear, one)\nown.Trainer().step(linear, one)"
    file = "own_of_places.py"
    try:
        assert run(use) == [f".:1 > {file}.work:2", f".:2 > {file}.Trainer.step:6"]
        changed(module, "def work", "# Nothing but its place has changed.\n\ndef work")
        assert run(use) == [f".:1 > {file}.work:4", f".:2 > {file}.Trainer.step:8"]
        changed(module, "    return linear(one)", "    # New.\n    y = 1\n    return linear(one)")
        assert run(use) == [f".:1 > {file}.work:6", f".:2 > {file}.Trainer.step:10"]
        changed(module, "        return linear(\n", "        z = 2\n\n        return linear(\n")
        assert run(use) == [f".:1 > {file}.work:6", f".:2 > {file}.Trainer.step:12"]
    finally:
        run("%autoreload 0")


def test_a_package_of_the_users_own_calls_back(run, folder):
    package = folder / "own_package"
    package.mkdir()
    (package / "__init__.py").write_text("from .loop import fit\n")
    (package / "loop.py").write_text("def fit(step):\n    for _ in range(2):\n        step()\n")
    run(f"import sys; sys.path.insert(0, {str(folder)!r})\nimport own_package")
    assert run("def step():\n    linear(one)\nown_package.fit(step)") == [
        ".:3 > own_package/loop.py.fit:3 > ..step:2"
    ]
