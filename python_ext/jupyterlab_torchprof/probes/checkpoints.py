"""Observes what becomes of loaded checkpoints: into which module, and whether they stay.

A dictionary that was loaded is known again by its tensors, wherever they are put: a part of it,
or a dictionary with other keys, is the same checkpoint.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar

from ..health import Health
from ..patches import Patches
from ..record import CellRecord, Checkpoint
from .base import CellRun, Probe
from .hooks.wrapping import forget_frame, stands_for
from .loads.landed import Landing
from .objects.dictionaries import dictionaries
from .objects.kinds import class_name
from .objects.paths import variable
from .objects.survey import Survey, survey
from .objects.tensors import Tensors
from .objects.walk import Bounds, walk
from .torch_import import imported_torch

_MAX_LOADS = 20
_MAX_TENSORS = 2000
"""Of one load that are remembered."""
_MAX_CHECKPOINTS = 20
_FIRST = 64
"""Values of a dictionary among which its first tensor is looked for."""

_Held = list[tuple[int, int, str]]
"""Key, bytes and device of storages."""


@dataclass(slots=True)
class _Load:
    """One dictionary that was loaded. Keeps nothing of it alive."""

    run_id: str
    place: int | None
    tensors: list[weakref.ref[Any]]
    ids: set[int]
    mapped: frozenset[int]
    """Keys of storages in a mapped file: the system can have their memory back."""
    into: weakref.ref[Any] | None = None
    into_class: str = ""
    into_run_id: str = ""
    into_place: int | None = None
    held: dict[str, tuple[tuple[int, ...], _Held]] = field(default_factory=dict)
    """By variable: by what it can be told that nothing has changed, and its storages."""

    def living(self) -> int:
        """How many of its tensors are still there."""
        return sum(ref() is not None for ref in self.tensors)


class CheckpointsProbe(Probe):
    """Writes ``checkpoints``. `loaded` is to be told of every load."""

    name: ClassVar[str] = "checkpoints"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health) -> None:
        """Failures are reported to ``health``."""
        super().__init__(health)
        self._run: CellRun | None = None
        self._loads: list[_Load] = []
        self._thread = threading.local()

    def attach(self, patches: Patches) -> None:
        """Wrap ``torch.nn.Module.load_state_dict``."""
        torch = imported_torch()
        assert torch is not None
        self._tensor = torch._C.TensorBase
        patches.wrap(torch.nn.Module, "load_state_dict", self._wrap)

    def begin(self, run: CellRun) -> None:
        """What is loaded from now on is this run's."""
        self._run = run

    def loaded(self, run: CellRun, result: Any, landing: Landing, place: int | None) -> None:
        """A load has returned ``result``, which has these tensors in it."""
        some = landing.tensors[:_MAX_TENSORS] if issubclass(type(result), dict) else ()
        refs = [weakref.ref(tensor) for tensor in some]
        if refs:
            ids, mapped = {id(tensor) for tensor in some}, frozenset(landing.mapped or ())
            self._loads = self._loads[1 - _MAX_LOADS :]
            self._loads.append(_Load(run.run_id, place, refs, ids, mapped))

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Look for variables that still hold one."""
        self._run = None
        living = [(load, load.living()) for load in self._loads]
        self._loads = [load for load, alive in living if alive]
        found, torch = survey(run) if self._loads else None, imported_torch()
        if found is None or torch is None:
            return
        alive_of = {id(load): alive for load, alive in living}
        for name, thing in dictionaries(run.namespace, Tensors(torch)):
            load = self._load_of(thing)
            if load is not None and len(record.checkpoints) < _MAX_CHECKPOINTS:
                signature = (id(thing), dict.__len__(thing), alive_of[id(load)])
                held = _held(load, name, thing, signature)
                record.checkpoints.append(_checkpoint(run, load, name, held, found))

    def _load_of(self, thing: Any) -> _Load | None:
        """The load that the first tensor in a dictionary comes from."""
        for tensor in self._first_tensors(thing):
            for load in reversed(self._loads):
                if id(tensor) in load.ids and any(ref() is tensor for ref in load.tensors):
                    return load
        return None

    def _first_tensors(self, thing: Any, depth: int = 0) -> Iterator[Any]:
        """The first tensor of a dictionary, or of each of the dictionaries in it."""
        for value in islice(dict.values(thing), _FIRST):
            if issubclass(type(value), self._tensor):
                yield value
                return
            if depth < 2 and issubclass(type(value), dict):
                yield from self._first_tensors(value, depth + 1)

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        thread = self._thread

        @stands_for(original)
        def load_state_dict(module: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                if self._run is None or not self._loads or getattr(thread, "inside", False):
                    return original(module, *args, **kwargs)
                thread.inside = True
                try:
                    result = original(module, *args, **kwargs)
                finally:
                    thread.inside = False
                self._taken(module, args[0] if args else kwargs.get("state_dict"))
                return result
            except BaseException as error:
                forget_frame(error)
                raise

        return load_state_dict

    def _taken(self, module: Any, state: Any) -> None:
        try:
            run = self._run
            load = self._load_of(state) if issubclass(type(state), dict) else None
            if run is not None and load is not None:
                load.into, load.into_class = weakref.ref(module), class_name(module)
                load.into_run_id = run.run_id
                load.into_place = run.place(sys._getframe(1))
        except Exception as error:
            self.health.failed(self.name, error)


def _held(load: _Load, name: str, thing: Any, signature: tuple[int, ...]) -> _Held:
    """The storages of a variable's tensors, as found before if nothing has changed."""
    known = load.held.get(name)
    if known is not None and known[0] == signature:
        return known[1]
    torch = imported_torch()
    assert torch is not None
    read = Tensors(torch)
    found = walk(read, [(thing, variable(name))], Bounds(seconds=0.005))
    storages: dict[int, tuple[int, int, str]] = {}
    with read.quiet():
        for tensor, _trail in found.tensors:
            storage = read.storage(tensor)
            if storage is not None:
                storages[storage[0]] = (*storage, read.device_name(tensor))
    held = list(storages.values())
    load.held[name] = (signature, held)
    return held


def _checkpoint(run: CellRun, load: _Load, name: str, held: _Held, found: Survey) -> Checkpoint:
    unique: dict[str, int] = {}
    for key, nbytes, device in held:
        if key not in found.module_storages and key not in load.mapped:
            unique[device] = unique.get(device, 0) + nbytes
    in_this_run = load.into_run_id == run.run_id
    return Checkpoint(
        variable=name,
        place=load.place if load.run_id == run.run_id else None,
        unique_bytes=unique,
        loaded_into=None if load.into is None else _name_of(load.into(), found) or load.into_class,
        loaded_place=load.into_place if in_this_run else None,
    )


def _name_of(module: Any, found: Survey) -> str | None:
    if module is None:
        return None
    return next((name for name, ref in found.modules.items() if ref() is module), None)
