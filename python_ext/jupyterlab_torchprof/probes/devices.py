"""One small interface to accelerators: what they are, and what their allocators hold.

Nothing here initialises a device, waits for one, or sets a counter back: a device has no name
here until the user's program has initialised it.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

from ..record import Device
from .accelerators import accelerator_type
from .torch_import import imported_torch


class DeviceUse(NamedTuple):
    """Counters of one device's allocator, in bytes; ``None``: the backend has no such counter."""

    allocated: int
    reserved: int | None
    peak: int | None
    """The running maximum of `allocated`, since the program began or set it back."""


class Backend:
    """The accelerators of one kind, through `torch.accelerator`."""

    def __init__(self, torch: ModuleType, kind: str) -> None:
        """``kind``: PyTorch's device type, ``"xpu"``."""
        self.torch = torch
        self.kind = kind
        self.module: Any = torch.get_device_module(kind)

    def is_ready(self) -> bool:
        """Whether the program has initialised the device; nothing else works before."""
        return bool(getattr(self.module, "is_initialized", lambda: True)())

    def count(self) -> int:
        """Number of devices."""
        return int(self.module.device_count())

    def describe(self, index: int) -> Device:
        """What is known of one device."""
        properties = getattr(self.module, "get_device_properties", lambda _: None)(index)
        total = getattr(properties, "total_memory", None)
        if total is None and hasattr(self.torch.accelerator, "get_memory_info"):
            total = self.torch.accelerator.get_memory_info(index)[1]
        name = getattr(properties, "name", None) or self.kind
        return Device(device=f"{self.kind}:{index}", name=str(name), total_bytes=total)

    def use(self, index: int) -> DeviceUse:
        """The allocator's counters."""
        stats = self.torch.accelerator.memory_stats(index)
        return DeviceUse(
            allocated=int(stats.get("allocated_bytes.all.current", 0)),
            reserved=stats.get("reserved_bytes.all.current"),
            peak=stats.get("allocated_bytes.all.peak"),
        )

    def other_processes_bytes(self, index: int) -> int | None:
        """What other processes hold of the device, where the driver tells."""
        return None

    def utilisation(self, index: int) -> float | None:
        """Share of the driver's last interval in which the device was busy, where it tells."""
        return None

    def alloc_retries(self, index: int) -> int | None:
        """How often the allocator had to give its cache back before it could go on."""
        found = self.torch.accelerator.memory_stats(index).get("num_alloc_retries")
        return None if found is None else int(found)


class MpsBackend(Backend):
    """Apple's GPU: one device, no running maximum."""

    def is_ready(self) -> bool:
        """Metal has no separate initialisation."""
        return bool(self.torch.backends.mps.is_available())

    def describe(self, index: int) -> Device:
        """The memory that Metal recommends to stay below counts as the total."""
        total = getattr(self.module, "recommended_max_memory", lambda: None)()
        return Device(device=f"mps:{index}", name="Apple GPU", total_bytes=total)

    def alloc_retries(self, index: int) -> int | None:
        """Metal does not count them."""
        return None

    def use(self, index: int) -> DeviceUse:
        """Metal's driver counts what is reserved."""
        allocated = int(self.module.current_allocated_memory())
        return DeviceUse(allocated, int(self.module.driver_allocated_memory()), None)


class Devices:
    """The accelerators of this process."""

    def __init__(self) -> None:
        """No device is known before `refresh`."""
        self._backend: Backend | None = None
        self._devices: dict[str, Device] = {}

    def refresh(self) -> None:
        """Look which devices the program has initialised by now. Never imports PyTorch."""
        torch = imported_torch()
        if torch is None:
            return
        if self._backend is None:
            self._backend = _find_backend(torch)
        if self._backend is not None and not self._devices and self._backend.is_ready():
            backend = self._backend
            devices = [backend.describe(index) for index in range(backend.count())]
            self._devices = {device.device: device for device in devices}

    def names(self) -> list[str]:
        """PyTorch's names of the devices: ``["cuda:0", "cuda:1"]``."""
        return list(self._devices)

    def describe(self) -> list[Device]:
        """The devices, in order."""
        return list(self._devices.values())

    def total_bytes(self, name: str) -> int | None:
        """Memory of a device."""
        return self._devices[name].total_bytes

    def use(self, name: str) -> DeviceUse:
        """The counters of a device's allocator."""
        assert self._backend is not None
        return self._backend.use(_index(name))

    def other_processes_bytes(self, name: str) -> int | None:
        """What other processes hold of a device; ``None`` if unknown."""
        assert self._backend is not None
        return self._backend.other_processes_bytes(_index(name))

    def utilisation(self, name: str) -> float | None:
        """How busy a device is, 0 to 1; ``None`` if unknown."""
        assert self._backend is not None
        return self._backend.utilisation(_index(name))

    def alloc_retries(self, name: str) -> int | None:
        """Retries of a device's allocator so far; ``None`` if it does not count them."""
        assert self._backend is not None
        return self._backend.alloc_retries(_index(name))


def _index(name: str) -> int:
    return int(name.rpartition(":")[2])


def _find_backend(torch: ModuleType) -> Backend | None:
    """The backend of the accelerator that PyTorch was built for; looks, but initialises nothing."""
    kind = accelerator_type(torch)
    if kind is None:
        return None
    if kind == "cuda":
        from .cuda import CudaBackend

        return CudaBackend(torch, kind)
    if kind == "mps":
        return MpsBackend(torch, kind)
    has_stats = hasattr(getattr(torch, "accelerator", None), "memory_stats")
    return Backend(torch, kind) if has_stats else None
