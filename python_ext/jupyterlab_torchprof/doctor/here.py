"""The facts of a process that goes on working: nothing is imported and no device is started.

Unlike `facts.gather`, this can be done in a user's kernel. It knows less where the program has not
used PyTorch or its devices, and more where it has: the threads and the precision are those that
the program has set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..probes.torch_import import imported_torch
from ..probes.torch_state import NATIVE_BF16, matmul_precision
from ..record import Check, Device
from .checks import judge
from .facts import Facts, Gpu, installed_version, surroundings


def look(devices: Sequence[Device]) -> list[Check]:
    """The doctor's findings. ``devices``: those that the program has started."""
    facts = surroundings()
    torch: Any = imported_torch()
    if torch is None:
        facts.torch = installed_version("torch")
        facts.is_imported = False
    else:
        _add_torch(facts, torch, devices)
    return judge(facts)


def _add_torch(facts: Facts, torch: Any, devices: Sequence[Device]) -> None:
    facts.torch = str(torch.__version__)
    facts.build_cuda, facts.build_hip = torch.version.cuda, torch.version.hip
    facts.num_threads = int(torch.get_num_threads())
    facts.matmul_precision = matmul_precision(torch)
    facts.gpus = [Gpu(device=d.device, name=d.name, total_bytes=d.total_bytes) for d in devices]
    if facts.gpus:
        facts.accelerator = facts.gpus[0].device.partition(":")[0]
    if facts.accelerator == "cuda":
        facts.cuda_available = True
        _add_cuda(facts, torch)
    elif not facts.build_hip and (facts.build_cuda is None or facts.driver is None):
        facts.cuda_available = False  # without asking, which would start it


def _add_cuda(facts: Facts, torch: Any) -> None:
    """What devices tell that have been started."""
    facts.arch_list = list(torch.cuda.get_arch_list())
    if torch.backends.cudnn.is_available():
        facts.cudnn = str(torch.backends.cudnn.version())
    for index, gpu in enumerate(facts.gpus):
        gpu.capability = list(torch.cuda.get_device_capability(index))
    facts.bf16 = all(gpu.capability >= NATIVE_BF16 for gpu in facts.gpus if gpu.capability)
