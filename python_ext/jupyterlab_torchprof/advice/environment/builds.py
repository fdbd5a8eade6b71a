"""Builds of PyTorch that cannot use the machine's GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity, TorchState
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters

_OLDEST_DRIVERS = {11: 450, 12: 525, 13: 580}
"""By the major CUDA version of the build: the major version of the oldest driver on Linux that
runs it (NVIDIA's table of CUDA compatibility)."""
_TOO_OLD = "driver on your system is too old"
"""From PyTorch's own words where it cannot start CUDA."""
_OTHERS = ("rocm", "xpu")
"""In the versions of builds for other makers' devices."""
_WHEELS = "https://download.pytorch.org/whl/cu126"


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


class EnvCudaMismatch(OldRule[Mismatch]):
    """PyTorch's build does not fit the machine: it has GPUs, and PyTorch cannot use them.

    The finding is devices that the NVIDIA driver knows, beside a build of PyTorch without CUDA,
    or with a CUDA that needs a newer driver than this one, where PyTorch has said so itself in
    this run. Nothing is started to find that out. Hidden devices (``CUDA_VISIBLE_DEVICES=""``,
    a container without them) are left alone. A remark on the session; an installation is never
    changed by us.
    """

    id: ClassVar[str] = "env-cuda-mismatch"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "The machine has NVIDIA GPUs, and this build of PyTorch cannot use them: it is one for "
        "the CPU only, or needs a newer driver."
    )
    proof: ClassVar[str] = (
        "The devices and the version that the driver reports, and the CUDA version that PyTorch "
        "was built for; of a driver that is too old, PyTorch's own warning or error."
    )
    cure: ClassVar[str] = (
        "By hand: install another build, or update the driver; `%torchprof doctor` prints the "
        "command."
    )
    silent: ClassVar[str] = (
        "Where `CUDA_VISIBLE_DEVICES` or a container hides the GPUs on purpose, where another "
        "accelerator is in use, and without an NVIDIA driver."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://pytorch.org/get-started/locally/",
        "https://docs.nvidia.com/deploy/cuda-compatibility/",
    )
    once: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Mismatch | None:
        """See the class."""
        found = mismatch(record.torch)
        if found is None or found.needs_driver is None or _is_told(record):
            return found
        return None

    def title(self, finding: Mismatch) -> str:
        """One sentence."""
        gpus = "GPU" if finding.devices == 1 else "GPUs"
        return f"This PyTorch cannot use the {gpus} of the machine."

    def explanation(self, finding: Mismatch) -> str:
        """What happens and what can be done."""
        if finding.needs_driver is None:
            return (
                "It is built for the CPU only, so everything runs there. Install a build with "
                f"CUDA, such as `pip install --force-reinstall torch --index-url {_WHEELS}`, and "
                "restart the kernel; `%torchprof doctor` says which build the driver supports."
            )
        return (
            f"It is built for CUDA {finding.state.build_cuda}, which needs a driver of version "
            f"{finding.needs_driver} or newer. Update the driver, or install a build for an older "
            "CUDA; `%torchprof doctor` prints the command."
        )

    def evidence(self, finding: Mismatch) -> list[str]:
        """Facts of the record."""
        state = finding.state
        cuda = f"CUDA {state.build_cuda}" if state.build_cuda else "the CPU only"
        driver = f" {state.driver_version}" if state.driver_version else ""
        facts = [
            f"The NVIDIA driver{driver} knows {count_of(finding.devices, 'device')}.",
            f"PyTorch {state.version} is built for {cuda}.",
        ]
        if finding.needs_driver is not None:
            facts.append("PyTorch said that the driver is too old.")
        return facts

    def remedy(self, finding: Mismatch) -> Remedy:
        """Never done for the user."""
        return Remedy(refusal="An installation is not changed from a notebook.")


def _is_told(record: CellRecord) -> bool:
    """Whether PyTorch refused to start CUDA in this run because of the driver."""
    said = [warning.message for warning in record.warnings]
    if record.error is not None:
        said.append(record.error.message)
    return any(_TOO_OLD in message for message in said)


def _major(version: str | None) -> int | None:
    first = (version or "").partition(".")[0]
    return int(first) if first.isdigit() else None
