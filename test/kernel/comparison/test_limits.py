"""Limits of ``--fail-on``."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hand_made import a_record
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_torchprof.comparison.changes import Change, compare
from jupyterlab_torchprof.comparison.limits import Limit, LimitError, check, left_out, parse_limits
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.record import Environment, ErrorInfo, MemoryEntry, Session

SHARED = Path(__file__).parents[2] / "unit" / "fixtures" / "compare"
MIB = 1 << 20


@pytest.fixture(scope="module")
def sessions():
    return [decode_session((SHARED / name).read_bytes()).session for name in ("a.json", "b.json")]


def told(sessions, text):
    return [
        (breach.limit.text, breach.pair and breach.pair.after.run_id, breach.reason)
        for breach in check(compare(*sessions), parse_limits(text))
    ]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("peak>+10%", Limit("peak>+10%", False, "peak", None, 0.1, True)),
        ("time > 2.5 s", Limit("time > 2.5 s", False, "time", None, 2.5, False)),
        ("cell.time>+300ms", Limit("cell.time>+300ms", True, "time", None, 0.3, False)),
        (
            "peak[cuda:0]>+200MiB",
            Limit("peak[cuda:0]>+200MiB", False, "peak", "cuda:0", 200 * MIB, False),
        ),
        ("cell.kept>+1GB", Limit("cell.kept>+1GB", True, "kept", None, 1e9, False)),
        ("advice>+0", Limit("advice>+0", False, "advice", None, 0, False)),
    ],
)
def test_what_can_be_written(text, limit) -> None:
    [parsed] = parse_limits(f" {text} ,")
    assert parsed.amount == pytest.approx(limit.amount)
    assert parsed == Limit(
        limit.text, limit.of_cell, limit.metric, limit.device, parsed.amount, limit.is_share
    )


@pytest.mark.parametrize(
    "text",
    ["", ",", "peak", "peak>10", "peak<10%", "peek>10%", "kept>10%", "cell.end>1MiB", "time>3MiB",
     "peak>3s", "time[cuda:0]>10%", "peak>+tenMiB", "peak>-10%", "advice>1s", "peak>1parsec"],
)  # fmt: skip
def test_what_cannot_is_refused_with_a_sentence(text) -> None:
    with pytest.raises(LimitError, match=r"\.$"):
        parse_limits(text)


@given(st.text(max_size=30))
def test_nothing_else_is_raised(text) -> None:
    try:
        assert parse_limits(text)
    except LimitError as error:
        assert str(error)


def test_the_session(sessions) -> None:
    back = sessions[::-1]
    complete = [
        msgspec.structs.replace(side, cells=[run for run in side.cells if run.status == "ok"])
        for side in back
    ]
    assert told(complete, "peak[cuda:0]>+50%") == [("peak[cuda:0]>+50%", None, "")]
    assert told(complete, "peak[cuda:0]>+61%") == []
    assert told(complete, "peak[host]>+0%") == []
    assert told(complete, "advice>+0") == [("advice>+0", None, "")]
    assert told(complete, "time>+10%,time>+100%") == [("time>+10%", None, "")]
    assert told(back, "time>+100%") == [("time>+100%", None, "a cell did not run to its end")]


def test_each_cell(sessions) -> None:
    back = sessions[::-1]
    assert told(back, "cell.time>+60%") == [
        ("cell.time>+60%", "a-5", ""),
        ("cell.time>+60%", "a-6", ""),
        ("cell.time>+60%", "a-8", "a cell did not run to its end"),
    ]
    assert told(back, "cell.kept[cuda:0]>+1GiB")[0][1:] == ("a-6", "")


def run(duration, status="ok", line=1, **more):
    return a_record(
        source_hash="0",
        duration_s=duration,
        status=status,
        error=None if status == "ok" else ErrorInfo(name="ValueError", message="", line=line),
        **more,
    )


def session(*cells):
    environment = Environment(extension="", python="", platform="")
    return Session(schema_version="1.0", environment=environment, cells=list(cells))


@pytest.mark.parametrize("text", ["time>+10%", "cell.time>+10%"])
@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        (run(1), run(2), [""]),
        (run(1), run(1), []),
        # A cell that failed took at least so much.
        (run(1), run(2, "error"), [""]),
        (run(1), run(1, "error"), ["a cell did not run to its end"]),
        (run(1, "error"), run(2), ["a cell did not run to its end"]),
        (run(1, "error"), run(1, "error"), []),
        (run(1, "error"), run(2, "error"), [""]),
        (run(1, "error"), run(1, "error", line=2), ["a cell did not run to its end"]),
        (run(1, "interrupted"), run(1, "interrupted"), ["a cell did not run to its end"]),
    ],
)
def test_cells_that_failed(text, before, after, reasons) -> None:
    assert [reason for *_, reason in told([session(before), session(after)], text)] == reasons


def test_a_cell_that_failed_and_is_new() -> None:
    failed = msgspec.structs.replace(run(1, "error"), cell_id="d", source_hash="1")
    sessions = [session(run(1)), session(run(1), failed)]
    assert told(sessions, "time>+10%") == [("time>+10%", None, "a cell did not run to its end")]
    assert told(sessions, "cell.time>+10%") == []


def test_sessions_that_share_no_cell() -> None:
    assert told([session(run(1)), session()], "time>+10%,cell.peak>+10%") == [
        ("time>+10%", None, "no cell is in both sessions"),
        ("cell.peak>+10%", None, "no cell is in both sessions"),
    ]


def test_devices_of_one_session_are_told() -> None:
    memory = {"allocated_before_bytes": 0, "allocated_after_bytes": 9, "peak_bytes": 9}
    entry = MemoryEntry(device="cuda:0", peak_is="exact", **memory)
    comparison = compare(session(run(1)), session(run(1, memory=[entry])))
    assert left_out(comparison, parse_limits("peak>+10%")) == ["cuda:0"]
    assert left_out(comparison, parse_limits("cell.kept>+10%")) == ["cuda:0"]
    assert left_out(comparison, parse_limits("time>+10%,peak[host]>+10%")) == []


def test_what_is_nowhere_fails(sessions) -> None:
    assert told(sessions, "peak[cuda:7]>+10%") == [
        ("peak[cuda:7]>+10%", None, "neither session has it")
    ]


def change(before, after, noise=0.0) -> Change:
    return Change("peak", "host", "bytes", before, after, noise)


def test_noise_exceeds_nothing() -> None:
    [limit] = parse_limits("peak>+0%")
    assert limit.allows(change(100, 104, noise=5))
    assert not limit.allows(change(100, 106, noise=5))
    assert limit.allows(change(100, 50))


def test_nothing_has_no_share() -> None:
    [limit] = parse_limits("peak>+1000%")
    assert not limit.allows(change(0, 1))
    assert not limit.allows(change(-100, -50))
