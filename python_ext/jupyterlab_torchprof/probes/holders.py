"""Observes what keeps memory alive beyond variables: outputs, tracebacks, objects from before."""

from __future__ import annotations

from typing import Any, ClassVar

from ..health import Health
from ..record import CellRecord, Holder
from .base import CellRun, Probe
from .collector import collector_paused
from .holding.footprint import Footprint
from .holding.outputs import Outputs
from .holding.outside import Outside
from .holding.rebound import Old, Rebound
from .holding.tracebacks import LastTraceback
from .objects.survey import Survey, survey
from .objects.tensors import Tensors
from .torch_import import imported_torch

_MAX_HOLDERS = 50


class HoldersProbe(Probe):
    """Writes ``holders``."""

    name: ClassVar[str] = "holders"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health) -> None:
        """Failures are reported to ``health``."""
        super().__init__(health)
        self._outputs = Outputs()
        self._traceback = LastTraceback()
        self._rebound = Rebound()

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Look at all of them, and count each storage for the first."""
        found, torch = survey(run), imported_torch()
        if found is None or torch is None:
            return
        with collector_paused():
            found.outside = self._find(Tensors(torch), run, record, found)
        holders = [one.holder for one in found.outside if one.is_told()]
        holders.sort(key=lambda holder: -sum(holder.unique_bytes.values()))
        record.holders = holders[:_MAX_HOLDERS]

    def _find(
        self, tensors: Tensors, run: CellRun, record: CellRecord, found: Survey
    ) -> list[Outside]:
        namespace: Any = run.namespace
        olds = self._rebound.look(tensors, namespace, found)
        graphs = found.graph_storages is not None
        outputs = self._outputs.look(tensors, namespace, graphs=graphs)
        raised_by = run.execution_count if record.status == "error" else None
        frames = self._traceback.look(tensors, namespace, found, raised_by=raised_by)
        if not (olds or outputs or frames):
            return []
        taken = found.storages | (found.graph_storages or set())
        outside: list[Outside] = []

        def add(kind: Any, name: str, held: Footprint, **more: Any) -> None:
            holder = Holder(kind=kind, name=name, what=held.what, **more)
            outside.append(Outside(holder, held, taken))

        for old in olds:
            others = _holding(old, outputs, [held for _name, held in frames])
            if old.held_by and not others and old.root.reference() is not None:
                continue  # an optimizer has its parameters only: a closure has it, or the like
            if old.held_by:  # the survey has reached it by way of the optimizer only
                taken.difference_update(old.footprint.storages)
            add("old_object", old.name, old.footprint, held_by=[*old.held_by, *others])
        for count, held in outputs.items():
            add("output", f"Out[{count}]", held, execution_count=count)
        for name, held in frames:
            add("traceback", name, held, execution_count=self._traceback.execution_count)
        return outside


def _holding(old: Old, outputs: dict[int, Footprint], frames: list[Footprint]) -> list[str]:
    """Which outputs have the object in them, and whether the traceback has."""
    thing = old.root.reference()
    wanted = -1 if thing is None else id(thing)
    names = [f"Out[{count}]" for count, held in outputs.items() if wanted in held.ids]
    if any(wanted in held.ids for held in frames):
        names.append("traceback")
    return names
