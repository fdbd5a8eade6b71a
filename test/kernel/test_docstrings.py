"""The examples in docstrings give what they say."""

from __future__ import annotations

import builtins
import doctest
import importlib
from pathlib import Path

import jupyterlab_torchprof
import pytest

PACKAGE = Path(jupyterlab_torchprof.__file__).parent
WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples(name, monkeypatch):
    monkeypatch.setattr(builtins, "_", None, raising=False)  # doctest leaves the last value there
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0
