"""Advice on batch norms of ranks, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, forward, lines_of, only, rank_of, replica
from jupyterlab_torchprof.record import GradState, Layers

RULE = "syncbatchnorm"
TRAIN = "def train(rank):\n    model(x).sum().backward()\n"
LAUNCH = "mp.start_processes(train, nprocs=2)"
IMAGES = [[8, 3, 32, 32]]


def rank(build, number, *, norms=2, alone=None, iterations=20, forwards=None, **more):
    layers = Layers(
        batchnorms=2, batchnorms_training=norms, batchnorms_alone=norms if alone is None else alone
    )
    values = {
        "module": "DistributedDataParallel",
        "layers": layers,
        "shapes": IMAGES,
        "looked_at": 20,
        **more,
    }
    found = [forward(at(2), **values)] if forwards is None else forwards
    grad = GradState(backwards=20, optimizer_steps=20, forwards=found)
    record = build.record(TRAIN, f"rank {number}", grad=grad, places=lines_of(TRAIN))
    own = [replica(iterations=iterations)]
    return rank_of(build, number, exit="ok", record=record, replicas=own)


def said(build, *ranks, launch=LAUNCH):
    return only(
        build, RULE, build.record(TRAIN, "train"), build.record(launch, "launch", ranks=list(ranks))
    )


def both(build, **more):
    return said(build, rank(build, 0, **more), rank(build, 1, **more))


def test_few_samples_are_said(build):
    advice = both(build)
    assert (advice.severity, advice.fix) == ("info", None)
    assert advice.title == "Each of 2 ranks normalizes by 8 samples of its own."
    assert "`net = torch.nn.SyncBatchNorm.convert_sync_batchnorm(net)`" in advice.explanation
    assert advice.evidence == [
        "2 batch norms in training mode under `DistributedDataParallel`, on cuda:0 in rank 0.",
        "8 samples in each of 20 forwards that were looked at.",
    ]
    assert (advice.code_cell_id, advice.lines) == ("train", [2])


def test_the_last_batch_may_be_smaller(build):
    assert "by 4 and 8 samples" in both(build, shapes=[*IMAGES, [4, 3, 32, 32]]).title


@pytest.mark.parametrize(
    "silent",
    [
        {"shapes": [[16, 3, 32, 32]]},
        {"shapes": [[16, 3, 32, 32], [4, 3, 32, 32]]},
        {"shapes": []},
        {"shapes": [[2, 8, 3, 32, 32]]},
        {"shapes": [[8]]},
        {"shapes": [[8, 3, 32, 32 + size] for size in range(16)]},
        {"looked_at": 5},
        {"device": "cpu"},
        {"device": "mps:0"},
        {"device": None},
        {"norms": 0},
        {"alone": 0},
        {"module": "Net"},
        {"training": False},
        {"grad": False},
        {"iterations": 0},
        {"layers": None},
    ],
    ids=str,
)
def test_what_proves_nothing_is_left_alone(build, silent):
    assert both(build, **silent) is None


def test_all_ranks_must_do_so(build):
    assert said(build, rank(build, 0), rank(build, 1, shapes=[[32, 3, 32, 32]])) is None
    assert said(build, rank(build, 0)) is None


def test_two_wrappers_are_two_models(build):
    two = [
        forward(
            at(line),
            module="DistributedDataParallel",
            layers=Layers(batchnorms=1, batchnorms_training=1, batchnorms_alone=1),
            shapes=IMAGES,
            looked_at=20,
        )
        for line in (1, 2)
    ]
    assert both(build, forwards=two) is None


def test_who_speaks_of_it_knows_it(build):
    ranks = [rank(build, number) for number in range(2)]
    assert said(build, *ranks, launch=f"# SyncBatchNorm was slower\n{LAUNCH}") is None
