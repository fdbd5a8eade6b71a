"""Advice on ranks that hang for want of threads, from records built by hand."""

from __future__ import annotations

import pytest
from builders import advised, fixed, only, placed, rank_of
from jupyterlab_torchprof.record import Place, Waiting
from jupyterlab_torchprof.source import source_hash

RULE = "fork-after-threads"
WORK = "def work(rank):\n    step(torch.randn(8))\n\ndef step(x):\n    return x @ x\n"
LAUNCH = "mp.start_processes(work, nprocs=2, start_method='fork')"
FUNCTION = Place(
    parent=1, kind="cell", function="work", line=2, source_hash=source_hash(WORK)
)  # which calls step


def way(function: Place = FUNCTION, launched: str = LAUNCH) -> list[Place]:
    """To where it hung: through PyTorch, which calls the user's function."""
    own = source_hash(WORK)
    return [
        Place(parent=None, kind="cell", line=1, source_hash=source_hash(launched)),
        Place(parent=0, kind="library", package="torch", function="start_processes"),
        function,
        Place(parent=2, kind="cell", function="step", line=5, source_hash=own),
    ]


def hung(build, number=0, places=None, **more):
    record = build.record(LAUNCH, f"rank {number}", places=way() if places is None else places)
    record.source = ""  # as ranks write theirs
    return rank_of(build, number, record=record, openmp_wait_s=6.1, last_place=3, **more)


def said(build, *ranks, work=WORK, rule=RULE):
    launch = build.record(LAUNCH, "launch", status="interrupted", placement=placed(), ranks=ranks)
    return only(build, rule, build.record(work, "work"), launch)


def test_the_function_that_was_started_gets_one_thread(build):
    advice = said(build, hung(build), hung(build, 1))
    assert advice.title == (
        "Rank 0 and rank 1 hung: a forked process has none of the notebook's threads."
    )
    assert "Rank 0 was at `step`, line 5." in advice.explanation
    assert advice.evidence == [
        f"Rank {number} had waited within OpenMP for 6.1 s, and nothing of its process was at work."
        for number in range(2)
    ]
    assert (advice.code_cell_id, advice.lines) == ("work", [2])
    assert fixed(advice, WORK).splitlines()[:2] == [
        "def work(rank):",
        "    torch.set_num_threads(1)",
    ]
    assert not advice.fix.safe


def test_of_many_the_first_are_named(build):
    advice = said(build, *(hung(build, number, backend=None) for number in range(6)))
    assert advice.title.startswith("Process 0, process 1, process 2 and 3 more hung:")
    assert advice.evidence[-1] == "6 processes hung so."


def test_who_waits_for_one_that_hangs_is_not_told_besides(build):
    waits = rank_of(
        build, 0, waiting=Waiting(name="gloo:all_reduce", group="0", number=2, since_s=4.0)
    )
    assert said(build, waits, rank_of(build, 1), rule="rank-stalled") is not None
    assert said(build, waits, hung(build, 1), rule="rank-stalled") is None
    assert said(build, waits, hung(build, 1)).title.startswith("Rank 1 hung:")


def test_an_earlier_launch_is_over(build):
    ranks = [hung(build), rank_of(build, 0, launch=1, exit="ok")]
    launch = build.record(LAUNCH, "launch", ranks=ranks)
    assert advised(build, RULE, launch) == []


def test_processes_that_wait_for_other_things_are_no_matter(build):
    assert said(build, rank_of(build, 0), rank_of(build, 1)) is None


@pytest.mark.parametrize(
    "places",
    [
        way(Place(parent=1, kind="file", path="train.py", function="work", line=2)),
        way(Place(parent=1, kind="cell", function="work", line=2, source_hash="edited since")),
        way()[:1],
        [],
    ],
    ids=["a module", "another text", "nothing started", "nowhere"],
)
def test_what_stands_elsewhere_is_changed_by_hand(build, places):
    advice = said(build, hung(build, places=places))
    assert advice.fix is None
    assert "`torch.set_num_threads(1)`" in advice.explanation
    if any(place.kind == "file" for place in places):
        assert "It stands in `work`, `train.py` line 2." in advice.refusal
