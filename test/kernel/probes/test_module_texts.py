"""Which text of a file a piece of running code was compiled from, and how much of it is kept."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from jupyterlab_torchprof.probes.module_texts import MOST_CHARACTERS
from jupyterlab_torchprof.probes.places.modules import Modules

TEXT = '''"""A module."""
import math
from os import (
    path,
)
# torchprof: ignore[missing-eval]
SCALE = 2


def plain(x):
    return [x * SCALE for _ in range(3)]


@staticmethod
def decorated(
    x,
):
    def inner():
        return lambda: x
    return inner


class Outer(dict):
    """Holds."""

    class Inner(
        list,
    ):
        @property
        def value(self):
            return plain(self)

        def other(self):
            return 2


def train(x):
    loss = plain(x)
    loss.backward()


def main(x):
    train(x)


def apart(x):
    return x
'''


def codes_in(code: CodeType) -> dict[str, CodeType]:
    found: dict[str, CodeType] = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= {constant.co_name: constant, **codes_in(constant)}
    return found


def imported(path: Path, text: str) -> dict[str, CodeType]:
    """The code of a module of this text, by names."""
    path.write_text(text)
    return codes_in(compile(text, str(path), "exec", dont_inherit=True))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("plain", 10, 11), ("decorated", 14, 20), ("inner", 14, 20), ("<lambda>", 14, 20)]
    + [("value", 29, 31), ("other", 33, 34)]
    + ([("<listcomp>", 10, 11)] if sys.version_info < (3, 12) else []),
)
def test_code_stands_in_its_outermost_function(tmp_path, name, first, last):
    code = imported(tmp_path / "own.py", TEXT)[name]
    module = Modules().find(code.co_filename)
    assert module is not None
    function = module.function_of(code)
    assert function is not None
    assert (function.first, function.last) == (first, last)


def test_an_excerpt_is_python_with_the_lines_of_the_file(tmp_path):
    code = imported(tmp_path / "own.py", TEXT)["value"]
    module = Modules().find(code.co_filename)
    assert module is not None
    function = module.function_of(code)
    assert function is not None
    excerpt = module.excerpt([function])
    ast.parse(excerpt)
    before, lines = TEXT.split("\n"), excerpt.split("\n")
    kept = {number for number, line in enumerate(lines, 1) if line}
    assert kept == {2, 3, 4, 5, 6, 23, 26, 27, 28, 29, 30, 31}
    assert all(lines[number - 1] == before[number - 1] for number in kept)


def test_who_may_train_with_a_function(tmp_path):
    codes = imported(tmp_path / "own.py", TEXT)
    module = Modules().find(str(tmp_path / "own.py"))
    assert module is not None
    functions = {each.name: each for each in module.functions}
    names = [each.name for each in module.callers(functions["plain"])]
    assert sorted(names) == ["main", "train", "value"]
    assert module.callers(functions["apart"]) == []
    assert module.function_of(codes["plain"]) is functions["plain"]


@pytest.mark.parametrize(
    ("change", "is_known"),
    [
        (lambda text: text + "\n\nX = 1\n", True),
        (lambda text: text.replace("range(3)]", "range(3)]  # three"), True),
        (lambda text: "\n" + text, False),
        (lambda text: text.replace("x * SCALE", "x + SCALE"), False),
        (lambda text: text.replace("return [x", "return [\n        x"), False),
        (lambda text: text.replace("return 2", "return ("), False),
    ],
)
def test_only_the_text_that_ran_is_told(tmp_path, change, is_known):
    path = tmp_path / "own.py"
    code = imported(path, TEXT)["plain"]
    modules = Modules()
    before = modules.find(str(path))
    assert before is not None
    assert modules.find(str(path)) is before, "read once"
    path.write_text(change(TEXT))
    module = modules.find(str(path))
    assert (module is not None and module.function_of(code) is not None) == is_known


def test_what_is_too_long_is_not_kept(tmp_path):
    path = tmp_path / "own.py"
    long = "def long(x):\n" + "    x += 1\n" * 400 + "    return x\n"
    code = imported(path, long)["long"]
    module = Modules().find(str(path))
    assert module is not None
    assert module.function_of(code) is None
    path.write_text(f"TEXT = '{'x' * 200_000}'\n")
    assert Modules().find(str(path)) is None


@pytest.mark.parametrize("name", ["gone.py", "folder", "latin.py"])
def test_what_cannot_be_read_is_none(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.py").write_bytes(b"# \xe4\nx = 1\n")
    assert Modules().find(str(tmp_path / name)) is None


def test_a_run_keeps_so_much_at_most(shell, tmp_path, monkeypatch):
    """Each function is too long for two of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    padding = f"    # {'x' * (MOST_CHARACTERS // 300)}\n" * 200
    text = "".join(f"def f{i}(net, x):\n{padding}    return net(x)\n\n\n" for i in range(3))
    (tmp_path / "own_long_functions.py").write_text(text)
    record = _recorded(
        shell,
        "import torch, own_long_functions as own\n"
        "net, x = torch.nn.Linear(2, 2), torch.ones(1, 2)\n"
        "for f in (own.f0, own.f1, own.f2):\n    f(net, x)",
    )
    (file,) = record.files
    assert MOST_CHARACTERS / 3 < len(file.source) < MOST_CHARACTERS + 1000
    assert "def f0" in file.source
    assert "def f2" not in file.source
    told = {place.function for place in record.places if place.source_hash == file.source_hash}
    assert told == {"f0"}


def test_places_in_which_nothing_happened_keep_no_text(shell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own_sleep.py").write_text("import time\n\n\ndef wait():\n    time.sleep(0.3)\n")
    record = _recorded(shell, "import own_sleep\nown_sleep.wait()")
    assert any(place.function == "wait" for place in record.places)
    assert record.files == []


def _recorded(shell: Any, source: str) -> Any:
    from jupyterlab_torchprof.extension import load, unload

    profiler = load(shell)
    try:
        shell.run_cell(source).raise_error()
        assert profiler.health.entries() == []
        return profiler.history.last()
    finally:
        unload(shell)
