"""Keeps what holds memory at present, from cell to cell and from action to action."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..probes.devices import Devices
from ..probes.host_memory import HOST, host_total_bytes, make_resident_reader, resident_or_none
from ..probes.objects.survey import Survey, make_survey
from ..probes.objects.tensors import Tensors
from ..probes.torch_import import imported_torch
from ..record import Action, CellRecord, DeviceMemory, MemoryNow, MemoryShare
from . import host
from .growing import Growing
from .lots import AN_ACTION, CPU, Lots, RunName
from .offers import offer
from .others import is_held_elsewhere, sharers
from .seen import all_seen, carrier_of
from .shares import Source, shares

_MOST_HOLDERS = 40
_MOST_MADE = 60
_LEAST_BYTES = 1 << 16
_FREED_BYTES = 16 << 20
"""What the C library keeps below this is how it works."""


class Memory:
    """What holds memory now. Nothing of it is kept alive."""

    def __init__(self, devices: Devices) -> None:
        """``devices``: those of the process, looked at by others."""
        self._devices = devices
        self._lots = Lots()
        self._growing = Growing()
        self._last: CellRecord | None = None
        self._freed = host.Freed()
        self._total_bytes = host_total_bytes()
        self._resident_bytes = make_resident_reader()
        self.now: MemoryNow | None = None

    def look(self, record: CellRecord, found: Survey | None, namespace: Mapping[str, Any]) -> None:
        """A run has ended; its record is complete."""
        torch = imported_torch()
        if found is None or torch is None:
            return
        run = RunName(record.run_id, record.execution_count)
        held = self._find(Tensors(torch), run, record, found)
        self._growing.look(record.cell_id, _by_path(held))
        self.now = self._describe(held, record, found, namespace)

    def look_again(self, namespace: Mapping[str, Any], action: Action) -> None:
        """An action was carried out: what it let go of is there no more."""
        torch, last = imported_torch(), self._last
        if torch is None or last is None:
            return
        if action.kind == "trim_host":
            self._freed.trimmed()
        found = make_survey(torch, namespace)
        record = _after(last, found, namespace)
        held = self._find(Tensors(torch), AN_ACTION, record, found)
        self.now = self._describe(held, record, found, namespace)

    def of_device(self, name: str) -> list[MemoryShare]:
        """What holds the memory of a device, largest first; empty where it was not looked."""
        devices = self.now.devices if self.now is not None else []
        return next((one.holders for one in devices if one.device == name), [])

    def _find(
        self, tensors: Tensors, run: RunName, record: CellRecord, found: Survey
    ) -> dict[str, list[MemoryShare]]:
        """What holds memory, by device."""
        self._last = record
        with tensors.quiet():
            self._lots.look(run, list(all_seen(record, found)), tensors)
        source = Source(record, found, self._lots)
        names = [HOST, *self._devices.names()]
        return {name: shares(source, _tensors_of(name)) for name in names}

    def _describe(
        self,
        held: Mapping[str, list[MemoryShare]],
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
            one = self._host(known) if name == HOST else self._device(name, known, elsewhere)
            if one is None:
                continue
            one.holders = sorted(
                (
                    share
                    for share in one.holders
                    if share.held_bytes >= _LEAST_BYTES or share.shares_with
                ),
                key=lambda share: -share.held_bytes,
            )[:_MOST_HOLDERS]
            for share in one.holders:
                share.growth = self._growing.of((_path(share), name))
                share.action = offer(
                    share,
                    name,
                    found.optimizers,
                    others.get(share.name or "", ()),
                    is_held_elsewhere=share.name is not None
                    and share.name in namespace
                    and is_held_elsewhere(namespace, share.name),
                )
            devices.append(one)
        return MemoryNow(devices=devices, made=self._lots.made()[-_MOST_MADE:])

    def _device(
        self, name: str, known: list[MemoryShare], others: int | None
    ) -> DeviceMemory | None:
        use = self._devices.use(name)
        return DeviceMemory(
            device=name,
            used_bytes=use.allocated,
            reserved_bytes=use.reserved,
            total_bytes=self._devices.total_bytes(name),
            holders=[*known, *_rest(known, use.allocated, use.reserved, others)],
        )

    def _host(self, known: list[MemoryShare]) -> DeviceMemory | None:
        resident = resident_or_none(self._resident_bytes)
        if resident is None:
            return None
        freed = self._freed.look()
        left = resident - sum(share.held_bytes for share in known)
        if freed >= _FREED_BYTES:
            freed = min(freed, max(0, left))
            known = [*known, MemoryShare(kind="freed", name=None, held_bytes=freed)]
            left -= freed
        process = MemoryShare(kind="process", name=None, held_bytes=max(0, left))
        return DeviceMemory(
            device=HOST,
            used_bytes=resident,
            total_bytes=self._total_bytes,
            holders=[*known, process],
        )


def _rest(
    known: list[MemoryShare], allocated: int, reserved: int | None, others: int | None
) -> Iterator[MemoryShare]:
    """What no variable reaches, what is cached, and what other processes have."""
    rest = allocated - sum(share.held_bytes for share in known)
    if rest > 0:
        yield MemoryShare(kind="unknown", name=None, held_bytes=rest)
    if reserved is not None and reserved > allocated:
        yield MemoryShare(kind="cached", name=None, held_bytes=reserved - allocated)
    if others:
        yield MemoryShare(kind="other_processes", name=None, held_bytes=others)


def _after(last: CellRecord, found: Survey, namespace: Mapping[str, Any]) -> CellRecord:
    """The last record as it would be if its cell ended now.

    Old objects are left out: the next cell's end tells which of them are still there.
    """
    grad = last.grad
    record = CellRecord(
        run_id=last.run_id,
        cell_id=last.cell_id,
        execution_count=last.execution_count,
        source="",
        source_hash="",
        started_at=last.started_at,
        duration_s=0.0,
        status="ok",
        memory=last.memory,
        placement=found.placement,
        optimizers=[one for one in last.optimizers if (one.variable or "") in found.optimizers],
    )
    outputs = namespace.get("_oh")
    counts = dict.keys(outputs) if type(outputs) is dict else ()
    has_error = getattr(sys, "last_traceback", None) is not None
    record.holders = [
        holder
        for holder in last.holders
        if (holder.kind == "output" and holder.execution_count in counts)
        or (holder.kind == "traceback" and has_error)
    ]
    if grad is not None:
        record.grad = type(grad)(
            retained=[
                graph for graph in grad.retained if carrier_of(graph.variable, found) is not None
            ]
        )
    return record


def _by_path(held: Mapping[str, list[MemoryShare]]) -> dict[tuple[str, str], int]:
    return {
        (_path(share), device): share.held_bytes
        for device, known in held.items()
        for share in known
        if share.name is not None
    }


def _path(share: MemoryShare) -> str:
    """What is compared from run to run: the graphs of a variable apart from its tensors."""
    return f"{share.kind} {share.name}"


def _tensors_of(device: str) -> str:
    """PyTorch's name of a device."""
    return CPU if device == HOST else device
