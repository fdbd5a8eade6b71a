"""Python's garbage collector, kept out of our own work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the collector from starting in the middle of a walk.

    A walk makes many objects and drops them all. If that starts a collection, it goes through
    all objects of the program, which takes far longer than the walk.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
