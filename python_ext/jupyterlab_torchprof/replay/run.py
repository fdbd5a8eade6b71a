"""Runs recorded work again."""

from __future__ import annotations

from ..beside.errors import CannotMeasure
from ..beside.program import beside_the_program, synchroniser
from ..probes.torch_import import imported_torch
from ..record import DeepReplay, DeepWork
from .tensors import Tensors, check_memory
from .timing import compare
from .ways import ways


def replay(work: DeepWork, alternative: str) -> DeepReplay:
    """Time the work on random tensors, as it was and in another way, for a tenth of a second.

    Raises:
        CannotMeasure: it takes too much memory or time, or it cannot be done here.
    """
    torch = imported_torch()
    if torch is None:
        raise CannotMeasure("PyTorch has not been imported.")
    if alternative not in work.alternatives:
        raise CannotMeasure("This cannot be tried in that way.")
    with beside_the_program(torch, work.device):
        threads = torch.get_num_threads()
        try:
            check_memory(torch, work)
            original, other = ways(work, alternative, Tensors(torch, work.device))
            first, second, rounds = compare(
                torch, original, other, synchroniser(torch, work.device)
            )
        except CannotMeasure:
            raise
        except Exception as error:  # another device, another version of PyTorch, no memory
            raise CannotMeasure(f"It failed: {type(error).__name__}: {error}") from None
    return DeepReplay(
        alternative=alternative,
        original_s=first.median_s,
        alternative_s=second.median_s,
        original_spread_s=first.spread_s,
        alternative_spread_s=second.spread_s,
        rounds=rounds,
        threads=threads,
    )
