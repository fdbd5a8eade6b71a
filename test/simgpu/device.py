"""The Python side of the device: what ``torch.cuda`` is for CUDA, as far as tests use it."""

from __future__ import annotations

import ctypes
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

COUNT = 2
_COUNTERS = (
    "h2d",
    "h2d_bytes",
    "d2h",
    "d2h_bytes",
    "d2d",
    "p2p",
    "item",
    "sync",
    "kernels",
    "pinned",
)


def make_module(library: Path) -> ModuleType:
    """The module that becomes ``torch.simgpu``."""
    native = _native(library)
    module = ModuleType("torch.simgpu")
    accelerator = torch.accelerator

    def set_capacity(nbytes: int, device: Any = 0) -> None:
        """Bytes that a device has from now on."""
        native.simgpu_set_capacity(index_of(device), nbytes)

    def set_async(on: bool) -> None:
        """Whether copies that need not be waited for arrive late."""
        native.simgpu_set_async(int(on))

    def counters() -> dict[str, int]:
        """Transfers, synchronisations and kernels since the last reset."""
        return {name: native.simgpu_counter(i) for i, name in enumerate(_COUNTERS)}

    def manual_seed(seed: int) -> None:
        native.simgpu_manual_seed(index_of(), seed & (2**64 - 1))

    def manual_seed_all(seed: int) -> None:
        for index in range(COUNT):
            native.simgpu_manual_seed(index, seed & (2**64 - 1))

    def get_rng_state(device: Any = "simgpu") -> torch.Tensor:
        state: torch.Tensor = torch.ops.simgpu.rng_state(index_of(device))
        return state

    def set_rng_state(state: torch.Tensor, device: Any = "simgpu") -> None:
        torch.ops.simgpu.set_rng_state(state, index_of(device))

    vars(module).update(
        OutOfMemoryError=torch.OutOfMemoryError,
        Event=lambda enable_timing=False, **_: torch.Event("simgpu", enable_timing=enable_timing),
        Stream=lambda *_, **__: torch.Stream(device="simgpu"),
        _is_in_bad_fork=lambda: False,
        _lazy_init=lambda: None,
        counters=counters,
        current_device=accelerator.current_device_index,
        current_stream=lambda device=None: accelerator.current_stream(index_of(device)),
        device=DeviceContext,
        device_count=lambda: COUNT,
        get_amp_supported_dtype=lambda: [torch.bfloat16, torch.float16],
        get_rng_state=get_rng_state,
        is_available=lambda: True,
        is_bf16_supported=lambda *_: True,
        is_initialized=lambda: True,
        manual_seed=manual_seed,
        manual_seed_all=manual_seed_all,
        mem_get_info=accelerator.get_memory_info,
        reset_counters=native.simgpu_reset_counters,
        set_async=set_async,
        set_capacity=set_capacity,
        set_device=lambda device: accelerator.set_device_index(index_of(device)),
        set_rng_state=set_rng_state,
        synchronize=lambda device=None: accelerator.synchronize(index_of(device)),
    )
    for name in (
        "empty_cache",
        "max_memory_allocated",
        "max_memory_reserved",
        "memory_allocated",
        "memory_reserved",
        "memory_stats",
        "reset_accumulated_memory_stats",
        "reset_peak_memory_stats",
    ):
        setattr(module, name, getattr(accelerator, name))
    return module


def _native(library: Path) -> ctypes.CDLL:
    native = ctypes.CDLL(str(library))
    native.simgpu_set_capacity.argtypes = [ctypes.c_int, ctypes.c_size_t]
    native.simgpu_counter.restype = ctypes.c_int64
    native.simgpu_manual_seed.argtypes = [ctypes.c_int, ctypes.c_uint64]
    return native


def index_of(device: Any = None) -> int:
    """Index of a device however it is given; the current one if it says none."""
    index = device if device is None or isinstance(device, int) else torch.device(device).index
    return torch.accelerator.current_device_index() if index is None else index


class DeviceContext:
    """``with torch.simgpu.device(1):``, as in ``torch.cuda``."""

    def __init__(self, device: Any) -> None:
        self._index = index_of(device)

    def __enter__(self) -> None:
        self._before = torch.accelerator.current_device_index()
        torch.accelerator.set_device_index(self._index)

    def __exit__(self, *_: object) -> None:
        torch.accelerator.set_device_index(self._before)
