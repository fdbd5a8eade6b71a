"""The program that a session runs in."""

from __future__ import annotations

import functools
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from .probes.devices import Devices
from .probes.host_memory import host_total_bytes
from .probes.torch_import import imported_torch
from .record import Environment


def extension_version() -> str:
    """Version of the installed package; ``"0+unknown"`` where it runs from a bare checkout."""
    try:
        return version("jupyterlab-torchprof")
    except PackageNotFoundError:
        return "0+unknown"


def describe(devices: Devices) -> Environment:
    """The environment as it is now: PyTorch and its devices appear when they are used."""
    torch = imported_torch()
    torch_version = getattr(torch, "__version__", None)
    ipython = sys.modules.get("IPython")
    return Environment(
        extension=_extension_version(),
        python=platform.python_version(),
        platform=_platform(),
        ipython=getattr(ipython, "__version__", None),
        torch=None if torch_version is None else str(torch_version),
        cpu_count=cpu_count(),
        host_total_bytes=host_total_bytes(),
        devices=devices.describe(),
    )


_extension_version = functools.cache(extension_version)
_platform = functools.cache(platform.platform)


def cpu_count() -> int | None:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count()
