"""The facts that the doctor judges, gathered in a process of their own.

Gathering starts PyTorch and the devices, which must not happen in a user's kernel: a process that
has started CUDA cannot fork. `examine` runs this module in a new process of the same Python.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from ..environment import cpu_count, extension_version
from ..probes.host_memory import host_total_bytes
from ..probes.torch_state import driver_devices

_PATIENCE_S = 120.0
_VARIABLES = (
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "PYTORCH_ALLOC_CONF",
    "PYTORCH_CUDA_ALLOC_CONF",
    "PYTORCH_ENABLE_MPS_FALLBACK",
    "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD",
    "LD_LIBRARY_PATH",
)
_DRIVER_FILE = Path("/proc/driver/nvidia/version")


class Gpu(Struct, kw_only=True):
    """One accelerator that PyTorch can use."""

    device: str
    name: str
    total_bytes: int | None = None
    capability: list[int] | None = None
    """CUDA compute capability: ``[9, 0]``."""


class Facts(Struct, kw_only=True):
    """What was found. ``None``: not known."""

    python: str = ""
    executable: str = ""
    platform: str = ""
    extension: str = ""
    packages: dict[str, str | None] = field(default_factory=dict)
    """Versions of packages that belong to PyTorch or help the profiler."""
    torch: str | None = None
    is_imported: bool = True
    """PyTorch is imported where this was found; else only its version is known."""
    torch_error: str | None = None
    """Why PyTorch cannot be imported."""
    build_cuda: str | None = None
    build_hip: str | None = None
    cuda_available: bool | None = None
    """``None``: nobody has asked yet."""
    cuda_warning: str | None = None
    """What PyTorch said when it was asked for CUDA."""
    arch_list: list[str] = field(default_factory=list)
    cudnn: str | None = None
    gpus: list[Gpu] = field(default_factory=list)
    accelerator: str | None = None
    bf16: bool | None = None
    matmul_precision: str | None = None
    driver: str | None = None
    driver_cuda: str | None = None
    """Newest CUDA version that the driver supports."""
    driver_gpus: int | None = None
    cpu_count: int | None = None
    num_threads: int | None = None
    host_total_bytes: int | None = None
    shared_memory_bytes: int | None = None
    """Size of ``/dev/shm``, through which loader workers hand over batches."""
    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables that PyTorch minds."""


class ExamineError(Exception):
    """The facts could not be gathered; the message says why."""


def examine(executable: str = sys.executable) -> Facts:
    """Gather the facts in a new process.

    Raises:
        ExamineError: it failed or took too long.
    """
    try:
        run = subprocess.run(
            [executable, "-m", __name__],
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        raise ExamineError(f"PyTorch did not answer within {_PATIENCE_S:.0f} s.") from None
    except OSError as error:
        raise ExamineError(f"{executable} cannot be started: {error.strerror}.") from None
    try:
        # Other people's code prints while it is imported; the facts are the last line.
        return msgspec.json.decode(run.stdout.splitlines()[-1], type=Facts)
    except (IndexError, msgspec.DecodeError):
        said = run.stderr.decode(errors="replace").strip().splitlines()
        reason = said[-1][:300] if said else f"exit status {run.returncode}"
        raise ExamineError(f"PyTorch could not be examined: {reason}") from None


def gather() -> Facts:
    """The facts of this process, which starts PyTorch and its devices."""
    facts = surroundings()
    try:
        torch = importlib.import_module("torch")
    except Exception as error:  # a broken installation fails in any way
        facts.torch_error = f"{type(error).__name__}: {error}"
        if importlib.util.find_spec("torch") is None:
            facts.torch_error = "It is not installed."
        return facts
    _torch(facts, torch)
    return facts


def surroundings() -> Facts:
    """What can be found without PyTorch."""
    facts = Facts(
        python=platform.python_version(),
        executable=sys.executable,
        platform=platform.platform(),
        extension=extension_version(),
        cpu_count=cpu_count(),
        host_total_bytes=host_total_bytes(),
        variables={name: os.environ[name] for name in _VARIABLES if name in os.environ},
    )
    for name in ("torchvision", "torchaudio", "torchao", "triton", "pynvml"):
        facts.packages[name] = installed_version(name)
    with suppress(OSError):
        facts.shared_memory_bytes = shutil.disk_usage("/dev/shm").total
    _driver(facts)
    return facts


def _torch(facts: Facts, torch: Any) -> None:
    import warnings

    facts.torch = str(torch.__version__)
    facts.build_cuda, facts.build_hip = torch.version.cuda, torch.version.hip
    facts.num_threads = torch.get_num_threads()
    with suppress(Exception):
        facts.matmul_precision = torch.get_float32_matmul_precision()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        facts.cuda_available = bool(torch.cuda.is_available())
    facts.cuda_warning = str(caught[-1].message) if caught else None
    if facts.cuda_available:
        facts.accelerator = "cuda"
        facts.arch_list = list(torch.cuda.get_arch_list())
        facts.bf16 = bool(torch.cuda.is_bf16_supported(including_emulation=False))
        if torch.backends.cudnn.is_available():
            facts.cudnn = str(torch.backends.cudnn.version())
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            facts.gpus.append(
                Gpu(
                    device=f"cuda:{index}",
                    name=properties.name,
                    total_bytes=properties.total_memory,
                    capability=[properties.major, properties.minor],
                )
            )
        return
    accelerator = getattr(torch, "accelerator", None)
    if accelerator is not None and accelerator.is_available():
        facts.accelerator = accelerator.current_accelerator().type
        facts.gpus = [
            Gpu(device=f"{facts.accelerator}:{index}", name=str(facts.accelerator))
            for index in range(accelerator.device_count())
        ]


def _driver(facts: Facts) -> None:
    """What the NVIDIA driver says, asked without CUDA."""
    with suppress(Exception):
        import pynvml

        pynvml.nvmlInit()
        try:
            facts.driver = _text(pynvml.nvmlSystemGetDriverVersion())
            number = pynvml.nvmlSystemGetCudaDriverVersion()
            facts.driver_cuda = f"{number // 1000}.{number % 1000 // 10}"
            facts.driver_gpus = pynvml.nvmlDeviceGetCount()
        finally:
            pynvml.nvmlShutdown()
        return
    with suppress(OSError, IndexError):
        facts.driver = _DRIVER_FILE.read_text().split("Kernel Module")[1].split()[0]
        facts.driver_gpus = driver_devices()
    with suppress(Exception):
        number = ctypes.c_int()
        if ctypes.CDLL("libcuda.so.1").cuDriverGetVersion(ctypes.byref(number)) == 0:
            facts.driver_cuda = f"{number.value // 1000}.{number.value % 1000 // 10}"


def installed_version(package: str) -> str | None:
    """Version of an installed package; it is not imported."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version({"pynvml": "nvidia-ml-py"}.get(package, package))
    except PackageNotFoundError:
        return None


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    print(msgspec.json.encode(gather()).decode())
