"""What a kernel remembers of its runs: bounded in runs and in samples."""

from __future__ import annotations

import threading

from .record import CellRecord
from .timeline import thin

RUNS = 1000
SAMPLES = 20_000
"""Of all runs together, about half an hour at the default rate."""
_THINNED = 20
"""Samples that an old run keeps when there are too many."""


class History:
    """Records in the order they ran.

    When there are too many samples, the oldest runs' are thinned; when there are too many runs,
    the oldest are dropped. Any thread may read.
    """

    def __init__(self, runs: int = RUNS, samples: int = SAMPLES) -> None:
        """``runs`` and ``samples``: the most that are kept."""
        self._runs = max(1, runs)
        self._samples = samples
        self._records: list[CellRecord] = []
        self._advised: dict[int, CellRecord] = {}
        self._sources: dict[str, CellRecord] = {}
        """The latest run by the hash of its text."""
        self._kept_samples = 0
        self._thinned = 0
        """So many runs, from the first on, have been thinned."""
        self._lock = threading.Lock()

    def records(self) -> list[CellRecord]:
        """A copy of the list; the records are the history's own."""
        with self._lock:
            return list(self._records)

    def last(self) -> CellRecord | None:
        """The run that ended last."""
        with self._lock:
            return self._records[-1] if self._records else None

    def advised(self) -> list[CellRecord]:
        """Those with advice, in no particular order."""
        with self._lock:
            return list(self._advised.values())

    def note_advice(self, record: CellRecord) -> None:
        """A record's advice has changed."""
        with self._lock:
            if record.advice:
                self._advised[id(record)] = record
            else:
                self._advised.pop(id(record), None)

    def add(self, record: CellRecord) -> None:
        """A run has ended."""
        with self._lock:
            earlier = self._sources.get(record.source_hash)
            if earlier is not None:
                record.source = earlier.source  # one text in memory, however often it ran
            self._sources[record.source_hash] = record
            self._records.append(record)
            self._kept_samples += len(record.samples)
            self._bound()

    def set_runs(self, runs: int) -> None:
        """Keep at most so many runs from now on."""
        with self._lock:
            self._runs = max(1, runs)
            self._bound()

    def _bound(self) -> None:
        while len(self._records) > self._runs:
            dropped = self._records.pop(0)
            self._kept_samples -= len(dropped.samples)
            self._thinned = max(0, self._thinned - 1)
            self._advised.pop(id(dropped), None)
            if self._sources.get(dropped.source_hash) is dropped:
                del self._sources[dropped.source_hash]
        while self._kept_samples > self._samples and self._thinned < len(self._records) - 1:
            record = self._records[self._thinned]
            before = len(record.samples)
            record.samples = thin(record.samples, _THINNED)
            for rank in record.ranks:
                rank.record.samples = thin(rank.record.samples, _THINNED)
            self._kept_samples -= before - len(record.samples)
            self._thinned += 1
