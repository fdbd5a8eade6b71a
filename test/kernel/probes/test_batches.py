"""By what ranks know that they got the same batch."""

from __future__ import annotations

import pytest
import torch
from builders import loading
from jupyterlab_torchprof.probes.loops.batches import compare_batch
from torch._subclasses import FakeTensorMode

IMAGES, LABELS = torch.arange(6000.0).reshape(4, 3, 20, 25), torch.arange(4)


def known(*batches):
    facts = loading()
    for batch in batches:
        compare_batch(facts, batch)
    return facts.first_batches


def test_the_same_bytes_are_known_by_the_same():
    first, copied, changed = known(
        (IMAGES, LABELS), (IMAGES.clone(), LABELS.clone()), (IMAGES, LABELS + 1)
    )
    assert first == copied != changed


def test_where_they_lie_in_a_storage_counts():
    first, copied, other = known([IMAGES[1:3]], {"x": IMAGES[1:3].clone()}, [IMAGES[2:4]])
    assert first == copied != other


def test_a_difference_in_the_middle_of_many_is_seen():
    large, changed = torch.zeros(100_000), torch.zeros(100_000)
    changed[40_000:60_000] = 1
    assert len({*known([large], [changed])}) == 2


def test_no_more_than_the_first_batches_are():
    assert len(known(*([IMAGES] for _ in range(9)))) == 3


@pytest.mark.parametrize(
    "nothing",
    [
        torch.empty(3, device="meta"),
        torch.eye(3).to_sparse(),
        torch.zeros(0),
        torch.nn.Parameter(torch.ones(3)),
        "text",
    ],
)
def test_what_has_no_bytes_here_is_not_compared(nothing):
    assert known([nothing]) == []


def test_a_tensor_that_is_expanded_is_read_no_further_than_it_goes():
    assert known([torch.ones(1).expand(10**9)])
    with FakeTensorMode():
        fake = torch.ones(3)
    assert known([fake]) == []
