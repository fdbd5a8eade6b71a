"""Checks on the device that failed."""

from __future__ import annotations

from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, said

_DEVICE_ASSERT = "device-side assert triggered"


class DeviceAssert(Rule):
    """A kernel on the device found a value that it must not get, and CUDA does no more for this
    process.

    Evidence: CUDA's error of a device-side assertion.

    Fix: By hand: restart the kernel, and look for the value on the CPU.

    Silent: For other errors of CUDA.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution

    Notes: The error is raised by whatever asks CUDA next, so its line proves nothing, and no value
    is named. The wording is that of PyTorch 2.4 to 2.15.
    """

    id = "device-assert"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """CUDA's own error."""
        failure = failure_of(case, _DEVICE_ASSERT, names=("RuntimeError", "AcceleratorError"))
        if failure is None:
            return None
        return Finding(
            title="A check on the device failed, and CUDA is lost to this kernel until a restart.",
            explanation=(
                "Most such checks are of an index: a label that is no class, a token beyond the "
                "rows of an embedding. Kernels run later than the lines that ask for them, so the "
                "failing line may be another one. Restart the kernel and run the same batch on "
                "the CPU, where the error names the line and the value."
            ),
            evidence=[said(failure.error)],
            remedy=by_hand_at(case, failure, "Only a restart of the kernel gives the device back."),
        )
