"""Computes beside the user's program, which finds everything as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ..probes.hooks.onlookers import onlooker
from .errors import CannotReplay


@contextmanager
def undisturbed(torch: Any, device: str) -> Iterator[None]:
    """Without gradients and autocast; threads are as they were afterwards, whatever happens.

    Raises:
        CannotReplay: a profiler of the program's own would see it.
    """
    if onlooker(None) is not None or torch.autograd._profiler_enabled():
        raise CannotReplay("A profiler of your own is at work; end it first.")
    threads = torch.get_num_threads()
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        for kind in {"cpu", device.partition(":")[0]}:
            if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        try:
            yield
        finally:
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
