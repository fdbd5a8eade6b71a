"""The line of a cell, against what IPython does to a cell before it runs."""

from __future__ import annotations

import sys
from types import FrameType

import pytest
from jupyterlab_torchprof.probes.lines import CellCode
from jupyterlab_torchprof.probes.places.texts import CellTexts
from jupyterlab_torchprof.probes.places.tree import PlaceTree


def line_of(code: CellCode, frame: FrameType) -> int | None:
    """As hooks and the sampling thread ask for it."""
    tree = PlaceTree(code, "", CellTexts())
    return tree.line(tree.find(frame))


@pytest.fixture
def run(shell):
    """Runs a cell in which `here()` asks for its line; returns the lines and the error's."""

    def run(source: str) -> tuple[list[int | None], int | None]:
        code = CellCode(source, shell.user_global_ns)
        lines: list[int | None] = []
        shell.user_ns["here"] = lambda: lines.append(line_of(code, sys._getframe()))
        result = shell.run_cell(source)
        error = result.error_in_exec or result.error_before_exec
        return lines, None if error is None else code.error_line(error)

    return run


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("here()", [1]),
        ("\n\n  \nhere()\n\nhere()\n", [4, 6]),
        ("    here()\n    here()", [1, 2]),
        ("def f():\n    here()\n\nfor i in range(2):\n    f()", [5, 5]),
        ("here(\n)\n(\n  here()\n)", [1, 4]),
        ("exec('\\n\\n\\nhere()')\nhere()", [1, 2]),
        ("%%time\n\nhere()\nhere()", [3, 4]),
        ("\n%%time\nhere()", [3]),
        ("%%capture\n\nhere()\nhere()", [3, 4]),
        ("%%capture\n%%time\nx = 1\nhere()", [4]),
        ("here()\n%time \\\n 1 + 1\nhere()", [1, 4]),
        ("here()\nx = %time here()\nhere()", [1, 2, 3]),
        ("here()\n!true \\\n  x\nx = 1\n%time \\\n 1\nhere()", [1, 7]),
        ("%%timeit -n1 -r1\nhere()", [None]),
        ("import asyncio\nawait asyncio.sleep(0)\nhere()", [3]),
        ("x = 'a\x0cb'\nhere()", [None]),
    ],
)
def test_line(run, source, lines):
    assert run(source)[0] == lines


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\n\n1/0", 3),
        ("\n\nx = 1\n1/0", 4),
        ("def f():\n    return 1/0\nf()", 3),
        ("x = 1\nx = = 1", 2),
        ("\n\nx = 1\nx = = 1", 4),
        ("%%time\nx = 1\n\n1/0", 4),
        ("%%capture\n1/0", None),
        ("exec('1/0')", 1),
        ("import json\njson.loads('{')", 2),
    ],
)
def test_error_line(run, source, line):
    assert run(source)[1] == line


def test_a_magic_that_runs_the_body_in_its_own_way_has_no_line(run, shell):
    shell.register_magic_function(
        lambda line, cell: exec("\n\n" + cell, shell.user_ns), "cell", "other"
    )
    assert run("%%other\nhere()")[0] == [None]


def test_a_magic_that_runs_nothing_of_the_notebook_is_its_own_line(run, shell):
    shell.register_magic_function(lambda line, cell: shell.user_ns["here"](), "cell", "quiet")
    assert run("\n%%quiet\ntext")[0] == [2]


def test_code_that_is_not_of_this_cell_has_no_line(shell):
    code = CellCode("x = 1\ny = 2", shell.user_global_ns)
    assert line_of(code, sys._getframe()) is None
    assert line_of(CellCode("x = 1", globals()), sys._getframe()) is None


def test_one_piece_of_code_by_its_own_name(shell):
    code = CellCode("here()", shell.user_global_ns, filename="piece")
    lines: list[int | None] = []
    shell.user_ns["here"] = lambda: lines.append(line_of(code, sys._getframe()))
    import linecache

    linecache.cache["piece"] = (6, None, ["here()\n"], "piece")
    shell.user_ns["piece"] = compile("here()", "piece", "exec")
    shell.run_cell("here()\n\nexec(piece)")
    assert lines == [None, 1]
