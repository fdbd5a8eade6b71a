"""Where a run's time went, in words, and places of documents that had none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hand_made import a_record
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_torchprof.deliver.error_place import error_text
from jupyterlab_torchprof.deliver.html import render_html
from jupyterlab_torchprof.deliver.places import grown_text, hottest_text
from jupyterlab_torchprof.deliver.text import render_text
from jupyterlab_torchprof.document import decode_session, encode_session
from jupyterlab_torchprof.record import CellRecord, LineCost, Place
from jupyterlab_torchprof.units import format_percent

FIXTURES = Path(__file__).parents[1] / "unit" / "fixtures" / "places"
"""Of both sides: the front end is held to the same."""
SESSION = decode_session((FIXTURES / "session.json").read_bytes())
WORDS: dict[str, str] = json.loads((FIXTURES / "words.json").read_text("utf-8"))
GROWTH: dict[str, Any] = json.loads((FIXTURES / "growth.json").read_text("utf-8"))
GROWN = decode_session(json.dumps(GROWTH["session"]).encode())
ERRORS: dict[str, Any] = json.loads((FIXTURES / "errors.json").read_text("utf-8"))
FAILED = decode_session(json.dumps(ERRORS["session"]).encode()).session
TOLD: dict[str, dict[str, Any]] = json.loads((FIXTURES / "told.json").read_text("utf-8"))


def record(**parts: Any) -> CellRecord:
    return a_record(
        cell_id=None,
        execution_count=None,
        **parts,
    )


@pytest.mark.parametrize("run", SESSION.session.cells, ids=lambda run: run.run_id)
def test_the_sentence_is_that_of_the_front_end(run: CellRecord) -> None:
    assert hottest_text(SESSION.session.cells, run) == WORDS[run.run_id]


@pytest.mark.parametrize("run", GROWN.session.cells, ids=lambda run: run.run_id)
def test_the_sentence_of_memory_is_that_of_the_front_end(run: CellRecord) -> None:
    assert grown_text(GROWN.session.cells, run) == GROWTH["words"][run.run_id]


def test_the_terminal_says_where_memory_grew() -> None:
    text = render_text(GROWN.session)
    assert "growth     +500 MiB in `gather`, cell [1] line 2" in text
    assert text.count("  growth ") == sum(bool(words) for words in GROWTH["words"].values())


@pytest.mark.parametrize("run_id", ERRORS["words"])
def test_the_place_of_an_error_is_that_of_the_front_end(run_id: str) -> None:
    (run,) = (run for run in FAILED.cells if run.run_id == run_id)
    assert error_text(FAILED.cells, run) == ERRORS["words"][run_id]


def test_surfaces_without_buttons_say_where_an_error_came_about() -> None:
    words = "in `evaluate`, cell [14] line 18, called by [15] line 4"
    assert f"error      RuntimeError {words}: `no`" in render_text(FAILED)
    html = render_html(msgspec.structs.replace(FAILED, cells=FAILED.cells[-2:]))
    assert "evaluate</code>, cell [14] line 18, called by [15] line 4</bdi>: " in html


@pytest.mark.parametrize("run_id", TOLD)
def test_lines_of_an_older_document_become_places(run_id: str) -> None:
    (run,) = (run for run in SESSION.session.cells if run.run_id == run_id)
    places = msgspec.to_builtins(run.places)
    assert {"places": places, "stack_samples": run.stack_samples} == TOLD[run_id]


def test_a_document_is_written_with_the_places_that_it_was_given() -> None:
    again = decode_session(encode_session(SESSION)).session
    assert again.cells == SESSION.session.cells


def test_the_sentence_is_said_where_there_are_no_views() -> None:
    text = render_text(SESSION.session)
    assert "  time       83% in `prepare`, cell [2] line 2\n" in text
    html = render_html(SESSION.session)
    assert ">prepare</code>, cell [2] line 2" in html


@given(
    st.lists(
        st.builds(
            Place,
            parent=st.none() | st.integers(-3, 30),
            kind=st.sampled_from(["cell", "file", "library", "thread"]),
            function=st.none() | st.text(max_size=5),
            line=st.none() | st.integers(-2, 5),
            source_hash=st.sampled_from([None, "h", "other"]),
            path=st.none() | st.text(max_size=5),
            samples=st.integers(-5, 50),
        ),
        max_size=30,
    ),
    st.integers(-5, 50),
)
def test_no_tree_is_too_broken(places: list[Place], looks: int) -> None:
    run = record(places=places, stack_samples=looks)
    text = hottest_text([run], run)
    assert "\n" not in text
    if text:
        percent = text.removeprefix("Spread out: no line had more than ").split("%")[0]
        assert percent == "<1" or 0 <= int(percent) <= 100


def test_a_tree_of_any_size_is_looked_through_quickly() -> None:
    deep = [Place(parent=None, kind="cell", line=1, samples=1)]
    deep += [Place(parent=index, kind="cell", line=1, samples=1) for index in range(200_000)]
    run = record(places=deep)
    assert hottest_text([run] * 1000, run) == "100% on line 1 of a cell"


def test_what_was_told_of_lines_is_bounded() -> None:
    cost = {"time_share": 9.0, "host_growth_bytes": 0, "device_growth_bytes": 0}
    run = record(lines=[LineCost(line=line, **cost) for line in range(1, 5000)])
    document = {
        "schema_version": "1.3",
        "environment": {"extension": "1", "python": "3", "platform": "x"},
        "cells": [msgspec.to_builtins(run)],
    }
    (read,) = decode_session(json.dumps(document)).session.cells
    assert len(read.places) == 1000
    assert {place.samples for place in read.places} == {10}
    samples = [{"t_s": float(line), "host_bytes": 0, "line": line} for line in range(1, 3001)]
    document["cells"] = [{**msgspec.to_builtins(record()), "samples": samples}]
    (read,) = decode_session(json.dumps(document)).session.cells
    assert (len(read.places), read.stack_samples) == (1000, 3000)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.004, "<1%"), (0.005, "<1%"), (0.125, "13%"), (0.996, "99%"), (1.0, "100%")],
)
def test_percent(share: float, text: str) -> None:
    assert format_percent(share) == text
