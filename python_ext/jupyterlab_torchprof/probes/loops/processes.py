"""How this Python starts processes."""

from __future__ import annotations

import multiprocessing


def default_start_method() -> str:
    """``"fork"``, ``"spawn"`` or ``"forkserver"``; asking settles nothing."""
    # The first of the system's methods is its default; to ask for the method would fix it.
    chosen = multiprocessing.get_start_method(allow_none=True)
    return chosen or multiprocessing.get_all_start_methods()[0]
