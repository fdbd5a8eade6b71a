"""Notebooks and sessions in which anything stands anywhere: a sentence at worst, no traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jupyterlab_torchprof.cli.output import notebook_bytes
from jupyterlab_torchprof.comparison.changes import compare
from jupyterlab_torchprof.comparison.text import render_comparison
from jupyterlab_torchprof.deliver.html import render_html
from jupyterlab_torchprof.deliver.redact import leave_source_out
from jupyterlab_torchprof.deliver.summary import static_summary
from jupyterlab_torchprof.deliver.text import render_text
from jupyterlab_torchprof.document import DocumentError, decode_session
from jupyterlab_torchprof.headless.console import summary
from jupyterlab_torchprof.headless.errors import HeadlessError
from jupyterlab_torchprof.headless.fixing import fix_notebook
from jupyterlab_torchprof.headless.notebook import code_cells, find_kernel, read_notebook
from jupyterlab_torchprof.quote import short

FIXTURES = Path(__file__).parents[2] / "unit" / "fixtures"
DIGITS = "9" * 5000
ODD: list[Any] = [
    None, True, -1, 5, 10**30, 1e308, float("inf"), float("nan"), "", "text", "\ud800", "\0\u202e",
    "x" * 5000, DIGITS, f"1.{DIGITS}", f"{DIGITS}.1", "../../x", [], [1], ["text"], [[]], [{}], {},
    {"a": 1}, {"\ud800": None}, {"name": 5},
]  # fmt: skip
SENTENCE = 600
"""Characters that a sentence for the terminal may have."""

NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "kernelspec": {"name": "python3", "display_name": "Python", "language": "python"},
        "language_info": {"name": "python"},
        "jupyterlab-torchprof": {"dismissed": [{"rule": "no-grad-inference", "cell_id": "a"}]},
    },
    "cells": [
        {
            "id": identity,
            "cell_type": "code",
            "source": ["x = 1\n", "y = 2"],
            "metadata": {"tags": ["raises-exception"]},
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}],
        }
        for identity in ("a", "b")
    ],
}
SESSION = json.loads((FIXTURES / "summary" / "session.json").read_text("utf-8"))


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a document, the document itself first."""
    yield path
    if isinstance(document, dict | list):
        for key in document if isinstance(document, dict) else range(len(document)):
            yield from places(document[key], (*path, key))


def broken(document: Any, changes: list[tuple[tuple[Any, ...], Any]]) -> str:
    """The document as JSON, with other values in some places."""
    root = [copy.deepcopy(document)]
    for path, value in changes:
        inner: Any = root
        keys = (0, *path)
        try:
            for key in keys[:-1]:
                inner = inner[key]
            inner[keys[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change has taken the place away
    return json.dumps(root[0])


def changes(document: Any) -> st.SearchStrategy[list[tuple[tuple[Any, ...], Any]]]:
    change = st.tuples(st.sampled_from(list(places(document))), st.sampled_from(ODD))
    return st.lists(change, min_size=1, max_size=3)


def sought(examples: int) -> settings:
    """The same examples in each run."""
    return settings(
        derandomize=True,
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@sought(100)
@example(changes=[(("metadata", "kernelspec"), None)])
@example(changes=[(("metadata", "kernelspec"), "text")])
@example(changes=[(("metadata", "kernelspec"), [1])])
@example(changes=[(("metadata", "kernelspec", "name"), 5)])
@example(changes=[(("metadata", "kernelspec", "name"), ["text"])])
@example(changes=[(("metadata", "kernelspec", "name"), "\ud800")])
@example(changes=[(("metadata", "kernelspec", "name"), "x" * 5000)])
@example(changes=[(("cells", 0, "id"), "\ud800")])
@example(changes=[(("cells", 0, "id"), 5)])
@example(changes=[(("cells", 0, "outputs"), [{}])])
@example(changes=[(("metadata", "jupyterlab-torchprof", "dismissed", 0, "rule"), [])])
@given(changes=changes(NOTEBOOK))
def test_a_notebook(tmp_path_factory: pytest.TempPathFactory, changes: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "broken.ipynb"
    path.write_text(broken(NOTEBOOK, changes), encoding="utf-8")
    try:
        notebook = read_notebook(path)
        find_kernel(notebook, None)
    except HeadlessError as error:
        assert len(str(error)) < SENTENCE + len(str(path))
        str(error).encode("utf-8")
        return
    for _, cell in code_cells(notebook):
        cell.id.encode("utf-8")
    assert isinstance(fix_notebook(notebook, [], None).text(), str)
    assert notebook_bytes(notebook)


@sought(100)
@example(changes=[(("schema_version",), DIGITS)])
@example(changes=[(("schema_version",), f"{DIGITS}.1")])
@example(changes=[(("schema_version",), f"1.{DIGITS}")])
@example(changes=[(("cells", 1, "advice", 0, "severity"), "x" * 5000)])
@given(changes=changes(SESSION))
def test_a_session(changes: Any) -> None:
    text = broken(SESSION, changes)
    try:
        document = decode_session(text)
    except DocumentError as error:
        assert len(str(error)) < SENTENCE
        str(error).encode("utf-8")
        return
    session, base = document.session, decode_session(json.dumps(SESSION)).session
    for one, other in ((session, base), (base, session)):
        render_comparison(compare(one, other), ("a", "b"), short)
    static_summary(session, "title").encode("utf-8")
    render_html(session).encode("utf-8")
    render_text(session).encode("utf-8")
    summary(session.cells).encode("utf-8")
    decode_session(json.dumps(leave_source_out(document.raw)))
