"""What the kernel told us so far: kept on our side, so that a dying kernel takes nothing with it.

Records stay as they came over the wire (plain data), so that a kernel with a newer minor version
of the extension loses no field on its way to the file; they are decoded for reading only.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from ..document import encode_any
from ..messages import (
    CellEnded,
    CellStarted,
    DoctorDone,
    Goodbye,
    KernelMessage,
    SampleTaken,
    SessionMessage,
    StatusMessage,
)
from ..record import (
    SCHEMA_VERSION,
    CellRecord,
    ErrorInfo,
    HealthEntry,
    MemoryEntry,
    Place,
    Sample,
)
from ..source import source_hash
from ..timeline import Timeline

MAX_SAMPLES = 4096
"""Samples kept of the running cell."""


class Recording:
    """The session as told by the kernel's messages, in the order they arrived."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self.enabled = True
        """``False`` after ``%torchprof off`` or ``%unload_ext``."""
        self.knows_torch = False
        """The environment was sent after PyTorch had been imported."""
        self._session: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
        self._records: dict[str, dict[str, Any]] = {}
        self._running: CellStarted | None = None
        self._timeline = Timeline(MAX_SAMPLES)
        self._places: dict[int, Place] = {}
        """Lines in which the running cell was sampled: the kernel tells its own at the end."""

    def receive(self, data: dict[str, Any]) -> None:
        """Take in the data of one comm message.

        Raises:
            msgspec.ValidationError: it is no message that this version understands.
        """
        message = msgspec.convert(data, KernelMessage)
        match message:
            case SessionMessage():
                self._receive_session(data)
            case CellStarted():
                self._running, self._timeline = message, Timeline(MAX_SAMPLES)
                self._places = {}
            case SampleTaken():
                if self._running is not None and self._running.run_id == message.run_id:
                    self._timeline.add(self._placed(message))
            case CellEnded():
                run_id = message.record.run_id
                self._records[run_id] = data["record"]
                if self._running is not None and self._running.run_id == run_id:
                    self._running = None
            case StatusMessage():
                self.enabled = message.enabled
                self._session["health"] = data.get("health", [])
            case DoctorDone():
                self._session["checks"] = data["checks"]
            case Goodbye():
                self.enabled = False

    def _receive_session(self, data: dict[str, Any]) -> None:
        session = dict(data["session"])
        for record in session.pop("cells", []):
            # What we have is as new, and the kernel thins the samples of old records.
            self._records.setdefault(record["run_id"], record)
        session.pop("checks", None)  # empty: the doctor answers by himself
        self._session.update(session)
        self.enabled = data["enabled"]
        self.knows_torch = session["environment"].get("torch") is not None

    def _placed(self, message: SampleTaken) -> Sample:
        line, place = message.line, None
        if line is not None:
            known = self._places.setdefault(line, Place(parent=None, kind="cell", line=line))
            known.samples += 1
            place = list(self._places).index(line)
        return replace(message.sample, place=place)

    def is_examined(self) -> bool:
        """The doctor has looked at the kernel."""
        return "checks" in self._session

    def awaits_ranks(self) -> bool:
        """A rank of the cell that ran last has not ended, as far as was told."""
        last = next(reversed(self._records.values()), {})
        return any(run.get("exit") == "running" for run in last.get("ranks", []))

    def run_ids(self) -> set[str]:
        """Ids of the runs that have ended."""
        return set(self._records)

    def newest(self, cell_id: str, before: set[str]) -> CellRecord | None:
        """The last record of this cell that is not among the run ids ``before``."""
        for run_id, record in reversed(self._records.items()):
            if run_id not in before and record.get("cell_id") == cell_id:
                return msgspec.convert(record, CellRecord)
        return None

    def records(self) -> list[CellRecord]:
        """All records, decoded, in the order the cells ran."""
        return [msgspec.convert(record, CellRecord) for record in self._records.values()]

    def health(self) -> list[HealthEntry]:
        """What failed in the profiler itself."""
        return msgspec.convert(self._session.get("health", []), list[HealthEntry])

    def close_unfinished(
        self, cell_id: str, source: str, started_at: float, duration_s: float, error: ErrorInfo
    ) -> CellRecord:
        """Make a record of a cell whose end the kernel never told, from its samples.

        Used when the kernel is gone: memory is what was sampled, nothing else is known.
        """
        started, own = self._running, source_hash(source)
        places = [replace(place, source_hash=own) for place in self._places.values()]
        record = CellRecord(
            run_id=started.run_id if started else f"unfinished-{cell_id}-{started_at:.0f}",
            cell_id=cell_id,
            execution_count=started.execution_count if started else None,
            source=source,
            source_hash=own,
            started_at=started.started_at if started else started_at,
            duration_s=duration_s,
            status="error",
            error=error,
            memory=_memory_of(self._timeline.samples),
            samples=self._timeline.samples,
            places=places,
            stack_samples=sum(place.samples for place in places),
        )
        self._records[record.run_id] = msgspec.to_builtins(record)
        self._running, self._timeline, self._places = None, Timeline(MAX_SAMPLES), {}
        return record

    def to_session(self, notebook: str) -> bytes | None:
        """The session document as JSON; ``None`` if the kernel never told of a session."""
        if "environment" not in self._session:
            return None
        session = {**self._session, "cells": list(self._records.values()), "notebook": notebook}
        return encode_any(session)


def _memory_of(samples: list[Sample]) -> list[MemoryEntry]:
    """Memory entries of the host and of each device, as far as samples tell."""
    if not samples:
        return []
    series = {"host": [sample.host_bytes for sample in samples]}
    for device in samples[-1].devices:
        series[device] = [sample.devices[device] for sample in samples if device in sample.devices]
    return [
        MemoryEntry(
            device=device,
            allocated_before_bytes=values[0],
            allocated_after_bytes=values[-1],
            peak_bytes=max(values),
            peak_is="sampled",
        )
        for device, values in series.items()
    ]
