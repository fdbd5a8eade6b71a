"""What the ranks of one cell have written, read while they run and when they have ended."""

from __future__ import annotations

import shutil
from collections.abc import Container, Mapping
from pathlib import Path

from msgspec import DecodeError

from ..messages import RankNow
from ..record import CellRecord, GradState, RankRun
from ..timeline import thin
from .folders import new_folder
from .lateness import add_lateness
from .seen import Seen
from .stream import OVER, SUFFIX, Reader
from .told import worst_ranks

_MOST = 256
"""Processes that are followed."""
_MOST_LIVE = 16
_ALL_WHOLE = 16
_WHOLE = 8
"""Up to so many are recorded whole; of more, those to look at first: a message of all would be
larger than a front end should get at once."""
_SAMPLES = 1200
"""Of all ranks together, in the record; each has 20 at least."""


class Gather:
    """One folder, in which each rank writes a file."""

    def __init__(
        self, folder: Path | None = None, since: float = 0.0, *, text: str | None = None
    ) -> None:
        """``folder``: one that is there; by default a new one, for this user only.

        Files that were written last before ``since``, in epoch seconds, are left alone. ``text``:
        hash of the only text whose ranks count. Raises OSError.
        """
        self._since, self._text = since, text
        self._folder = folder or new_folder()
        self._ranks: dict[str, tuple[Reader, Seen]] = {}

    @property
    def folder(self) -> str:
        """Where ranks write."""
        return str(self._folder)

    def read(self) -> None:
        """Read what is new; a file that cannot be read is left out."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}"))[:_MOST]:
            try:
                if path.name not in self._ranks and path.stat().st_mtime < self._since:
                    continue
                reader, seen = self._ranks.setdefault(path.name, (Reader(path), Seen()))
                for frame in reader.read():
                    seen.add(frame)
            except (OSError, DecodeError):
                continue

    def ended(self) -> int:
        """How many have said that they ended, as far as was read."""
        return sum(seen.has_ended for seen in self._every())

    def now(self, began: float) -> list[RankNow]:
        """What each rank of the last launch does. ``began``: of the cell, epoch seconds."""
        every = self._every()
        last = max((seen.launch for seen in every), default=0)
        latest = (seen for seen in every if seen.launch == last)
        told = sorted(latest, key=lambda seen: seen.rank)[:_MOST_LIVE]
        return [seen.now(began) for seen in told]

    def counts(self) -> tuple[int, int]:
        """How many have begun, and how many of them have ended, as far as was read."""
        return len(self._every()), self.ended()

    def stalled(self) -> int:
        """How many wait for others, as far as was read."""
        return sum(seen.is_stalled for seen in self._every())

    def unended(self) -> list[int]:
        """The processes that have not said that they ended, as far as was read."""
        return [seen.pid for seen in self._every() if not seen.has_ended]

    def say_over(self) -> None:
        """Tell those that do not know it that nothing more is asked of them. Raises OSError."""
        Path(self._folder, OVER).touch(mode=0o600)

    def runs(
        self,
        exits: Mapping[int, int | None],
        joined: Container[int] = (),
        *,
        going_on: bool = False,
    ) -> list[RankRun]:
        """Of the record, by launch and rank.

        ``exits``: by pid the exit code; ``None``: it still runs. ``joined``: launches whose
        processes have all ended well. ``going_on``: of whom nothing else is known still runs.
        """
        self.read()
        every = sorted(self._every(), key=lambda seen: (seen.launch, seen.rank))
        runs = [seen.run(exits, joined, going_on=going_on) for seen in every]
        add_lateness(runs, [seen.arrivals for seen in every])
        if len(runs) > _ALL_WHOLE:
            whole = worst_ranks(runs, _WHOLE)
            for run in runs:
                if run not in whole:
                    run.record = _outline(run.record)
        for run in runs:
            run.record.samples = thin(run.record.samples, max(20, _SAMPLES // len(runs)))
        return runs

    def _every(self) -> list[Seen]:
        every = (seen for _reader, seen in self._ranks.values() if seen.has_begun)
        return [seen for seen in every if self._text in (None, seen.source_hash)]

    def close(self) -> bool:
        """Remove the folder; returns whether it is gone.

        A rank that still runs goes on to write into a file without name, but one that was just
        creating its file may have kept the folder: try again later.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        return not self._folder.exists()


def _outline(record: CellRecord) -> CellRecord:
    """A run by its numbers alone."""
    grad = record.grad or GradState()
    return CellRecord(
        run_id=record.run_id,
        cell_id=record.cell_id,
        execution_count=record.execution_count,
        source=record.source,
        source_hash=record.source_hash,
        started_at=record.started_at,
        duration_s=record.duration_s,
        status=record.status,
        cpu_s=record.cpu_s,
        error=record.error,
        memory=record.memory,
        torch=record.torch,
        grad=GradState(backwards=grad.backwards, optimizer_steps=grad.optimizer_steps),
        overhead_s=record.overhead_s,
    )
