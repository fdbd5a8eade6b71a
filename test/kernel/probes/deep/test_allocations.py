"""Ends of blocks that PyTorch's tree of events leaves out."""

from __future__ import annotations

from typing import NamedTuple

from jupyterlab_torchprof.probes.deep.allocations import Allocation, with_ends
from jupyterlab_torchprof.probes.deep.growth.seen import Seen

DEVICE = "cuda:0"


class Flat(NamedTuple):
    """An event as PyTorch's list has them."""

    at: int
    size: int
    kind: str = "[memory]"

    def name(self) -> str:
        """What it is."""
        return self.kind

    def device_type(self) -> int:
        """CUDA's."""
        return 1

    def device_index(self) -> int:
        """Of the first."""
        return 0

    def start_ns(self) -> int:
        """When it was."""
        return self.at

    def nbytes(self) -> int:
        """Its bytes."""
        return self.size


def block(at: int, pointer: int, size: int, number: int) -> Allocation:
    """A block that begins, or ends."""
    return Allocation(DEVICE, at, pointer, size, number, 0)


def used(pointer: int, last: int) -> Seen:
    """A block that an operator got."""
    return Seen(DEVICE, pointer, 4, True, last)


def ends(found: list[Allocation]) -> list[tuple[int, int]]:
    """When blocks ended, and where they were."""
    return [(each.at_ns, each.pointer) for each in found if each.size < 0]


def test_the_block_of_an_end_is_one_that_is_used_no_more():
    tree = [block(1, 10, 512, 1), block(2, 20, 512, 2), block(3, 30, 64, 3)]
    flat = [*(Flat(each.at_ns, each.size) for each in tree), Flat(5, -512), Flat(9, -64)]
    found = with_ends(tree, flat, {1: used(10, 8), 2: used(20, 4)})
    assert ends(found) == [(5, 20), (9, 30)]


def test_a_block_whose_address_is_given_out_again_has_ended_before():
    tree = [block(1, 10, 512, 1), block(2, 20, 512, 2), block(6, 20, 512, 3)]
    flat = [*(Flat(each.at_ns, each.size) for each in tree), Flat(5, -512), Flat(7, -512)]
    found = with_ends(tree, flat, {1: used(10, 3), 2: used(20, 4)})
    assert ends(found) == [(5, 20), (7, 10)]


def test_a_block_with_an_end_of_its_own_is_another():
    tree = [block(1, 10, 512, 1), block(2, 20, 512, 2), block(8, 10, -512, 1)]
    flat = [*(Flat(each.at_ns, each.size) for each in tree), Flat(5, -512), Flat(5, 0, "aten::mm")]
    assert ends(with_ends(tree, flat, {})) == [(8, 10), (5, 20)]


def test_an_end_of_what_stood_before_counts():
    tree = [block(1, 10, 512, 1)]
    found = with_ends(tree, [Flat(1, 512), Flat(5, -128)], {})
    assert found[-1] == Allocation(DEVICE, 5, 0, -128)


def test_the_host_leaves_nothing_out():
    tree = [Allocation("cpu", 1, 10, 512, 1, 0)]
    assert with_ends(tree, [Flat(5, -512)], {}) is tree
