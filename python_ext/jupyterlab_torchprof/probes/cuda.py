"""What is special about CUDA (and ROCm, which PyTorch calls CUDA): NVML, and contexts.

`torch.cuda.mem_get_info` would make a context on a device that the program does not use, some
hundred megabytes: it is never called. NVML needs none.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any

from .. import clocks
from ..record import Device
from .devices import Backend, DeviceUse

_ASK_AGAIN_S = 5.0
"""Listing a device's processes takes the driver a millisecond; it is not asked more often."""


class CudaBackend(Backend):
    """NVIDIA's and AMD's devices."""

    def __init__(self, torch: ModuleType, kind: str) -> None:
        """Nothing is asked of the driver yet."""
        super().__init__(torch, kind)
        self._nvml: Any = None
        self._handles: dict[int, Any] = {}
        self._others: dict[int, tuple[float, int | None]] = {}

    def describe(self, index: int) -> Device:
        """Reads properties that are cached since initialisation."""
        properties = self.module.get_device_properties(index)
        return Device(
            device=f"cuda:{index}", name=properties.name, total_bytes=properties.total_memory
        )

    def use(self, index: int) -> DeviceUse:
        """The nested form of the statistics takes a tenth of the flat one's time."""
        stats = self.module.memory_stats_as_nested_dict(index)
        if not stats:
            return DeviceUse(0, 0, 0)
        allocated = stats["allocated_bytes"]["all"]
        return DeviceUse(
            allocated=allocated["current"],
            reserved=stats["reserved_bytes"]["all"]["current"],
            peak=allocated["peak"],
        )

    def other_processes_bytes(self, index: int) -> int | None:
        """From NVML (package nvidia-ml-py); ``None`` without it, or if it does not see us.

        In a container NVML lists processes under numbers that are not ours, so ours cannot be
        told from the others.
        """
        asked, known = self._others.get(index, (float("-inf"), None))
        if clocks.monotonic() - asked < _ASK_AGAIN_S:
            return known
        known = self._ask(index)
        self._others[index] = (clocks.monotonic(), known)
        return known

    def utilisation(self, index: int) -> float | None:
        """From NVML; ``None`` without it."""
        handle = self._handle(index)
        if handle is None:
            return None
        try:
            return float(self._nvml.nvmlDeviceGetUtilizationRates(handle).gpu) / 100
        except self._nvml.NVMLError:
            return None

    def _ask(self, index: int) -> int | None:
        handle = self._handle(index)
        if handle is None:
            return None
        try:
            processes = self._nvml.nvmlDeviceGetComputeRunningProcesses(handle)
        except self._nvml.NVMLError:
            return None
        used: dict[int, int | None] = {process.pid: process.usedGpuMemory for process in processes}
        if used.pop(os.getpid(), None) is None:
            return None
        others = [size for size in used.values() if size is not None]
        return sum(others) if len(others) == len(used) else None

    def _handle(self, index: int) -> Any:
        """NVML's handle of PyTorch's device, found by UUID: the two count devices differently."""
        if index in self._handles:
            return self._handles[index]
        handle = None
        try:
            pynvml = importlib.import_module("pynvml")
            pynvml.nvmlInit()
            self._nvml = pynvml
            uuid = getattr(self.module.get_device_properties(index), "uuid", None)
            if uuid is not None:
                handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
        except ImportError:
            pass
        except Exception as error:  # NVML's own errors have no base that is known before import
            if type(error).__module__.partition(".")[0] != "pynvml":
                raise
        self._handles[index] = handle
        return handle
