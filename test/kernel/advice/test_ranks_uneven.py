"""Advice on ranks that take different numbers of steps, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, forward, lines_of, loading, only, rank_of
from jupyterlab_torchprof.record import ErrorInfo, GradState, Waiting

RULE = "uneven-work"
LAUNCH = "mp.start_processes(train, nprocs=2)"
TRAIN = "def train(rank):\n    for x in loader:\n        model(x).backward()\n"
CLOSED = ErrorInfo(name="RuntimeError", message="[gloo/pair.cc:553] Connection closed by peer")
REDUCES = Waiting(name="gloo:all_reduce", group="0", number=22, since_s=4.0)
MEETS = Waiting(name="gloo:barrier", group="0", number=22, since_s=4.0)


def rank(build, number, backwards, exit="ok", model="DistributedDataParallel", **more):
    record = build.record(
        TRAIN,
        f"rank {number}",
        error=more.pop("error", None),
        grad=GradState(
            backwards=backwards,
            optimizer_steps=backwards,
            forwards=[forward(at(3), module=model)],
            last_backward_place=at(3),
        ),
        data_loading=[loading(role="training", batches=backwards, place=at(2))],
        places=lines_of(TRAIN),
    )
    return rank_of(build, number, exit=exit, record=record, **more)


def said(build, *ranks, status="error"):
    train = build.record(TRAIN, "train")
    launch = build.record(LAUNCH, "launch", status=status, ranks=list(ranks))
    return only(build, RULE, train, launch)


def test_one_that_ended_and_one_that_lost_it(build):
    longer = rank(build, 0, 17, "error", error=CLOSED)
    advice = said(build, longer, rank(build, 1, 16))
    assert advice.title == ("Rank 1 took fewer steps than rank 0, which waited for its gradients.")
    assert advice.evidence == [
        "Rank 0 was in backward 17; rank 1 had ended after 16 backwards.",
        "Rank 0 took 17 batches of its loader, rank 1 took 16.",
    ]
    assert (advice.code_cell_id, advice.lines) == ("train", [2])


def test_one_that_waited_until_it_was_stopped(build):
    longer = rank(build, 0, 17, "killed", waiting=REDUCES)
    assert said(build, longer, rank(build, 1, 16), status="interrupted") is not None


def test_one_that_waits_in_another_collective(build):
    longer = rank(build, 0, 17, "killed", waiting=REDUCES)
    shorter = rank(build, 1, 16, "killed", waiting=MEETS)
    for run in (longer, shorter):  # of those that were killed forwards are not known
        run.record.grad.forwards, run.record.grad.optimizer_steps = [], 16
    advice = said(build, longer, shorter, status="interrupted")
    assert "rank 1 was in another collective after 16 backwards" in advice.evidence[0]


@pytest.mark.parametrize("backwards", [17, 18])
def test_one_that_took_as_many_steps_is_not_meant(build, backwards):
    longer = rank(build, 0, 17, "error", error=CLOSED)
    assert said(build, longer, rank(build, 1, backwards)) is None


def test_an_error_of_the_programs_own_is_no_wait(build):
    for error in (
        ErrorInfo(name="ValueError", message="no more"),
        ErrorInfo(name="RuntimeError", message="the timeout of gloo", raised=True),
    ):
        failed = rank(build, 0, 17, "error", error=error)
        assert said(build, failed, rank(build, 1, 16)) is None


def test_where_no_rank_has_ended_another_one_has_failed(build):
    longer = rank(build, 0, 17, "error", error=CLOSED)
    assert said(build, longer, rank(build, 1, 16, "killed")) is None


def test_where_all_are_in_the_same_collective_nobody_has_left(build):
    ranks = [rank(build, at, 17 - at, "killed", waiting=REDUCES) for at in range(2)]
    assert said(build, *ranks, status="interrupted") is None


def test_ranks_that_call_no_wrapper_wait_for_nobodys_gradients(build):
    longer = rank(build, 0, 17, "error", model="Net", error=CLOSED)
    assert said(build, longer, rank(build, 1, 16, model="Net")) is None


def test_a_run_that_ended_well_is_left_alone(build):
    assert said(build, rank(build, 0, 17), rank(build, 1, 16), status="ok") is None
