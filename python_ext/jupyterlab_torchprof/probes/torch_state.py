"""Observes PyTorch's switches, and what it could compute on, without starting any device."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any, ClassVar

from ..health import Health
from ..record import CellRecord, TorchState
from .accelerators import accelerator_type
from .base import CellRun, Probe
from .devices import Devices
from .loops.processes import default_start_method
from .torch_import import imported_torch

_DRIVER = Path("/proc/driver/nvidia")
_NODES = Path("/dev")
NATIVE_BF16 = [8, 0]
"""Compute capability from which bfloat16 is native."""
_HIDING = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")


class TorchStateProbe(Probe):
    """Writes ``torch``."""

    name: ClassVar[str] = "torch state"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, devices: Devices) -> None:
        """``devices`` knows the accelerators that the program has started."""
        super().__init__(health)
        self._devices = devices

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Read it."""
        torch: Any = imported_torch()
        if torch is None:
            return
        state = TorchState(
            version=str(torch.__version__),
            build_cuda=torch.version.cuda,
            driver_version=_driver_version(),
            driver_devices=driver_devices(),
            hidden=_is_hidden(),
            deterministic=bool(torch.are_deterministic_algorithms_enabled()),
            matmul_precision=matmul_precision(torch),
            num_threads=int(torch.get_num_threads()),
            cpu_count=_cpu_count(),
            anomaly=bool(torch.is_anomaly_enabled()),
            start_method=default_start_method(),
            torchao=_is_installed("torchao"),
            nccl=_has_nccl(torch),
            rotational=_is_rotational(_device_of_folder()),
        )
        self._add_accelerator(torch, state)
        record.torch = state

    def _add_accelerator(self, torch: Any, state: TorchState) -> None:
        names = self._devices.names()
        if names:
            state.accelerator = names[0].partition(":")[0]
            state.device_count = len(names)
        elif state.build_cuda and state.driver_devices and not state.hidden:
            # CUDA is there and asleep; to ask it would wake it.
            state.accelerator, state.device_count = "cuda", _visible(state.driver_devices)
        else:
            state.accelerator, state.device_count = _ready_accelerator(torch)
        if state.accelerator == "cuda":
            cudnn = torch.backends.cudnn
            state.cudnn_benchmark = bool(cudnn.benchmark)
            state.deterministic = state.deterministic or bool(cudnn.deterministic)
            if names and torch.version.cuda:
                state.capability = list(torch.cuda.get_device_capability(0))
                state.bf16 = state.capability >= NATIVE_BF16


def _ready_accelerator(torch: Any) -> tuple[str | None, int]:
    """One that needs no start: Apple's, or a backend that says so itself."""
    kind = accelerator_type(torch)
    if kind is None or kind == "cuda":
        return None, 0
    if kind == "mps":
        return ("mps", 1) if torch.backends.mps.is_available() else (None, 0)
    module: Any = torch.get_device_module(kind)
    if getattr(module, "is_available", lambda: False)():
        return kind, int(module.device_count())
    return None, 0


def _has_nccl(torch: Any) -> bool:
    distributed = torch.distributed
    return bool(distributed.is_available() and distributed.is_nccl_available())


def matmul_precision(torch: Any) -> str | None:
    """Precision of float32 matrix products, where it can be told."""
    try:
        return str(torch.get_float32_matmul_precision())
    except RuntimeError:  # the program mixes the old and the new way to set it
        return None


def _cpu_count() -> int | None:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count()


def _is_hidden() -> bool:
    return any(os.environ.get(name, "0").strip() in ("", "-1") for name in _HIDING)


def _visible(known: int) -> int:
    """How many of the devices that the driver knows the program may use."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    return known if listed is None else min(known, len(listed.split(",")))


@functools.cache
def _driver_version() -> str | None:
    try:
        text = (_DRIVER / "version").read_text()
        return text.split("Kernel Module")[1].split()[0]
    except (OSError, IndexError):
        return None


@functools.cache
def driver_devices() -> int | None:
    """The kernel tells of all devices everywhere; a container opens those that it was given."""
    try:
        known = len(list((_DRIVER / "gpus").iterdir()))
        return min(known, sum(node.name[6:].isdigit() for node in _NODES.glob("nvidia*")))
    except OSError:
        return None


@functools.cache
def _is_installed(package: str) -> bool:
    return package in sys.modules or importlib.util.find_spec(package) is not None


def _device_of_folder() -> int:
    try:
        return Path().stat().st_dev
    except OSError:
        return 0


@functools.cache
def _is_rotational(device: int) -> bool | None:
    if not device or not hasattr(os, "major"):
        return None
    folder = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    for place in (folder / "queue", folder.resolve().parent / "queue"):
        try:
            return (place / "rotational").read_text().strip() == "1"
        except OSError:
            continue
    return None
