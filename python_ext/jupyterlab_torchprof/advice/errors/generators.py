"""Generators of random numbers on another device than the numbers."""

from __future__ import annotations

import re

from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, said

_MESSAGE = "device type for generator but found"
_DEVICES = re.compile(r"Expected a '(\w+)' device type for generator but found '(\w+)'")
_SAMPLING = ("_next_index", "_next_data", "random_split")


class GeneratorDevice(Rule):
    """A generator makes random numbers on its own device only.

    Evidence: PyTorch's error, with both devices.

    Fix: By hand: a generator of the device on which the numbers are made.

    Silent: For other errors.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Generator.html

    Notes: The wording is that of PyTorch 2.4 to 2.15. With another generator come other numbers, so
    there is no fix.
    """

    id = "generator-device"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's own error."""
        failure = failure_of(case, _MESSAGE, names=("RuntimeError",))
        match = _DEVICES.search(failure.error.message) if failure is not None else None
        if failure is None or match is None:
            return None
        wanted, found = match[1], match[2]
        way = f'`torch.Generator(device="{wanted}")` is one for it.'
        if any(call.function in _SAMPLING for call in failure.error.calls):
            way = (
                f"`torch.set_default_device` has the sampler make its order on {wanted}: pass "
                f'`generator=torch.Generator(device="{wanted}")`, or leave the default device on '
                "the CPU and move the batches."
            )
        return Finding(
            title=f"The generator is on {found}, and the random numbers are made on {wanted}.",
            explanation=way,
            evidence=[said(failure.error)],
            remedy=by_hand_at(case, failure, "Another generator gives other numbers."),
        )
