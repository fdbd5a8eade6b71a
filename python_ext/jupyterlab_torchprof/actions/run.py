"""Carries an action out and measures what it freed."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from ..memory.host import can_trim, freed_bytes, trim
from ..probes.devices import Devices
from ..probes.host_memory import make_resident_reader, resident_or_none
from ..probes.torch_import import imported_torch
from ..record import Action
from ..units import format_bytes
from .cycles import collect_cycles
from .release import (
    ActionError,
    clear_traceback,
    delete_names,
    let_go,
    release_outputs,
)

_WORTH_SAYING = 1 << 20
"""The host's memory goes up and down by less all the time."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action."""

    ok: bool
    message: str
    """One sentence."""
    freed_bytes: dict[str, int] = field(default_factory=dict)
    """Allocated before less after, by device, ``"host"`` among them."""


def run_action(shell: InteractiveShell, action: Action, devices: Devices) -> Done:
    """Do it; never raises."""
    devices.refresh()
    try:
        if action.kind == "empty_cache" and not devices.names():
            raise ActionError("No accelerator has been started, so there is no cache.")
        work = _work(shell, action)
        before, kept = _levels(devices, action), freed_bytes() or 0
        found = work()
        after, kept = _levels(devices, action), (freed_bytes() or 0) - kept
    except ActionError as error:
        return Done(ok=False, message=str(error))
    except Exception as error:
        return Done(ok=False, message=f"It failed: {type(error).__name__}: {error}")
    freed = {name: level - after.get(name, 0) for name, level in before.items()}
    return Done(ok=True, message=_sentence(action, freed, kept, found), freed_bytes=freed)


def _work(shell: InteractiveShell, action: Action) -> Callable[[], str | None]:
    """The function to call, which may say what it found.

    Raises ActionError if the action makes no sense here.
    """
    kind, targets = action.kind, action.targets
    if kind == "release_outputs":
        return lambda: _and_collect(lambda: release_outputs(shell, targets))
    if kind == "clear_traceback":
        return lambda: _and_collect(lambda: clear_traceback(shell))
    if kind == "delete_names":
        return lambda: _and_collect(lambda: delete_names(shell, targets))
    if kind in ("empty_containers", "delete_keys"):
        return lambda: _and_collect(lambda: let_go(shell, targets))
    if kind == "empty_cache":
        return _empty_cache
    if kind == "collect_garbage":
        return collect_cycles
    if kind == "trim_host":
        if not can_trim():
            raise ActionError("Only the GNU C library can give freed memory back.")
        return trim
    raise ActionError("A cell is run in the notebook, not by the kernel.")


def _and_collect(work: Callable[[], None]) -> None:
    work()
    # Objects in cycles (a model with hooks, frames) go only now; the user waits for the memory.
    gc.collect()


def _empty_cache() -> None:
    torch: Any = imported_torch()
    accelerator: Any = getattr(torch, "accelerator", None)
    if hasattr(accelerator, "empty_cache"):
        accelerator.empty_cache()
    elif torch is not None:  # PyTorch before 2.9
        torch.cuda.empty_cache()


def _levels(devices: Devices, action: Action) -> dict[str, int]:
    """Bytes by device: allocated, or what the allocator holds where its cache is emptied."""
    levels: dict[str, int] = {}
    for name in devices.names():
        use = devices.use(name)
        held = use.reserved if action.kind == "empty_cache" else use.allocated
        levels[name] = held or 0
    resident = resident_or_none(make_resident_reader())
    if resident is not None:
        levels["host"] = resident
    return levels


def _sentence(action: Action, freed: dict[str, int], kept: int, found: str | None) -> str:
    """What came of it; ``kept``: bytes that the C library has free now and had not before."""
    told = f" Collected {found}." if found else ""
    return f"{_freed(action, freed, kept, found)}{told}"


def _freed(action: Action, freed: dict[str, int], kept: int, found: str | None) -> str:
    parts = [
        f"{format_bytes(nbytes)} {'of host memory' if name == 'host' else f'on {name}'}"
        for name, nbytes in freed.items()
        if nbytes >= (_WORTH_SAYING if name == "host" else 1)
    ]
    if parts:
        return f"Freed {' and '.join(parts)}."
    if kept >= _WORTH_SAYING and action.kind != "trim_host":
        return f"Freed {format_bytes(kept)} of host memory, which the process keeps for later use."
    if action.kind == "empty_cache":
        return "Nothing was freed: the cache was empty."
    if action.kind == "trim_host":
        return "Nothing was freed: the C library had nothing to give back."
    if action.kind == "collect_garbage":
        return "No memory was freed." if found else "There were no cycles with memory to free."
    return "Done, but no memory was freed: something else still holds it."
