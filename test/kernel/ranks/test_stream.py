"""Files of frames, as a rank leaves them that was stopped anywhere."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hand_made import a_record
from jupyterlab_torchprof.ranks.lateness import add_lateness
from jupyterlab_torchprof.ranks.seen import Seen
from jupyterlab_torchprof.ranks.stream import Began, Ended, Identity, Progress, Reader, Writer
from jupyterlab_torchprof.record import CellRecord, Place, RankRun, Sample


def record(count: int | None = None) -> CellRecord:
    return a_record(
        cell_id=None,
        execution_count=count,
        source_hash="0" * 64,
        started_at=100.0,
        duration_s=0.0,
        status="interrupted",
    )


BEGAN = Began(index=1, processes=2, pid=7, host="here", start_method="fork", record=record())


def progress(number: int) -> Progress:
    return Progress(
        at=100.0 + number,
        who=Identity(rank=1, world_size=2),
        sample=Sample(t_s=float(number), host_bytes=1000 * number, place=0),
        backwards=number,
        steps=number,
        places=[Place(parent=None, kind="thread")] if number == 1 else [],
    )


@pytest.fixture
def path(tmp_path) -> Path:
    writer = Writer(str(tmp_path))
    for frame in (BEGAN, *map(progress, range(1, 6))):
        writer.write(frame)
    writer.close()
    [path] = tmp_path.iterdir()
    return path


def test_frames_come_as_they_were_written(path):
    frames = list(Reader(path).read())
    assert frames == [BEGAN, *map(progress, range(1, 6))]


def test_only_the_last_frame_of_a_file_that_was_cut_is_lost(path):
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        reader = Reader(path)
        before = list(reader.read())
        path.write_bytes(data)
        assert before + list(reader.read()) == [BEGAN, *map(progress, range(1, 6))]


def test_what_is_no_frame_is_refused(path):
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(msgspec.DecodeError, match="a frame of 4294967295 bytes"):
        list(Reader(path).read())


def test_a_rank_that_was_killed_is_described_by_what_it_had_told():
    seen = Seen()
    for frame in (BEGAN, *map(progress, range(1, 6))):
        seen.add(frame)
    run = seen.run({7: -9})
    assert (run.exit, run.rank, run.last_seen_at) == ("killed", 1, 105.0)
    assert run.record.duration_s == 5.0
    assert (run.record.grad.backwards, run.record.grad.optimizer_steps) == (5, 5)
    assert run.record.places[0].samples == 5
    [memory] = run.record.memory
    assert (memory.allocated_before_bytes, memory.peak_bytes) == (1000, 5000)
    assert seen.run({7: None}).exit == "running"


def test_a_wait_without_an_end_is_told_as_long_as_it_lasts():
    seen = Seen()
    hangs = progress(2)
    hangs.openmp_wait_s = 3.5
    seen.add(BEGAN)
    seen.add(progress(1))
    assert seen.now(100.0).openmp_wait_s is None
    seen.add(hangs)
    assert (seen.now(100.0).openmp_wait_s, seen.run({7: -9}).openmp_wait_s) == (3.5, 3.5)
    seen.add(Ended(at=110.0, who=Identity(rank=0), record=record()))
    assert (seen.now(100.0).openmp_wait_s, seen.run({}).openmp_wait_s) == (None, None)


def test_the_end_replaces_what_was_told_before():
    seen = Seen()
    told = record(count=3)
    for frame in (BEGAN, progress(1), Ended(at=110.0, who=Identity(rank=0), record=told)):
        seen.add(frame)
    assert seen.run({}).record is told
    assert seen.rank == 0


def run(rank: int, host: str = "here") -> RankRun:
    return RankRun(
        rank=rank,
        world_size=3,
        local_rank=None,
        pid=rank,
        host=host,
        start_method="fork",
        backend="gloo",
        exit="ok",
        last_seen_at=0.0,
        record=record(),
    )


def arrivals(late_ms: float, count: int = 30):
    step = 10_000_000
    setup = [("default broadcast", number, number * 777_000_000) for number in range(3)]
    return setup + [
        ("default all_reduce", 3 + number, number * step + round(late_ms * 1e6))
        for number in range(count)
    ]


def test_a_rank_is_late_by_the_others():
    runs = [run(0), run(1), run(2)]
    add_lateness(runs, [arrivals(0), arrivals(8), arrivals(1)])
    assert [round(each.lateness.median_s, 4) for each in runs] == [-0.0045, 0.0075, -0.003]
    assert [each.lateness.late_share for each in runs] == [0.0, 1.0, 0.0]
    assert runs[0].lateness.collectives == 30


@pytest.mark.parametrize(
    ("runs", "count"), [([run(0), run(1, "there")], 30), ([run(0), run(1)], 19), ([run(0)], 30)]
)
def test_nothing_is_said_across_machines_nor_of_few_collectives(runs, count):
    add_lateness(runs, [arrivals(8, count) for _ in runs])
    assert all(each.lateness is None for each in runs)
