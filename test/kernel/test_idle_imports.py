"""What fixes need is imported while nothing runs, and no cell waits for it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest
from forked import Copies, copies, from_nothing

START = """
import sys, threading, time
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof import idle_imports

profiler = load(shell)
TRAIN = '''
for _ in range(6):
    model(x).sum().backward()
    optimizer.step()
'''
SETUP = '''
import torch
model, x = torch.nn.Linear(4, 2), torch.randn(3, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
'''

def run(source):
    shell.run_cell(source, store_history=True).raise_error()

def until(condition):
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)

def thread():
    return next((one for one in threading.enumerate() if one.name.endswith("imports")), None)

def is_begun():
    return "libcst" in sys.modules

def is_done():
    return "jupyterlab_torchprof.fixes.unwrap" in sys.modules and thread() is None
"""


@pytest.fixture(scope="module")
def _copies() -> Iterator[Copies]:
    with copies() as found:
        yield found


@pytest.fixture
def fresh(_copies):
    """Runs code in a process of its own in which we have imported nothing so far."""

    def fresh(code: str) -> None:
        _copies.run(f"{START}\n{textwrap.dedent(code)}")

    return fresh


def test_not_before_a_cell_has_imported_pytorch():
    """In a process that begins from nothing."""
    code = """
        idle_imports._CALM_S = 0.01
        run("x = 1")
        assert thread() is None and "torch" not in sys.modules
        run("import torch")
        assert thread() is not None
    """
    from_nothing(f"{START}\n{textwrap.dedent(code)}")


def test_when_nothing_has_run_for_a_while(fresh):
    fresh(
        """
        run(SETUP)
        assert not is_begun() and thread() is not None
        until(is_done)
        before = set(sys.modules)
        run(TRAIN)
        (advice,) = profiler.history.last().advice
        assert advice.fix is not None
        new = {name for name in set(sys.modules) - before if "libcst" in name or "fixes" in name}
        assert not new, new
        assert not profiler.health.entries()
        """
    )


def test_not_between_cells_that_follow_one_another(fresh):
    fresh(
        """
        idle_imports._CALM_S = 0.5
        run(SETUP)
        for _ in range(10):
            time.sleep(0.1)
            run("y = model(x)")
        assert not is_begun()
        until(is_done)
        """
    )


PAUSED = """
idle_imports._CALM_S = 0.0
imports = profiler._imports
run(SETUP)
until(is_begun)
info = shell.events.callbacks  # a cell that begins in the middle of the import
imports.cell_begins()
until(lambda: imports.pauses == 1)
"""


def test_it_stands_still_while_a_cell_runs(fresh):
    fresh(
        PAUSED
        + textwrap.dedent(
            """
            known = len(sys.modules)
            time.sleep(0.5)
            assert len(sys.modules) == known and not is_done()
            assert imports.pauses == 1
            imports.cell_ended()
            until(is_done)
            """
        )
    )


def test_it_stands_still_for_so_long_only(fresh):
    """Somebody may wait for it in a way that it does not know."""
    fresh(
        "idle_imports._LONGEST_PAUSE_S = 0.2\nidle_imports._WAITS = frozenset()\n"
        + PAUSED
        + "run('import libcst.matchers')\nuntil(is_done)\n"
    )


@pytest.mark.parametrize("source", ["import libcst", "import libcst.matchers", "run(TRAIN)"])
def test_a_cell_that_needs_it_gets_it(fresh, source):
    fresh(
        PAUSED
        + textwrap.dedent(
            f"""
            shell.user_ns.update(run=run, TRAIN=TRAIN)
            run({source!r})
            import libcst
            assert libcst.parse_module("x = 1").code == "x = 1"
            until(is_done)
            """
        )
    )


def test_unloading_lets_it_end(fresh):
    fresh(
        PAUSED
        + textwrap.dedent(
            """
            unload(shell)
            until(is_done)
            """
        )
    )


def test_none_begins_after_unloading(fresh):
    fresh(
        """
        run(SETUP)
        unload(shell)
        until(lambda: thread() is None)
        assert not is_begun()
        """
    )
