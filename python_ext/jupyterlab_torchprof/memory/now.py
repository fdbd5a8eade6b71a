"""Keeps what holds memory at present, from cell to cell and from action to action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..probes.devices import Devices
from ..probes.host_memory import host_total_bytes, make_resident_reader, resident_or_none
from ..probes.objects.kept import Kept
from ..probes.objects.survey import Survey, make_survey
from ..probes.objects.tensors import Tensors
from ..probes.torch_import import imported_torch
from ..record import HOST, Action, CellRecord, DeviceMemory, Growth, MemoryNow, MemoryShare
from . import host
from .after import after_action
from .counts import Counts
from .growing import GROWTH_BYTES, Growing
from .lots import AN_ACTION, CPU, Lots, RunName
from .offers import offer
from .others import sharers
from .seen import SeenTensors, all_seen
from .shares import LEAST_BYTES, Held, Path, held_by
from .within import Within

_MOST_HOLDERS = 40
_MOST_MADE = 60
_FREED_BYTES = 16 << 20
"""What the C library keeps below this is how it works."""


class Memory:
    """What holds memory now. Nothing of it is kept alive."""

    def __init__(self, devices: Devices) -> None:
        """``devices``: those of the process, looked at by others."""
        self._devices = devices
        self._lots = Lots()
        self._seen = SeenTensors()
        self._growing: Growing[Path] = Growing(GROWTH_BYTES)
        self._counts = Counts()
        self._within = Within()
        self._last: CellRecord | None = None
        self._found: Survey | None = None
        """What the last run's survey found, or the one after the last action."""
        self._freed = host.Freed()
        self._total_bytes = host_total_bytes()
        self._resident_bytes = make_resident_reader()
        self.now: MemoryNow | None = None

    def look(
        self,
        record: CellRecord,
        found: Survey | None,
        namespace: Mapping[str, Any],
        *,
        ran_out: bool = False,
    ) -> None:
        """A run has ended; its record is complete. ``ran_out``: a device's memory was too small."""
        torch = imported_torch()
        if found is None or torch is None:
            return
        run = RunName(record.run_id, record.execution_count)
        tensors = Tensors(torch)
        held = self._find(tensors, run, record, found)
        self._growing.look(record.cell_id, _by_path(held))
        self._counts.look(record.cell_id, found)
        self._within.look(
            record,
            _gathering(held),
            self._growing.latest,
            lambda key: self._lots.is_of(run, key),
            namespace,
            ran_out=ran_out,
        )
        self.now = self._describe(tensors, held, record, found, namespace)

    def look_again(self, namespace: Mapping[str, Any], action: Action) -> None:
        """An action was carried out: what it let go of is there no more."""
        torch, last, before = imported_torch(), self._last, self._found
        if torch is None or last is None or before is None:
            return
        if action.kind == "trim_host":
            self._freed.trimmed()
        found = make_survey(torch, namespace)
        record, tensors = after_action(last, before, found, namespace), Tensors(torch)
        held = self._find(tensors, AN_ACTION, record, found)
        self._counts.note(found)
        self.now = self._describe(tensors, held, record, found, namespace)

    def of_device(self, name: str) -> list[MemoryShare]:
        """What holds the memory of a device, largest first; empty where it was not looked."""
        devices = self.now.devices if self.now is not None else []
        return next((one.holders for one in devices if one.device == name), [])

    def _find(
        self, tensors: Tensors, run: RunName, record: CellRecord, found: Survey
    ) -> dict[str, Held]:
        """What holds memory, by device."""
        self._last, self._found = record, found
        with tensors.quiet():
            self._lots.look(run, list(all_seen(record, found, self._seen)), tensors)
        names = [HOST, *self._devices.names()]
        return {name: held_by(record, found, _tensors_of(name)) for name in names}

    def _describe(
        self,
        tensors: Tensors,
        held: Mapping[str, Held],
        record: CellRecord,
        found: Survey,
        namespace: Mapping[str, Any],
    ) -> MemoryNow:
        others = sharers(found)
        devices: list[DeviceMemory] = []
        entries = {entry.device: entry for entry in record.memory}
        for name, known in held.items():
            entry = entries.get(name)
            elsewhere = entry.other_processes_bytes if entry is not None else None
            total = known.total()
            one = self._host(total) if name == HOST else self._device(name, total, elsewhere)
            if one is None:
                continue
            for rest in one.holders if found.not_looked_at else ():
                if rest.kind in ("unknown", "process"):
                    rest.not_looked_at = found.not_looked_at
            with tensors.quiet():
                rows = known.largest(_MOST_HOLDERS, self._lots, tensors, self._counts.has)
            rows = [
                share
                for share in (*rows, *one.holders)
                if share.held_bytes >= LEAST_BYTES or share.shares_with or self._counts.has(share)
            ]
            one.holders = sorted(rows, key=lambda share: -share.held_bytes)[:_MOST_HOLDERS]
            for share in one.holders:
                self._explain(share, name)
                share.action = offer(
                    share,
                    name,
                    found.optimizers,
                    others.get(share.name or "", ()),
                    namespace,
                )
            devices.append(one)
        made = self._lots.made()[-_MOST_MADE:]
        return MemoryNow(devices=devices, made=made, run_id=record.run_id)

    def _explain(self, share: MemoryShare, device: str) -> None:
        """Add how it grew."""
        if share.name is None:
            return
        grown = self._growing.of((share.kind, share.name, device))
        if grown is not None:
            share.growth = Growth(cell_id=grown.cell_id, grown_bytes=grown.least, runs=grown.runs)
        share.counts = self._counts.of(share)
        share.within = self._within.of(share, device)

    def _device(self, name: str, known: int, others: int | None) -> DeviceMemory | None:
        use = self._devices.use(name)
        return DeviceMemory(
            device=name,
            used_bytes=use.allocated,
            reserved_bytes=use.reserved,
            total_bytes=self._devices.total_bytes(name),
            holders=[*_rest(known, use.allocated, use.reserved, others)],
        )

    def _host(self, known: int) -> DeviceMemory | None:
        resident = resident_or_none(self._resident_bytes)
        if resident is None:
            return None
        freed = self._freed.look()
        left = resident - known
        holders: list[MemoryShare] = []
        if freed >= _FREED_BYTES:
            freed = min(freed, max(0, left))
            holders.append(MemoryShare(kind="freed", name=None, held_bytes=freed))
            left -= freed
        holders.append(MemoryShare(kind="process", name=None, held_bytes=max(0, left)))
        return DeviceMemory(
            device=HOST,
            used_bytes=resident,
            total_bytes=self._total_bytes,
            holders=holders,
        )


def _rest(
    known: int, allocated: int, reserved: int | None, others: int | None
) -> Iterator[MemoryShare]:
    """What no variable reaches, what is cached, and what other processes have."""
    rest = allocated - known
    if rest > 0:
        yield MemoryShare(kind="unknown", name=None, held_bytes=rest)
    if reserved is not None and reserved > allocated:
        yield MemoryShare(kind="cached", name=None, held_bytes=reserved - allocated)
    if others:
        yield MemoryShare(kind="other_processes", name=None, held_bytes=others)


def _by_path(held: Mapping[str, Held]) -> dict[Path, int]:
    return dict(pair for name, its in held.items() for pair in its.by_path(name))


def _gathering(held: Mapping[str, Held]) -> dict[Path, Kept]:
    """What has several tensors."""
    return {
        ("tensors", kept.path, name): kept
        for name, its in held.items()
        for kept in its.kept
        if kept.tensors > 1 and not kept.optimizer
    }


def _tensors_of(device: str) -> str:
    """PyTorch's name of a device."""
    return CPU if device == HOST else device
