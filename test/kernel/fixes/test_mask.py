"""IPython's syntax is masked as IPython itself would transform it, in place."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager
from jupyterlab_torchprof.fixes.mask import mask


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("%time f()", "_________"),
        ("  !ls -l 'unclosed", "  ________________"),
        ("files = !ls", "files = ___"),
        ("t = %time f()", "t = _________"),
        ("obj?", "____"),
        ("obj.method??", "____________"),
        ("?obj", "____"),
        ("/f x", "____"),
        (",f a b", "______"),
        ("'a?'", "'a?'"),
        ("x = 5 % 3", "x = 5 % 3"),
        ("x = y != z", "x = y != z"),
        ("x == y  # files = !ls?", "x == y  # files = !ls?"),
        ("f(a=1,\n  %b)", "f(a=1,\n  %b)"),
        ("'''\n%time f()\n'''", "'''\n%time f()\n'''"),
        ("x = 'a' \\\n  '%'", "x = 'a' \\\n  '%'"),
        ("%time f(1, \\\n   2)", "____________\n#####"),
        ("!a\n!b", "__\n__"),
    ],
)
def test_lines(line, masked):
    assert mask(line).text == masked
    assert mask(line.replace("\n", "\r\n")).text == masked.replace("\n", "\r\n")


def test_cell_magics_become_comments():
    found = mask("\n%%capture out\n\n%%time\nx = 1\n%%time\n")
    assert found.text == "\n" + "#" * 13 + "\n\n######\nx = 1\n______\n"
    assert found.cell_magics == ["capture", "time"]
    assert found.foreign_magic is None


@pytest.mark.parametrize("source", ["%%bash\nls", "%%html\n<p>", "%%\nx", "%%writefile a.py\nx=1"])
def test_foreign_cells_are_told(source):
    assert mask(source).foreign_magic is not None


def test_a_comment_on_top_makes_the_magic_a_line():
    assert mask("# c\n%%time").cell_magics == []


def test_escapes_know_what_they_run():
    (escape,) = mask("if a:\n    %time out = f(\\\n x)").escapes
    assert (escape.name, escape.first_line, escape.last_line) == ("time", 2, 3)
    assert escape.body.startswith("out = f(")


PIECES = [
    "x = 1",
    "%time x = 2",
    "!ls 'a",
    "y = !echo ()",
    "z = %time 1",
    "x?",
    "?x",
    'if x:\n    !echo "\n    y = 3',
    "for a in b:\n    %time c = 1\n    d = '''\n%x\n!y\n'''",
    "f(\n 1,\n 5 %2)",
    "# %time !ls?",
    "s = 'it''s ?'  # ?",
    "",
    "x = y \\\n  % 3",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_agrees_with_ipython(pieces):
    source = "\n".join(pieces) + "\n"
    masked = mask(source).text
    transformed = TransformerManager().transform_cell(source)
    assert len(masked) == len(source)
    assert shape(masked) == shape(transformed)


def shape(source):
    """Kinds of statements, and the targets of assignments."""
    return [
        (type(node).__name__, [ast.dump(target) for target in getattr(node, "targets", ())])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt)
    ]
