"""Builds of PyTorch that cannot use the machine's GPUs."""

from __future__ import annotations

from dataclasses import dataclass

from ...record import TorchState

_OLDEST_DRIVERS = {11: 450, 12: 525, 13: 580}
"""By the major CUDA version of the build: the major version of the oldest driver on Linux that
runs it (NVIDIA's table of CUDA compatibility)."""
_OTHERS = ("rocm", "xpu")
"""In the versions of builds for other makers' devices."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A driver that knows devices, and a PyTorch that can use none of them."""

    state: TorchState
    devices: int
    needs_driver: int | None
    """Major version of the driver that the build needs; ``None``: it has no CUDA at all."""


def mismatch(state: TorchState | None) -> Mismatch | None:
    """What the facts of the machine tell; ``None`` if all is well, or not known.

    A driver that looks too old may do with NVIDIA's compatibility libraries, as containers have
    them.
    """
    if state is None or state.hidden or not state.driver_devices:
        return None
    if state.build_cuda is None:
        # Another accelerator, in use or built for, was chosen on purpose.
        other = state.accelerator or any(word in state.version for word in _OTHERS)
        return None if other else Mismatch(state, state.driver_devices, None)
    needed = _OLDEST_DRIVERS.get(_major(state.build_cuda) or 0)
    driver = _major(state.driver_version)
    if needed is None or driver is None or driver >= needed or state.capability is not None:
        return None
    return Mismatch(state, state.driver_devices, needed)


def _major(version: str | None) -> int | None:
    first = (version or "").partition(".")[0]
    return int(first) if first.isdigit() else None
