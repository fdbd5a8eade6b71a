"""Which cells of two sessions belong together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hand_made import a_record
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_torchprof.comparison.changes import Change, compare
from jupyterlab_torchprof.comparison.pairing import pair_cells
from jupyterlab_torchprof.derive import latest_runs
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.record import CellRecord, Environment, Session

SHARED = Path(__file__).parents[2] / "unit" / "fixtures" / "compare"
"""The front end's comparison is tested against the same files."""


def record(run_id: str, cell_id: str | None, source: str) -> CellRecord:
    return a_record(
        run_id=run_id, cell_id=cell_id, execution_count=None, source=source, source_hash=source
    )


def session(*cells: tuple[str | None, str]) -> Session:
    return Session(
        schema_version="1.2",
        environment=Environment(extension="0", python="3", platform="x"),
        cells=[record(f"r{index}", *cell) for index, cell in enumerate(cells)],
    )


def told(before: Session, after: Session) -> list[tuple[str, str, str]]:
    return [
        (pair.before.run_id, pair.after.run_id, pair.by) for pair in pair_cells(before, after).pairs
    ]


def test_the_shared_fixture() -> None:
    sides = [decode_session((SHARED / name).read_bytes()).session for name in ("a.json", "b.json")]
    expected = json.loads((SHARED / "expected.json").read_text(encoding="utf-8"))
    comparison = compare(*sides)

    assert [
        {
            "before": cell.pair.before.run_id,
            "after": cell.pair.after.run_id,
            "by": cell.pair.by,
            "changes": [told_change(change) for change in (cell.time, *cell.memory)],
        }
        for cell in comparison.cells
    ] == expected["pairs"]
    assert [run.run_id for run in comparison.pairing.added] == expected["added"]
    assert [run.run_id for run in comparison.pairing.removed] == expected["removed"]
    assert [told_change(change) for change in comparison.totals] == expected["totals"]


def told_change(change: Change) -> dict[str, object]:
    return {
        "metric": change.metric,
        "device": change.device,
        "before": None if change.before is None else pytest.approx(change.before),
        "after": None if change.after is None else pytest.approx(change.after),
        "same": change.is_same,
        "bound": change.is_bound,
    }


def test_the_id_of_a_cell_goes_first() -> None:
    assert told(session(("a", "x"), ("b", "y")), session(("b", "x"), ("a", "y"))) == [
        ("r1", "r0", "cell_id"),
        ("r0", "r1", "cell_id"),
    ]


def test_then_its_source_in_order() -> None:
    assert told(session(("a", "x"), ("b", "x")), session(("c", "x"), ("d", "x"), ("e", "x"))) == [
        ("r0", "r0", "source"),
        ("r1", "r1", "source"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "paired"),
    [
        ([("a", "x")], [("b", "y")], True),
        ([("s", "s"), ("a", "x")], [("s", "s"), ("b", "y")], True),
        ([("a", "x"), ("s", "s")], [("b", "y"), ("s", "s")], True),
        ([("s", "s"), ("a", "x"), ("t", "t")], [("s", "s"), ("b", "y"), ("t", "t")], True),
        ([("s", "s"), ("a", "x"), ("t", "t")], [("s", "s"), ("t", "t"), ("b", "y")], False),
        ([("a", "x"), ("b", "y")], [("c", "z")], False),
        ([("a", "x")], [("b", "y"), ("c", "z")], False),
        ([("s", "s"), ("a", "x"), ("t", "t")], [("t", "t"), ("b", "y"), ("s", "s")], False),
        ([], [("b", "y")], False),
    ],
)
def test_then_a_place_that_only_it_can_have(before, after, paired) -> None:
    ways = {way for *_, way in told(session(*before), session(*after))}
    assert ("order" in ways) is paired


cells = st.lists(
    st.tuples(st.one_of(st.none(), st.sampled_from("abcdef")), st.sampled_from("uvwxyz")),
    max_size=12,
)


@given(cells, cells)
def test_each_cell_is_told_of_once(before, after) -> None:
    one, other = session(*before), session(*after)
    pairing = pair_cells(one, other)
    old = [pair.before for pair in pairing.pairs] + pairing.removed
    new = [pair.after for pair in pairing.pairs] + pairing.added
    assert sorted(run.run_id for run in old) == sorted(run.run_id for run in latest_runs(one))
    assert sorted(run.run_id for run in new) == sorted(run.run_id for run in latest_runs(other))


@given(cells)
def test_a_session_is_itself(some) -> None:
    one = session(*some)
    pairing = pair_cells(one, one)
    assert not pairing.added
    assert not pairing.removed
    assert all(pair.before.source == pair.after.source for pair in pairing.pairs)
