"""Documents of format 1.x, in which events had lines: what they are when they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hand_made import a_record
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.document import decode_session, encode_session
from jupyterlab_torchprof.record import SCHEMA_VERSION, CellRecord, Place
from jupyterlab_torchprof.upgrading import upgrade

FOLDER = Path(__file__).parents[1] / "unit" / "fixtures" / "upgrade"
"""Of both sides: the front end is held to the same."""
EXPECTED: dict[str, list[Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
"""By file, for each run: how many places it has then, and the places of its events."""
LISTS = (
    *("warnings", "samples", "moves", "loads", "transfers"),
    *("checkpoints", "optimizers", "data_loading"),
)
NAMES = ("last_backward", "last_step", "retaining", "double_softmax", "clip")


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return document


def places_of(run: dict[str, Any]) -> dict[str, Any]:
    """Where the events of a run happened."""
    grad = run["grad"]
    events = {name: run.get(name, []) for name in LISTS}
    events |= {name: grad[name] for name in ("forwards", "forward_graphs")}
    events["scaler"] = [grad["scaler"]] if grad["scaler"] else []
    found = {name: [each.get("place") for each in each_of] for name, each_of in events.items()}
    found["loaded"] = [each.get("loaded_place") for each in events["checkpoints"]]
    found["grad"] = [grad.get(f"{name}_place") for name in NAMES]
    found["cleared"] = (grad["cache_clears"] or {}).get("places", [])
    return {"places": len(run["places"]), **found}


def lines_of(run: dict[str, Any]) -> dict[str, Any]:
    """The lines of the same events, as the document had them."""
    grad = run["grad"]
    events = {name: run.get(name, []) for name in LISTS}
    events |= {name: grad[name] for name in ("forwards", "forward_graphs")}
    events["scaler"] = [grad["scaler"]] if grad["scaler"] else []
    found = {name: [each.get("line") for each in each_of] for name, each_of in events.items()}
    found["loaded"] = [each.get("loaded_line") for each in events["checkpoints"]]
    found["grad"] = [grad.get(f"{name}_line") for name in NAMES]
    found["cleared"] = (grad["cache_clears"] or {}).get("lines", [])
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_is_what_the_front_end_makes(name: str) -> None:
    document = read(name)
    upgrade(document)
    assert [places_of(run) for run in document["cells"]] == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_each_place_is_on_the_line_that_was_told(name: str) -> None:
    session = decode_session(json.dumps(read(name))).session
    for before, record in zip(read(name)["cells"], session.cells, strict=True):
        after = places_of(msgspec.to_builtins(record))
        del after["places"]
        told = {
            name: [line_of(record, place) for place in places] for name, places in after.items()
        }
        assert told == lines_of(before)


def test_written_again_it_is_of_todays_format() -> None:
    written = json.loads(encode_session(decode_session(json.dumps(read("1.3.json")))))
    assert (written["schema_version"], written["carbon_g"]) == (SCHEMA_VERSION, 3)
    (run,) = written["cells"]
    assert "line" not in run["moves"][0]
    assert "lines" not in run["grad"]["cache_clears"]
    assert "loaded_line" not in run["checkpoints"][0]
    assert not any(name.endswith("_line") for name in run["grad"])
    assert decode_session(json.dumps(written)).session.cells[0].moves[0].place is not None


def test_a_document_of_today_stays_as_it_is() -> None:
    document = {**read("1.5.json"), "schema_version": SCHEMA_VERSION}
    session = decode_session(json.dumps(document)).session
    assert session.cells[0].checkpoints[0].place is None


@given(st.none() | st.booleans() | st.integers(-2, 2) | st.floats() | st.text() | st.just([1]))
def test_what_is_no_line_is_left_out(line: object) -> None:
    run = {"source_hash": "h", "duration_s": 1.0, "moves": [{"line": line}]}
    upgrade({"cells": [run]})
    is_line = type(line) is int and line > 0
    assert run["moves"] == [{"place": 0} if is_line else {}]


def record(places: list[Place]) -> CellRecord:
    return a_record(cell_id=None, execution_count=None, places=places)


def test_the_line_of_a_place_is_that_of_the_outermost_node() -> None:
    run = record(
        [
            Place(parent=None, kind="cell", line=3, source_hash="h"),
            Place(parent=0, kind="cell", line=7, function="f", source_hash="other"),
            Place(parent=1, kind="library", package="torch"),
            Place(parent=None, kind="thread"),
            Place(parent=3, kind="file", line=9, path="a.py"),
        ]
    )
    assert [line_of(run, place) for place in range(5)] == [3, 3, 3, None, None]
    assert [line_of(run, place) for place in (None, -1, 5)] == [None] * 3


@given(st.lists(st.none() | st.integers(-3, 12), max_size=10), st.integers(-3, 12))
def test_no_tree_is_walked_for_ever(parents: list[int | None], place: int) -> None:
    nodes = [Place(parent=parent, kind="cell", line=1, source_hash="h") for parent in parents]
    assert line_of(record(nodes), place) in (1, None)
