"""What is known of one rank from its frames so far."""

from __future__ import annotations

from collections.abc import Container, Mapping
from copy import copy
from typing import Literal

from ..derive import own_line
from ..messages import RankNow
from ..record import HOST, CellRecord, GradState, MemoryEntry, Place, RankRun, Sample, Waiting
from ..timeline import Timeline
from .stream import Arrival, Began, Ended, Frame, Identity, Progress

_UNKNOWN = -1
"""An exit code that nobody has."""


class Seen:
    """Adds up frames; the last one of a rank that has ended replaces what came before."""

    def __init__(self) -> None:
        """It has not begun."""
        self._began: Began | None = None
        self._ended: Ended | None = None
        self._who = Identity()
        self._at = 0.0
        self._backwards = self._steps = 0
        self._timeline = Timeline()
        self._last: Sample | None = None
        self._waiting: Waiting | None = None
        self._openmp_wait_s: float | None = None
        self._place: int | None = None
        self._peaks: dict[str, int] = {}

    @property
    def has_begun(self) -> bool:
        """Whether its first frame was read."""
        return self._began is not None

    @property
    def has_ended(self) -> bool:
        """Whether its last frame was read."""
        return self._ended is not None

    @property
    def rank(self) -> int:
        """Its number, or that with which it was started."""
        index = None if self._began is None else self._began.index
        return next((one for one in (self._who.rank, index) if one is not None), 0)

    @property
    def is_stalled(self) -> bool:
        """It has waited for others when it was heard of last, and has not ended."""
        return self._waiting is not None and self._ended is None

    @property
    def pid(self) -> int:
        """Of the process, once it has begun."""
        return 0 if self._began is None else self._began.pid

    @property
    def source_hash(self) -> str:
        """Of the text that it runs, once it has begun."""
        return "" if self._began is None else self._began.record.source_hash

    @property
    def launch(self) -> int:
        """As in `RankRun`."""
        return 0 if self._began is None else self._began.launch

    @property
    def arrivals(self) -> list[Arrival]:
        """Its last collectives, once it has ended."""
        return [] if self._ended is None else self._ended.arrivals

    def add(self, frame: Frame) -> None:
        """The next frame."""
        if isinstance(frame, Began):
            self._began, self._at = frame, frame.record.started_at
            return
        self._at, self._who = frame.at, frame.who
        if isinstance(frame, Ended):
            self._ended = frame
        elif self._began is not None:
            self._add_progress(self._began.record, frame)

    def _add_progress(self, record: CellRecord, frame: Progress) -> None:
        self._backwards, self._steps = frame.backwards, frame.steps
        record.places.extend(frame.places)
        sample, self._last = frame.sample, frame.sample
        self._waiting, self._openmp_wait_s = frame.waiting, frame.openmp_wait_s
        self._timeline.add(sample)
        for device, held in ((HOST, sample.host_bytes), *sample.devices.items()):
            self._peaks[device] = max(self._peaks.get(device, 0), held)
        place = sample.place
        record.stack_samples += 1
        if place is not None and place < len(record.places):
            record.places[place].samples += 1
            self._place = place

    def now(self, began: float) -> RankNow:
        """For a front end, while it runs."""
        last, ended = self._last, self._ended
        grad = None if ended is None else ended.record.grad
        return RankNow(
            rank=self.rank,
            backend=self._who.backend,
            backwards=self._backwards if grad is None else grad.backwards,
            steps=self._steps if grad is None else grad.optimizer_steps,
            host_bytes=0 if last is None else last.host_bytes,
            devices={} if last is None else last.devices,
            seen_s=round(self._at - began, 2),
            ended=ended is not None,
            waiting=None if ended is not None else self._waiting,
            openmp_wait_s=None if ended is not None else self._openmp_wait_s,
            place=self._place_now(),
        )

    def _place_now(self) -> Place | None:
        if self._began is None or self._place is None or self._ended is not None:
            return None
        record = self._began.record
        return own_line(record, self._place) or record.places[self._place]

    def run(
        self,
        exits: Mapping[int, int | None],
        joined: Container[int] = (),
        *,
        going_on: bool = False,
    ) -> RankRun:
        """For the record, when the cell has ended. Arguments as for `Gather.runs`."""
        began = self._began
        assert began is not None
        who, ended = self._who, self._ended
        unknown = None if going_on else _UNKNOWN
        return RankRun(
            rank=self.rank,
            world_size=began.processes if who.world_size is None else who.world_size,
            local_rank=who.local_rank,
            pid=began.pid,
            host=began.host,
            start_method=began.start_method,
            launch=began.launch,
            backend=who.backend,
            exit=self._exit(exits.get(began.pid, 0 if began.launch in joined else unknown)),
            last_seen_at=self._at,
            record=self._unended(began.record) if ended is None else ended.record,
            collectives=[] if ended is None else ended.collectives,
            replicas=[] if ended is None else ended.replicas,
            waiting=None if ended is not None and ended.record.status == "ok" else self._waiting,
            openmp_wait_s=self._openmp_wait_s if ended is None else None,
            last_place=self._place if ended is None else None,
        )

    def _exit(self, code: int | None) -> Literal["ok", "error", "killed", "running"]:
        if self._ended is not None:
            return "ok" if self._ended.record.status == "ok" else "error"
        if code is None or code < 0:
            return "running" if code is None else "killed"
        return "ok" if code == 0 else "error"

    def _unended(self, begun: CellRecord) -> CellRecord:
        """What is known of one that has not said that it ended."""
        record = copy(begun)
        record.duration_s = max(0.0, self._at - begun.started_at)
        record.samples = self._timeline.samples
        record.grad = GradState(
            grad_before=True,
            inference_before=False,
            backwards=self._backwards,
            optimizer_steps=self._steps,
            forwards_complete=False,
        )
        first, last = next(iter(record.samples), None), self._last
        if first is not None and last is not None:
            record.memory = [
                MemoryEntry(
                    device=device,
                    allocated_before_bytes=_held(first, device),
                    allocated_after_bytes=_held(last, device),
                    peak_bytes=peak,
                    peak_is="sampled",
                )
                for device, peak in self._peaks.items()
            ]
        return record


def _held(sample: Sample, device: str) -> int:
    return sample.host_bytes if device == HOST else sample.devices.get(device, 0)
