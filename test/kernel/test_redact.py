"""Documents without source: what is left out of them, and what stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_torchprof.deliver.redact import REFUSAL, leave_source_out
from jupyterlab_torchprof.document import decode_session
from secrecy import lines_told, texts_of

FOLDER = Path(__file__).parents[1] / "unit" / "fixtures"
FIXTURES = FOLDER / "redact"


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FIXTURES / name).read_text("utf-8"))
    return document


def sources(document: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in document["cells"]]


def document(*cells: str, **texts: Any) -> dict[str, Any]:
    return {"cells": [{"source": source, "source_hash": "0"} for source in cells], **texts}


def test_is_what_the_front_end_makes() -> None:
    session = read("session.json")
    before = json.dumps(session)
    assert leave_source_out(session) == read("expected.json")
    assert json.dumps(session) == before, "the document itself was changed"


def test_nothing_changes_the_second_time() -> None:
    once = leave_source_out(read("session.json"))
    assert leave_source_out(once) == once


def test_the_result_is_a_session() -> None:
    session = decode_session(json.dumps(leave_source_out(read("session.json")))).session
    assert session.source_left_out
    assert [cell.source for cell in session.cells] == ["", ""]
    assert session.cells[0].transfers[0].source == "cpu"
    advice = session.cells[1].advice[0]
    assert (advice.fix, advice.refusal) == (None, REFUSAL)


def test_the_fixture_would_tell_if_nothing_were_left_out() -> None:
    session = read("session.json")
    assert {line for line, _ in lines_told(session["cells"][1]["advice"], sources(session))}
    assert not lines_told(leave_source_out(session), sources(session))


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.json")), ids=lambda path: path.name)
def test_no_line_of_other_sessions_is_told(path: Path) -> None:
    session = json.loads(path.read_text("utf-8"))
    if "cells" in session:
        assert not lines_told(leave_source_out(session), sources(session))


@pytest.mark.parametrize(
    "text",
    ["`outputs`", "`model.eval()`", '`batch["image"]`', "`torch.no_grad()`", "`x - 1`", "", "…"],
)
def test_names_and_what_no_cell_has_stay(text: str) -> None:
    cells = 'outputs = model.eval()(batch["image"])', "with torch.no_grad():\n    pass"
    assert leave_source_out(document(*cells, title=text))["title"] == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a = f(1) fails", "… fails"),
        ("a = f(1) and a = f(1)", "… and …"),
        ("`f( 1)` fails", "`…` fails"),
        ("`f('x')` fails", "`…` fails"),
        ("it ends with if a == none...", "it ends with …"),
        ("it ends with if a", "it ends with if a"),
        ("if a == none: pass, # `a` it is", "…, …"),
    ],
)
def test_quotes_are_left_out(text: str, left: str) -> None:
    cells = "a = f(1)", 'b = [f("x")]', "if a == none: pass\n# `a` it is"
    assert leave_source_out(document(*cells, title=text))["title"] == left


LINES = st.text(alphabet="ab =.(`)\t1", max_size=12)


@given(
    cells=st.lists(st.lists(LINES, max_size=4).map("\n".join), max_size=3),
    data=st.data(),
)
def test_no_line_is_told_however_it_is_quoted(cells: list[str], data: st.DataObject) -> None:
    quotes = [line for source in cells for line in source.splitlines()] or [""]
    text = "".join(data.draw(st.lists(st.sampled_from(quotes) | LINES, max_size=4)))
    redacted = leave_source_out(document(*cells, title=text, evidence=[text, {"more": text}]))
    assert not lines_told(redacted, cells)
    assert not any(cell["source"] for cell in redacted["cells"])


@given(st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_without_cells_nothing_else_changes(value: Any) -> None:
    redacted = leave_source_out({"value": value})
    assert len(list(texts_of(redacted["value"]))) == len(list(texts_of(value)))


def test_every_member_of_a_record_that_holds_code_is_known() -> None:
    """A new member called like code is to be looked at here."""
    from jupyterlab_torchprof.schema import combined_schema

    code = {
        (name, member)
        for name, definition in combined_schema()["$defs"].items()
        for member in definition.get("properties", {})
        if member in ("source", "new_text", "code", "line_text", "snippet")
    }
    assert {name for name, _ in code} == {
        "CellRecord",
        "CellStarted",
        "CellText",  # told by the front end, and in no record
        "FileText",
        "Move",
        "TextEdit",
        "Transfer",
    }
