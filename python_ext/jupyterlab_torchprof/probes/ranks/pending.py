"""Whether a request to engines of ipyparallel is awaited still. Keeps no result alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any


def is_pending(future: weakref.ref[Any]) -> Callable[[], bool]:
    """Of a request that has one reply: until that is there, or nobody has the future any more."""

    def is_pending() -> bool:
        found = future()
        return found is not None and not found.done()

    return is_pending


def are_pending(client: weakref.ref[Any], message_id: str) -> Callable[[], bool]:
    """Of one to which each engine replies: ipyparallel awaits a part of its own from each."""
    start = f"{message_id}_"

    def are_pending() -> bool:
        found = client()
        try:
            sent = () if found is None else tuple(found.outstanding)
            return any(each.startswith(start) for each in sent)
        except RuntimeError:  # a reply has just come, on the client's thread
            return True

    return are_pending
