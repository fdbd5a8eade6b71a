"""Advice on gradients that gloo reduces, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, collective, forward, lines_of, machine, only, rank_of, replica
from jupyterlab_torchprof.record import Collectives, GradState

RULE = "backend"
TRAIN = 'def train(rank):\n    torch.distributed.init_process_group("gloo")\n'
LAUNCH = "mp.start_processes(train, nprocs=2)"
SIZE = 4 << 20


def rank(build, number, *collectives, device=None, nccl=True, host="here", **more):
    values = {"module": "DistributedDataParallel", "device": device or f"cuda:{number}"}
    record = build.record(
        TRAIN,
        f"rank {number}",
        grad=GradState(backwards=20, forwards=[forward(at(2), **values)]),
        torch=machine(accelerator="cuda", nccl=nccl),
        places=lines_of(TRAIN),
    )
    made = [collective("broadcast", SIZE), collective("all_reduce", 20 * SIZE, 40)]
    wrapper = replica(**{"parameter_bytes": SIZE, **more})
    return rank_of(
        build,
        number,
        exit="ok",
        host=host,
        record=record,
        collectives=list(collectives) or made,
        replicas=[wrapper],
    )


def said(build, *ranks):
    launch = build.record(LAUNCH, "launch", ranks=list(ranks))
    return only(build, RULE, build.record(f"import torch\n{TRAIN}", "train"), launch)


def both(build, *collectives, **more):
    return said(build, *(rank(build, number, *collectives, **more) for number in range(2)))


def test_the_call_that_chose_it_is_named(build):
    advice = both(build, communication_s=0.04)
    assert advice.title == "gloo reduces the gradients of 2 CUDA devices in host memory."
    assert '`init_process_group("nccl")`' in advice.explanation
    assert advice.evidence == [
        "Rank 0 trains on cuda:0, and has given gloo 80 MiB in 40 reductions.",
        "This build of PyTorch has NCCL.",
        "40 ms of a step is communication.",
    ]
    assert (advice.code_cell_id, advice.lines, advice.fix) == ("train", [3], None)


@pytest.mark.parametrize(
    "silent",
    [
        {"nccl": False},
        {"device": "cuda:0"},
        {"device": "cpu"},
        {"device": "simgpu:0"},
        {"iterations": 0},
        {"parameter_bytes": 0},
        {"parameter_bytes": 8 * SIZE},
    ],
    ids=str,
)
def test_what_proves_nothing_is_left_alone(build, silent):
    assert both(build, **silent) is None


def test_devices_of_two_machines_are_two(build):
    ranks = [rank(build, number, device="cuda:0", host=f"host {number}") for number in range(2)]
    assert said(build, *ranks) is not None


def test_a_number_of_the_host_is_no_gradient(build):
    assert both(build, collective("all_reduce", 8, 40)) is None
    assert both(build, collective("broadcast", 40 * SIZE, 40)) is None


def test_where_nccl_is_at_work_gloo_has_the_tensors_of_the_host(build):
    by_nccl = Collectives(name="nccl:all_reduce", group="0", calls=40, input_bytes=20 * SIZE)
    assert both(build, by_nccl, collective("all_reduce", 20 * SIZE, 40)) is None


def test_all_ranks_must_do_so(build):
    assert said(build, rank(build, 0), rank(build, 1, device="cpu")) is None
    assert said(build, rank(build, 0)) is None
