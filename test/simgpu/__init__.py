"""A simulated accelerator: importing this package gives PyTorch the device type ``simgpu``.

Two devices, ``simgpu:0`` and ``simgpu:1``, with the memory accounting of CUDA's allocator (512
bytes a block), capacities, out-of-memory errors, transfers that can be counted and PyTorch's own
errors for tensors on different devices. What it computes, the CPU computes.

From the import on ``torch.accelerator`` is available in the whole process: tests that use it have
a process of their own. Not there: sparse tensors, GRU, inductor, collectives, kernel times.
Unlike CUDA, ``module.to()`` replaces the Parameter objects.
"""

from __future__ import annotations

import torch

from . import lstm
from .build import CannotBuild, library
from .device import make_module

__all__ = ["CannotBuild"]

_library = library()
torch.ops.load_library(str(_library))
torch.utils.rename_privateuse1_backend("simgpu")
torch._register_device_module("simgpu", make_module(_library))
torch.utils.generate_methods_for_privateuse1_backend(
    for_tensor=True, for_module=True, for_packed_sequence=True, for_storage=True
)
lstm.register()
