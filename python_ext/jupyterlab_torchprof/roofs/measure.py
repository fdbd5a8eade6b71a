"""Times a product of square matrices, and a copy that no cache holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .. import clocks
from ..beside.errors import CannotMeasure
from ..beside.program import beside_the_program, room, synchroniser
from ..beside.spread import median_and_spread
from ..probes.torch_import import imported_torch
from ..record import DeepRoof

DTYPES = ("float64", "float32", "bfloat16", "float16")
_BUDGET_S = 0.05
"""Of each of the two."""
_LEAST_ROUNDS, _MOST_ROUNDS = 5, 500
_LONGEST_S = 1.0
_ENOUGH_S = 0.002
"""A product that takes so long is large enough to be at its best."""
_SIZES = (256, 512, 1024, 2048, 4096, 8192)
_COPIED = 64 << 20
_LEAST_COPIED = 4 << 20
_TENSORS = 3


class _Rate(NamedTuple):
    median: float
    spread: float
    """Half of the distance between the quartiles."""


def measure_roof(device: str, dtype: str) -> DeepRoof:
    """What a device does at best with numbers of a type; takes about a tenth of a second.

    Raises:
        CannotMeasure: not here, or not now.
    """
    torch = imported_torch()
    if torch is None or dtype not in DTYPES:
        raise CannotMeasure("Of this kind of numbers no roof can be measured.")
    with beside_the_program(torch, device):
        try:
            left, wait = room(torch, device), synchroniser(torch, device)
            flops = _flops(torch, device, getattr(torch, dtype), left, wait)
            copied = _bytes(torch, device, left, wait)
        except CannotMeasure:
            raise
        except Exception as error:  # a type that the device has not, no memory, another device
            raise CannotMeasure(f"It failed: {type(error).__name__}: {error}") from None
    return DeepRoof(
        device=device,
        dtype=dtype,
        flops_per_s=flops.median,
        flops_spread=flops.spread,
        bytes_per_s=copied.median,
        bytes_spread=copied.spread,
        threads=torch.get_num_threads() if device == "cpu" else None,
        measured_at=clocks.time(),
    )


def _flops(
    torch: Any, device: str, dtype: Any, left: int | None, wait: Callable[[], None]
) -> _Rate:
    """Of the first size that takes long enough, or the largest that there is room for."""
    call: Callable[[], Any] | None = None
    size = 0
    for wanted in _SIZES:
        if left is not None and _TENSORS * wanted * wanted * dtype.itemsize > left:
            break
        a, b, out = (_filled(torch, device, dtype, wanted, wanted) for _ in range(_TENSORS))
        call, size = _call(torch.matmul, a, b, out), wanted
        if _seconds(call, wait) >= _ENOUGH_S:
            break
    if call is None:
        raise CannotMeasure(
            "There is no room below the peak so far, which measuring is not to change."
        )
    return _rate(call, wait, 2 * size**3)


def _bytes(torch: Any, device: str, left: int | None, wait: Callable[[], None]) -> _Rate:
    size = _COPIED if left is None else min(_COPIED, left // 2)
    if size < _LEAST_COPIED:
        raise CannotMeasure(
            "There is no room below the peak so far, which measuring is not to change."
        )
    source, target = (_filled(torch, device, torch.float32, size // 4) for _ in range(2))
    return _rate(lambda: target.copy_(source), wait, 2 * (size // 4) * 4)


def _filled(torch: Any, device: str, dtype: Any, *shape: int) -> Any:
    """Without PyTorch's own random numbers, whose order is the program's."""
    return torch.empty(shape, dtype=dtype, device=device).fill_(1.0)


def _call(product: Any, a: Any, b: Any, out: Any) -> Callable[[], Any]:
    return lambda: product(a, b, out=out)


def _rate(call: Callable[[], Any], wait: Callable[[], None], work: int) -> _Rate:
    """Work for each second, again and again until the time is over."""
    taken = max(_seconds(call, wait) for _ in range(2))
    if taken > _LONGEST_S:
        raise CannotMeasure("It would take too long here.")
    rounds = max(_LEAST_ROUNDS, min(_MOST_ROUNDS, int(_BUDGET_S / max(taken, 1e-9))))
    rates = [work / max(_seconds(call, wait), 1e-9) for _ in range(rounds)]
    return _Rate(*median_and_spread(rates))


def _seconds(call: Callable[[], Any], wait: Callable[[], None]) -> float:
    wait()
    began = clocks.perf_counter()
    call()
    wait()
    return clocks.perf_counter() - began
