"""Who this process is among the ranks, as PyTorch or its launcher says."""

from __future__ import annotations

import sys
from typing import Any

from ..ranks.stream import Identity
from .variables import number_in


def identity(known: Identity) -> Identity:
    """What is known now, beside what was ``known``: a group is often left before the end."""
    distributed = _distributed()
    if distributed is None:
        return Identity(
            rank=number_in("RANK", known.rank),
            world_size=number_in("WORLD_SIZE", known.world_size),
            local_rank=number_in("LOCAL_RANK", known.local_rank),
            backend=known.backend,
        )
    return Identity(
        rank=int(distributed.get_rank()),
        world_size=int(distributed.get_world_size()),
        local_rank=number_in("LOCAL_RANK", known.local_rank),
        backend=str(distributed.get_backend()),
    )


def _distributed() -> Any:
    """PyTorch's module, while this process is in a default group."""
    module: Any = sys.modules.get("torch.distributed")
    if module is None or not module.is_available() or not module.is_initialized():
        return None
    return module
