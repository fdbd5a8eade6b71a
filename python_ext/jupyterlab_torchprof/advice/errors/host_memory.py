"""Memory of the host that ran out."""

from __future__ import annotations

import re

from ...units import format_bytes
from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, said

_ALLOCATOR = re.compile(r"can't allocate memory: you tried to allocate (\d+) bytes")
_MESSAGE = "DefaultCPUAllocator: can't allocate memory"


class HostOutOfMemory(Rule):
    """The host has not as much memory as was asked for.

    Evidence: The error, with what was asked for where it says so, and the host's memory.

    Fix: By hand: less at once.

    Silent: For memory of devices, which `vram-near-limit` explains.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.load.html

    Notes: The wording of PyTorch's allocator is that of 2.4 to 2.15; others raise `MemoryError`.
    """

    id = "host-out-of-memory"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """An allocation of the host's memory that failed."""
        failure = failure_of(case, _MESSAGE, names=("RuntimeError",)) or failure_of(
            case, "", names=("MemoryError",)
        )
        if failure is None:
            return None
        error = failure.error
        host = next((each for each in case.record.memory if each.device == "host"), None)
        total = host.total_bytes if host is not None else None
        match = _ALLOCATOR.search(error.message)
        asked = int(match[1]) if match is not None else None
        if asked is not None and total is not None and asked > total:
            title = (
                f"{format_bytes(asked)} was asked for at once; the host has {format_bytes(total)}."
            )
            advice = (
                "No machine like this can hold it: look at the sizes that the line computes. A "
                "product of all pairs, or a broadcast of [n, 1] with [n], grows with the square."
            )
        else:
            title = (
                "The host could not give as much memory as was asked for."
                if asked is None
                else f"The host could not give {format_bytes(asked)} of memory."
            )
            advice = (
                "Work on less at once (batches, chunks), in a smaller type, or on data that is "
                "mapped (`numpy.memmap`, `torch.load(…, mmap=True)`); and let go of what is not "
                "needed: `%torchprof free` shows what holds memory."
            )
        facts = [said(error)] if error.message and asked is not None else []
        if host is not None:
            of = f" of {format_bytes(total)}" if total is not None else ""
            facts.append(f"This process had {format_bytes(host.peak_bytes)}{of} at most.")
        return Finding(
            title=title,
            explanation=advice,
            evidence=facts,
            remedy=by_hand_at(case, failure, "What can be left out is for you to say."),
        )
