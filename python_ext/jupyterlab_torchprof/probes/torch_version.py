"""The versions of PyTorch that the probes know."""

from __future__ import annotations

import re
from functools import lru_cache
from types import ModuleType

OLDEST = (2, 4)
"""Nothing is hooked into, or read from, an older one."""


def version_of(torch: ModuleType) -> tuple[int, int] | None:
    """Major and minor version; ``None`` where a build of somebody's own does not tell."""
    return _parsed(str(vars(torch).get("__version__", "")))


@lru_cache(maxsize=4)  # each probe asks in each cell
def _parsed(version: str) -> tuple[int, int] | None:
    match = re.match(r"(\d+)\.(\d+)", version)
    return (int(match[1]), int(match[2])) if match else None


def is_supported(torch: ModuleType) -> bool:
    """Whether the probes may attach; an unknown version is taken for a new one."""
    version = version_of(torch)
    return version is None or version >= OLDEST


def why_not_supported(torch: ModuleType) -> str:
    """One sentence for the user."""
    version = ".".join(map(str, version_of(torch) or ()))
    oldest = ".".join(map(str, OLDEST))
    return (
        f"PyTorch {version} is older than {oldest}, the oldest that the profiler knows: "
        "it shows time and host memory only."
    )
