"""What the text of PyTorch's error says of a device, when the cell has ended and much is gone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hand_made import a_record
from jupyterlab_torchprof.errors.out_of_memory import post_mortem
from jupyterlab_torchprof.record import Action, MemoryShare

GIB = 1 << 30
MIB = 1 << 20
CUDA = (
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 80.00 GiB of "
    "which 1.00 GiB is free. Including non-PyTorch memory, this process has 79.00 GiB memory in "
    "use. Of the allocated memory 70.00 GiB is allocated by PyTorch, and {unused} is reserved by "
    "PyTorch but unallocated. If reserved but unallocated memory is large try setting "
    "PYTORCH_ALLOC_CONF=expandable_segments:True to avoid fragmentation."
)


def state_of(text: str, allocated: float):
    """The post-mortem where so much is allocated when the cell has ended, of 74 GiB reserved."""
    use = SimpleNamespace(allocated=int(allocated), reserved=74 * GIB)
    devices = SimpleNamespace(
        names=lambda: ["cuda:0"],
        use=lambda _name: use,
        total_bytes=lambda _name: 80 * GIB,
        alloc_retries=lambda _name: 1,
    )
    cached = MemoryShare(
        kind="cached",
        name=None,
        held_bytes=74 * GIB - int(allocated),
        action=Action(kind="empty_cache", title="Empty the cache", description=""),
    )
    model = MemoryShare(kind="parameters", name="model", held_bytes=int(allocated))
    record = a_record(run_id="1", cell_id="1", source_hash="", status="error")
    found = post_mortem(record, RuntimeError(text), devices, lambda _name: [cached, model])
    assert found is not None
    return found, {share.kind: share.held_bytes for share in found.holders}


@pytest.mark.parametrize("unused", ["4.00 GiB", "4096.00 MiB"])
def test_what_went_with_the_error_was_in_use(unused):
    found, held = state_of(CUDA.format(unused=unused), 20 * GIB)
    assert (found.allocated_bytes, found.reserved_bytes) == (70 * GIB, 74 * GIB)
    assert held == {"let_go": 50 * GIB, "parameters": 20 * GIB, "cached": 4 * GIB}
    assert sum(held.values()) == found.reserved_bytes
    assert all(share.action is None for share in found.holders)


def test_the_rounding_of_a_text_is_nothing_that_went():
    found, held = state_of(CUDA.format(unused="4.00 GiB"), 70 * GIB - 4 * MIB)
    assert (found.allocated_bytes, found.reserved_bytes) == (70 * GIB - 4 * MIB, 74 * GIB)
    assert held == {"parameters": 70 * GIB - 4 * MIB, "cached": 4 * GIB + 4 * MIB}


def test_a_text_that_says_nothing_of_it():
    found, held = state_of("out of memory", 20 * GIB)
    assert found.allocated_bytes == 20 * GIB
    assert "let_go" not in held
