"""With which powers of batch and length blocks grow, by the shapes of tensors in them."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.probes.deep.growth.powers import CONSTANT, Powers, Sizes, powers_of

SIZES = Sizes(
    batch=12,
    length=40,
    constants=frozenset({96, 288, 384, 500}),
    parameters=frozenset({(96, 96), (288, 96), (500, 96), (96,), (128, 96)}),
)


def certain(batch: int, length: int = 0) -> Powers:
    """What leaves no doubt."""
    return Powers(batch, length, batch, length)


@pytest.mark.parametrize(
    ("shapes", "powers"),
    [
        ([(12, 96)], certain(1)),
        ([(12, 40, 96)], certain(1, 1)),
        ([(40, 12, 96)], certain(1, 1)),
        ([(480, 96)], certain(1, 1)),
        ([(96, 480)], certain(1, 1)),
        ([(12, 4, 40, 40)], certain(1, 2)),
        ([(48, 40, 24)], certain(1, 1)),
        ([(48, 40, 40)], certain(1, 2)),
        ([(12, 12)], certain(2)),
        ([(40, 40)], certain(0, 2)),
        ([(1, 1, 40, 40)], certain(0, 2)),
        ([(12, 40, 96), (480, 96)], certain(1, 1)),
        ([(12, 3840), (12, 40, 96)], certain(1, 1)),
        ([(500, 96)], CONSTANT),
        ([(96, 500)], CONSTANT),
        ([(7,)], CONSTANT),
        ([()], CONSTANT),
        ([(96 * 96,)], CONSTANT),
        ([(5000,)], Powers(0, 0, 1, 1)),
        ([(77, 96)], Powers(0, 0, 1, 0)),
        ([(6, 40, 96)], Powers(0, 1, 1, 1)),
        ([(12 * 999,)], Powers(1, 0, 1, 1)),
    ],
)
def test_what_sizes_tell(shapes, powers):
    assert powers_of(shapes, SIZES) == powers


def test_a_batch_as_large_as_a_layer_is_certain_in_front_only():
    sizes = Sizes(96, 40, SIZES.constants, SIZES.parameters)
    assert powers_of([(96, 40, 7)], sizes) == certain(1, 1)
    assert powers_of([(96, 40, 96)], sizes) == Powers(1, 1, 2, 1)
    assert powers_of([(96, 96)], sizes) == Powers(0, 0, 2, 0), "a weight, or all samples"
    assert powers_of([(500, 96)], sizes) == Powers(0, 0, 1, 0)


def test_a_sequence_as_long_as_a_head_is_wide_cannot_be_told():
    sizes = Sizes(12, 24, SIZES.constants, SIZES.parameters)
    told = powers_of([(12, 4, 24, 24)], sizes)
    assert told is not None
    assert (told.batch, told.most_batch) == (1, 1)
    assert told.length < told.most_length == 2


def test_an_image_as_high_as_the_batch_is_large_is_none_where_it_is_convolved():
    sizes = Sizes(32, None, frozenset({3, 16}), frozenset({(16, 3, 3, 3)}))
    assert powers_of([(32, 16, 32, 32)], sizes, is_spatial=True) == certain(1)
    told = powers_of([(32, 16, 32, 32)], sizes)
    assert told is not None
    assert told.most_batch > told.batch == 1


def test_a_batch_of_one_tells_nothing():
    assert powers_of([(1, 40, 96)], Sizes(1, 40)) is None
    assert powers_of([(12, 40)], Sizes(None, 40)) is None


def test_a_batch_as_large_as_its_sequences_are_long():
    sizes = Sizes(40, 40, SIZES.constants, SIZES.parameters)
    told = powers_of([(40, 40, 96)], sizes)
    assert told is not None
    assert told.most_batch > told.batch == 1
