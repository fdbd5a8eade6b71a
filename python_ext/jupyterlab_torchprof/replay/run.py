"""Runs recorded work again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..probes.torch_import import imported_torch
from ..record import DeepReplay, DeepWork
from .errors import CannotReplay
from .tensors import Tensors, check_memory
from .timing import compare
from .undisturbed import undisturbed
from .ways import ways


def replay(work: DeepWork, alternative: str) -> DeepReplay:
    """Time the work on random tensors, as it was and in another way, for a tenth of a second.

    Raises:
        CannotReplay: it takes too much memory or time, or it cannot be done here.
    """
    torch = imported_torch()
    if torch is None:
        raise CannotReplay("PyTorch has not been imported.")
    if alternative not in work.alternatives:
        raise CannotReplay("This cannot be tried in that way.")
    with undisturbed(torch, work.device):
        threads = torch.get_num_threads()
        try:
            check_memory(torch, work)
            original, other = ways(work, alternative, Tensors(torch, work.device))
            first, second, rounds = compare(torch, original, other, _waiting(torch, work.device))
        except CannotReplay:
            raise
        except Exception as error:  # another device, another version of PyTorch, no memory
            raise CannotReplay(f"It failed: {type(error).__name__}: {error}") from None
    return DeepReplay(
        alternative=alternative,
        original_s=first.median_s,
        alternative_s=second.median_s,
        original_spread_s=first.spread_s,
        alternative_spread_s=second.spread_s,
        rounds=rounds,
        threads=threads,
    )


def _waiting(torch: Any, device: str) -> Callable[[], None]:
    """Waits until the device has done what it was asked for."""
    kind = device.partition(":")[0]
    if kind == "cpu":
        return lambda: None
    module = getattr(torch, kind, None)
    if module is None or not hasattr(module, "synchronize"):
        raise CannotReplay("On this device nothing can be timed.")
    synchronise: Callable[[], None] = module.synchronize
    return synchronise
