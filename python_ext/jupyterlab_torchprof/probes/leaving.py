"""Leaves time for PyTorch's own threads when a program leaves its process group.

A collective of a backward keeps a Python object, which its thread lets go of when it is done; for
that it needs the interpreter's lock. The last ``DistributedDataParallel`` to go takes the group
with it, waits for that thread and keeps the lock meanwhile: a program that ends right after its
last backward may hang for ever (PyTorch 2.13, ``ProcessGroupGloo``). Of 20 starts of two ranks with
20 small steps 5 hung without us; with a pause, in which the thread gets the lock, none did.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from ..patches import Patches
from .base import Probe
from .hooks.wrapping import forget_frame, stands_for, wrap_everywhere

_MODULES = ("torch.distributed.distributed_c10d", "torch.distributed")
_PAUSE_S = 0.02


class LeavingProbe(Probe):
    """Writes nothing."""

    name: ClassVar[str] = "process groups"
    needs_torch: ClassVar[bool] = True

    def attach(self, patches: Patches) -> None:
        """Wrap the end of a process group, under both of its names, if PyTorch has imported it."""
        owners = [sys.modules[name] for name in _MODULES if name in sys.modules]
        if len(owners) == len(_MODULES):
            wrap_everywhere(patches, owners, "destroy_process_group", _wrapped)


def _wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
    nap = threading.Event()  # `time.sleep` may be the program's own

    @stands_for(original)
    def destroy_process_group(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            nap.wait(_PAUSE_S)
            return original(*args, **kwargs)
        except BaseException as error:
            forget_frame(error)
            raise

    return destroy_process_group
