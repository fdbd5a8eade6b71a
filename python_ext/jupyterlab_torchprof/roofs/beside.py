"""Computing beside the user's program, which finds everything as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ..probes.hooks.onlookers import onlooker
from .errors import CannotMeasure

_HOST = "cpu"


@contextmanager
def beside_the_program(torch: Any, kind: str) -> Iterator[None]:
    """Without gradients, autocast and modes, on a device of some kind.

    Raises:
        CannotMeasure: a profiler of the program's own would see it.
    """
    if onlooker(None) is not None or torch.autograd._profiler_enabled():
        raise CannotMeasure("A profiler of your own is at work; end it first.")
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        stack.enter_context(torch._C.DisableTorchFunction())
        stack.enter_context(torch._C._DisableTorchDispatch())
        for each in {_HOST, kind}:
            if torch.amp.is_autocast_available(each) and torch.is_autocast_enabled(each):
                stack.enter_context(torch.autocast(each, enabled=False))
        yield


def synchroniser(torch: Any, kind: str) -> Callable[[], None]:
    """Waits until a device has done what it was asked for.

    Raises:
        CannotMeasure: nobody knows how.
    """
    if kind == _HOST:
        return lambda: None
    synchronise: Any = getattr(getattr(torch, kind, None), "synchronize", None)
    if synchronise is None:
        raise CannotMeasure("Nothing can be timed on this device.")
    wait: Callable[[], None] = synchronise
    return wait


def room(torch: Any, device: str) -> int | None:
    """Bytes that can be taken so that the peak which PyTorch counts stays; ``None``: any number.

    Raises:
        CannotMeasure: nobody knows.
    """
    if device.partition(":")[0] == _HOST:
        return None
    statistics: Any = getattr(getattr(torch, "accelerator", None), "memory_stats", None)
    if statistics is None:
        statistics = getattr(getattr(torch, device.partition(":")[0], None), "memory_stats", None)
    found = {} if statistics is None else statistics(device)
    peak, now = found.get("allocated_bytes.all.peak"), found.get("allocated_bytes.all.current")
    if peak is None or now is None:
        raise CannotMeasure("This device does not tell how much memory is in use.")
    return max(0, int(peak) - int(now))
