"""Builds of PyTorch that cannot use the machine's GPUs."""

from __future__ import annotations

from ...record import CellRecord
from ...words import count_of
from ..evidence.builds import Mismatch, mismatch
from ..grammar import Case, Finding, Rule

_TOO_OLD = "driver on your system is too old"
"""From PyTorch's own words where it cannot start CUDA."""
_WHEELS = "https://download.pytorch.org/whl/cu126"


class EnvCudaMismatch(Rule):
    """The machine has NVIDIA GPUs, and this build of PyTorch cannot use them: it is one for the
    CPU only, or needs a newer driver.

    Evidence: The devices and the version that the driver reports, and the CUDA version that
    PyTorch was built for; of a driver that is too old, PyTorch's own warning or error.

    Fix: By hand: install another build, or update the driver; `%torchprof doctor` prints the
    command.

    Silent: Where `CUDA_VISIBLE_DEVICES` or a container hides the GPUs on purpose, where another
    accelerator is in use, and without an NVIDIA driver.

    Sources:
        https://pytorch.org/get-started/locally/
        https://docs.nvidia.com/deploy/cuda-compatibility/

    Notes: Nothing is started to find that out, and an installation is never changed by us.
    """

    id = "env-cuda-mismatch"
    severity = "high"
    alters = "nothing"
    once = True

    def find(self, case: Case) -> Finding | None:
        """Devices that only the driver knows; of an old driver, once PyTorch has said so."""
        found = mismatch(case.record.torch)
        if found is None or (found.needs_driver is not None and not _is_told(case.record)):
            return None
        gpus = "GPU" if found.devices == 1 else "GPUs"
        return Finding(
            title=f"This PyTorch cannot use the {gpus} of the machine.",
            explanation=_explanation(found),
            evidence=_evidence(found),
            remedy=case.by_hand("An installation is not changed from a notebook."),
        )


def _is_told(record: CellRecord) -> bool:
    """Whether PyTorch refused to start CUDA in this run because of the driver."""
    said = [warning.message for warning in record.warnings]
    if record.error is not None:
        said.append(record.error.message)
    return any(_TOO_OLD in message for message in said)


def _explanation(found: Mismatch) -> str:
    if found.needs_driver is None:
        return (
            "It is built for the CPU only, so everything runs there. Install a build with CUDA, "
            f"such as `pip install --force-reinstall torch --index-url {_WHEELS}`, and restart "
            "the kernel; `%torchprof doctor` says which build the driver supports."
        )
    return (
        f"It is built for CUDA {found.state.build_cuda}, which needs a driver of version "
        f"{found.needs_driver} or newer. Update the driver, or install a build for an older "
        "CUDA; `%torchprof doctor` prints the command."
    )


def _evidence(found: Mismatch) -> list[str]:
    state = found.state
    cuda = f"CUDA {state.build_cuda}" if state.build_cuda else "the CPU only"
    driver = f" {state.driver_version}" if state.driver_version else ""
    facts = [
        f"The NVIDIA driver{driver} knows {count_of(found.devices, 'device')}.",
        f"PyTorch {state.version} is built for {cuda}.",
    ]
    if found.needs_driver is not None:
        facts.append("PyTorch said that the driver is too old.")
    return facts
