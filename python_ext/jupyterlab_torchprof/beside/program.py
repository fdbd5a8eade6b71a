"""Computing beside the user's program, which finds everything as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ..probes.hooks.onlookers import onlooker
from .errors import CannotMeasure

_HOST = "cpu"


@contextmanager
def beside_the_program(torch: Any, device: str) -> Iterator[None]:
    """Without gradients, autocast and modes; threads are as they were afterwards, come what may.

    Raises:
        CannotMeasure: a profiler of the program's own would see it.
    """
    if onlooker(None) is not None or torch.autograd._profiler_enabled():
        raise CannotMeasure("A profiler of your own is at work; end it first.")
    threads = torch.get_num_threads()
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        stack.enter_context(torch._C.DisableTorchFunction())
        stack.enter_context(torch._C._DisableTorchDispatch())
        for each in {_HOST, _kind_of(device)}:
            if torch.amp.is_autocast_available(each) and torch.is_autocast_enabled(each):
                stack.enter_context(torch.autocast(each, enabled=False))
        try:
            yield
        finally:
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)


def synchroniser(torch: Any, device: str) -> Callable[[], None]:
    """Waits until a device has done what it was asked for.

    Raises:
        CannotMeasure: nobody knows how.
    """
    if _kind_of(device) == _HOST:
        return lambda: None
    synchronise: Any = getattr(getattr(torch, _kind_of(device), None), "synchronize", None)
    if synchronise is None:
        raise CannotMeasure("Nothing can be timed on this device.")
    wait: Callable[[], None] = synchronise
    return wait


def room(torch: Any, device: str) -> int | None:
    """Bytes that can be taken so that the peak which PyTorch counts stays; ``None``: any number.

    Raises:
        CannotMeasure: nobody knows.
    """
    if _kind_of(device) == _HOST:
        return None
    statistics: Any = getattr(getattr(torch, "accelerator", None), "memory_stats", None)
    if statistics is None:
        statistics = getattr(getattr(torch, _kind_of(device), None), "memory_stats", None)
    found = {} if statistics is None else statistics(device)
    peak, now = found.get("allocated_bytes.all.peak"), found.get("allocated_bytes.all.current")
    if peak is None or now is None:
        raise CannotMeasure("This device does not tell how much memory is in use.")
    return max(0, int(peak) - int(now))


def _kind_of(device: str) -> str:
    return device.partition(":")[0]
