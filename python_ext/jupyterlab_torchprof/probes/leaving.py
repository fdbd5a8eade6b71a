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
from .hooks.wrapping import forget_frame, stands_for

_MODULE = "torch.distributed.distributed_c10d"
_NAME = "destroy_process_group"
_PAUSE_S = 0.02


class LeavingProbe(Probe):
    """Writes nothing."""

    name: ClassVar[str] = "process groups"
    needs_torch: ClassVar[bool] = True

    def attach(self, patches: Patches) -> None:
        """Wrap the end of a process group, under both of its names, if PyTorch has imported it."""
        module: Any = sys.modules.get(_MODULE)
        if module is None:
            return
        original = getattr(module, _NAME)
        wrapper = _wrapped(original)
        for owner in (module, sys.modules.get("torch.distributed")):
            if owner is not None and getattr(owner, _NAME, None) is original:
                patches.wrap(owner, _NAME, lambda _original: wrapper)


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
