"""A kernel that another one has run cells: an engine of ipyparallel is a rank of its cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from IPython.core.interactiveshell import InteractiveShell

from ..health import Health
from ..probes.base import CellRun, Probe
from ..probes.places.texts import shift_of, stripped
from ..ranks.folders import is_own
from ..ranks.stream import METADATA, RankOptions
from ..record import CellRecord, Sample
from ..run_records import record_of
from ..source import leading_lines
from .frames import RankFrames
from .group import KernelGroup
from .replicas import Replicas

_PART = "ranks"


class EngineRank:
    """Tells the kernel that has sent a cell how that cell went here; else nothing."""

    def __init__(
        self, shell: InteractiveShell, health: Health, group: KernelGroup | None = None
    ) -> None:
        """No cell runs. ``group``: in which this kernel is a rank."""
        self._shell, self._group = shell, group
        self._health = health
        self._frames: RankFrames | None = None
        self._replicas = Replicas(health, again=True)

    @property
    def probes(self) -> list[Probe]:
        """What is watched in a rank only."""
        return [] if self._number is None else [self._replicas]

    @property
    def is_engine(self) -> bool:
        """Whether this process is one."""
        return self._group is None and self._number is not None

    @property
    def _number(self) -> int | None:
        """Of the engine in its cluster, or the rank in its group; ``None``: this is none."""
        if self._group is not None:
            return self._group.rank
        index: Any = getattr(getattr(self._shell, "kernel", None), "engine_id", None)
        return index if type(index) is int else None

    def sent(self, raw_cell: str, cell_id: str | None, count: int | None) -> RankOptions | None:
        """What is to be told of the cell which begins; ``None``: nothing.

        A kernel that has sent it asks for that. The source is that of the cell there, where this is
        the text below its magic, as ``%%px`` sends it. ``None`` also where the folder is not there,
        as on another machine, or is somebody else's.
        """
        with self._health.guard(_PART):
            told = self.told()
            if told is None:
                return None if self._group is None else self._group.asked(raw_cell, cell_id, count)
            options = msgspec.convert(told, RankOptions)
            if not is_own(Path(options.folder)):
                return None
            if not _is_body(options.source, raw_cell):
                options = msgspec.structs.replace(options, source=raw_cell)
            return options
        return None

    def told(self) -> Any:
        """What the request that is carried out says of us; ``None``: nothing."""
        kernel: Any = getattr(self._shell, "kernel", None)
        return None if kernel is None else kernel.get_parent().get("metadata", {}).get(METADATA)

    def begin(self, options: RankOptions, run: CellRun, steps: Callable[[], int]) -> None:
        """The run begins; ``steps``: of all optimizers so far in it."""
        self.close()
        run.is_rank = True
        number = self._number
        with self._health.guard(_PART):
            self._frames = RankFrames(
                options, number, run, steps=steps, replicas=self._replicas, health=self._health
            )
            self._frames.began(record_of(run, run.started, "interrupted"))

    def sampled(self, sample: Sample) -> None:
        """A sample was taken; on the sampling thread."""
        if self._frames is not None:
            self._frames.sampled(sample)

    def end(self, record: CellRecord, since: float) -> None:
        """The run was over at ``since``, and ``record`` describes it."""
        if self._frames is not None:
            with self._health.guard(_PART):
                self._frames.identify()
                self._frames.ended(record, since)
            self.close()

    def close(self) -> None:
        """Nothing more is told of this run."""
        frames, self._frames = self._frames, None
        if frames is not None:
            frames.close()


def _is_body(source: str, sent: str) -> bool:
    """Whether what was sent is a cell's text below its magics."""
    lines = sent.split("\n")
    return shift_of(source, stripped(lines[leading_lines(lines) :])) is not None
