"""Advice on state that each rank has as a whole, from records built by hand."""

from __future__ import annotations

from typing import Any

import pytest
from builders import only, rank_of, replica
from jupyterlab_torchprof.record import Made, MemoryEntry, Optimizer

RULE = "shard-optimizer"
TRAIN = "def train(rank):\n    optimizer = AdamW(model.parameters())\n"
LAUNCH = "mp.start_processes(train, nprocs=2)"
MIB = 1 << 20


def optimizer(**more: Any) -> Optimizer:
    values: dict[str, Any] = {
        "variable": None,
        "name": "optimizer",
        "class_name": "AdamW",
        "steps": 20,
        "parameter_bytes": {"float32": 200 * MIB},
        "state_bytes": {"cpu": 160, "cuda:0": 400 * MIB},
    }
    return Optimizer(**{**values, **more})


def rank(build, number, *optimizers, total=1000, device="cuda:0", **more):
    memory = MemoryEntry(
        device=device,
        allocated_before_bytes=0,
        allocated_after_bytes=0,
        peak_bytes=0,
        peak_is="exact",
        total_bytes=total and total * MIB,
    )
    made = build.record(TRAIN, "train")
    found = list(optimizers) or [optimizer()]
    for each in found:
        each.made = Made(run_id="elsewhere", line=2, source_hash=made.source_hash)
    record = build.record(TRAIN, f"rank {number}", memory=[memory], optimizers=found)
    wrapper = replica(**{"parameter_bytes": 200 * MIB, **more})
    return rank_of(build, number, exit="ok", record=record, replicas=[wrapper])


def said(build, *ranks):
    launch = build.record(LAUNCH, "launch", ranks=list(ranks))
    return only(build, RULE, build.record(TRAIN, "train"), launch)


def both(build, *optimizers, **more):
    return said(build, *(rank(build, number, *optimizers, **more) for number in range(2)))


def test_what_dividing_saves_is_said_and_how(build):
    advice = both(build)
    assert advice.severity == "low"
    assert advice.title == "Each of 2 ranks has the optimizer's whole state, 40% of cuda:0."
    assert "up to 200 MiB less in each" in advice.explanation
    assert (
        "`optimizer = ZeroRedundancyOptimizer(model.parameters(), optimizer_class=AdamW, lr=...)`"
        in advice.explanation
    )
    assert "fully_shard" in advice.explanation
    assert advice.evidence == [
        "`optimizer` has 400 MiB of state on cuda:0, which has 1000 MiB, in rank 0; it has as much "
        "in each of 2 ranks.",
        "Each steps 200 MiB of parameters, all that the wrapper reduces.",
    ]
    assert (advice.code_cell_id, advice.lines, advice.fix) == ("train", [2], None)


def test_of_several_devices_the_one_that_it_takes_most_of_counts(build):
    other = optimizer(state_bytes={"cuda:1": 400 * MIB})
    ranks = rank(build, 0, total=4000), rank(build, 1, other, device="cuda:1")
    assert said(build, *ranks).title.endswith("40% of cuda:1.")


def test_a_large_device_has_room(build):
    assert both(build, total=1400) is None
    assert both(build, total=None) is None


def test_the_host_may_swap(build):
    on_host = optimizer(state_bytes={"cpu": 400 * MIB})
    assert both(build, on_host, device="host") is None


def test_state_that_is_divided_already(build):
    """As `ZeroRedundancyOptimizer` is recorded: it has none, and the one in it has a part."""
    around = optimizer(class_name="ZeroRedundancyOptimizer", state_bytes={})
    part = optimizer(name=None, parameter_bytes={"float32": 100 * MIB})
    assert both(build, around, part) is None


def test_without_a_wrapper_that_trains_nothing_is_the_same_in_all(build):
    assert both(build, iterations=0) is None
    assert both(build, world_size=1) is None
    assert both(build, parameter_bytes=400 * MIB) is None
    assert said(build, rank(build, 0)) is None


@pytest.mark.parametrize("size", [0, 399])
def test_ranks_of_which_one_has_less_do_something_of_their_own(build, size):
    less = optimizer(state_bytes={"cuda:0": size * MIB} if size else {})
    assert said(build, rank(build, 0), rank(build, 1, less)) is None
