"""The functions by which modules are called: PyTorch's, and those that classes have themselves."""

from __future__ import annotations

from collections.abc import Iterable
from types import FrameType

from .call_code import CallSwitch, CallWatcher, own_call_switch

_MAX_OWN = 8
"""Functions of other classes than PyTorch's that are watched as well."""


class Switches:
    """Arms and disarms all of them for one who watches."""

    def __init__(self, watcher: CallWatcher, of_torch: CallSwitch) -> None:
        """``of_torch``: that of PyTorch's ``Module``."""
        self._watcher = watcher
        self._of_torch = of_torch
        self._own: list[CallSwitch] = []

    def learn(self, classes: Iterable[type]) -> None:
        """Watch calls of these classes of modules as well, when they are armed next."""
        for cls in classes:
            if len(self._own) >= _MAX_OWN:
                return
            switch = own_call_switch(cls)
            if switch is not None and switch not in self._own:
                self._own.append(switch)

    def forget_the_dead(self) -> None:
        """Classes may be gone."""
        self._own = [each for each in self._own if each.is_alive()]

    def arm(self) -> None:
        """Tell of each call from now on."""
        for switch in (self._of_torch, *self._own):
            switch.arm(self._watcher)

    def disarm(self) -> None:
        """Tell no more, but of the return of the calls that are known."""
        for switch in (self._of_torch, *self._own):
            switch.disarm(self._watcher)

    def is_within(self, frame: FrameType | None) -> bool:
        """Whether a call of a module is on the stack from ``frame`` on."""
        return any(switch.is_within(frame) for switch in (self._of_torch, *self._own))
