"""What is asked of PyTorch's flight recorder, and when it is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.distributed as dist
from jupyterlab_torchprof.rank.collectives import numbers


@pytest.fixture
def group(tmp_path) -> Iterator[None]:
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_without_a_group_nobody_counts():
    assert numbers() is None


def test_collectives_of_every_group_are_counted(group):
    before = numbers()
    if before is None:
        pytest.skip("this PyTorch does not count gloo's collectives")
    assert numbers() == before
    dist.all_reduce(torch.ones(1))
    then = numbers()
    assert then != before
    other = dist.new_group([0])
    both = numbers()
    assert len(both) == len(then) + 1
    dist.all_reduce(torch.ones(1), group=other)
    assert numbers() != both


def test_a_backend_that_does_not_count_is_asked_in_vain(group, monkeypatch):
    def refused(_group: object) -> int:
        raise RuntimeError("Sequence number is not set appropriately")

    kind = type(dist.distributed_c10d._get_default_group())
    monkeypatch.setattr(kind, "_get_sequence_number_for_group", refused)
    assert numbers() is None
