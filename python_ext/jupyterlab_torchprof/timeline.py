"""A bounded series of samples that covers a cell of any length."""

from __future__ import annotations

from .record import CellRecord, Sample

LIMIT = 600


class Timeline:
    """Keeps evenly spaced samples.

    When it is full, every second one goes, and from then on every second one is left out. So the
    end of a long cell is as well covered as its start.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        """``limit``: the most samples it holds, at least 2."""
        self._limit = limit
        self._stride = 1
        self._seen = 0
        self.samples: list[Sample] = []

    def add(self, sample: Sample) -> None:
        """The next tick."""
        if self._seen % self._stride == 0:
            if len(self.samples) == self._limit:
                del self.samples[1::2]
                self._stride *= 2
            if self._seen % self._stride == 0:
                self.samples.append(sample)
        self._seen += 1


def add_ends(record: CellRecord) -> None:
    """Put the memory before and after as first and last sample, where there are samples."""
    if not record.samples or not record.memory:
        return
    host, *devices = record.memory
    record.samples.insert(
        0,
        Sample(
            t_s=0.0,
            cpu_s=0.0,
            host_bytes=host.allocated_before_bytes,
            devices={entry.device: entry.allocated_before_bytes for entry in devices},
        ),
    )
    record.samples.append(
        Sample(
            t_s=max(record.duration_s, record.samples[-1].t_s),
            cpu_s=record.cpu_s,
            host_bytes=host.allocated_after_bytes,
            devices={entry.device: entry.allocated_after_bytes for entry in devices},
        )
    )


def thin(samples: list[Sample], limit: int) -> list[Sample]:
    """At most ``limit`` of the samples (at least 2), evenly chosen, the first and last included."""
    if len(samples) <= limit:
        return samples
    last = len(samples) - 1
    return [samples[round(index * last / (limit - 1))] for index in range(limit)]
