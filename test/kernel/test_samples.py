"""The sampler, its bounded timeline and what is read from it."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import Any

from hand_made import a_record
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.history import History
from jupyterlab_torchprof.patches import Patches
from jupyterlab_torchprof.probes.base import CellRun
from jupyterlab_torchprof.probes.devices import Devices
from jupyterlab_torchprof.probes.line_costs import ENOUGH, line_costs
from jupyterlab_torchprof.probes.lines import CellCode
from jupyterlab_torchprof.probes.sampler import SamplerProbe
from jupyterlab_torchprof.record import CellRecord, Place, RankRun, Sample
from jupyterlab_torchprof.timeline import Timeline, thin


def sample(t: float, host: int = 0, **devices: int) -> Sample:
    return Sample(t_s=t, host_bytes=host, devices=devices)


def record(run_id: str = "r", source: str = "", samples: int = 0, **parts: Any) -> CellRecord:
    return a_record(
        run_id=run_id,
        cell_id=None,
        execution_count=None,
        source=source,
        source_hash=source,
        samples=[sample(float(index)) for index in range(samples)],
        **parts,
    )


@given(st.integers(0, 5000), st.integers(2, 60))
def test_a_timeline_is_bounded_even_and_covers_the_end(ticks, limit):
    timeline = Timeline(limit)
    for tick in range(ticks):
        timeline.add(sample(float(tick)))
    times = [s.t_s for s in timeline.samples]
    assert len(times) <= limit
    steps = {b - a for a, b in pairwise(times)}
    assert len(steps) <= 1, "evenly spaced"
    if ticks:
        assert times[0] == 0
        assert ticks - 1 - times[-1] < max(steps, default=1.0)
    if ticks > limit:
        assert len(times) >= limit // 2


@given(st.integers(0, 500), st.integers(2, 50))
def test_thinning_keeps_the_ends(count, limit):
    samples = [sample(float(index)) for index in range(count)]
    thinned = thin(samples, limit)
    assert len(thinned) == min(count, limit)
    if samples:
        assert thinned[0] is samples[0]
        assert thinned[-1] is samples[-1]


def test_too_few_samples_say_nothing_of_lines():
    few = record(places=[Place(parent=None, kind="cell", line=1, samples=ENOUGH - 1)])
    few.stack_samples = ENOUGH - 1
    assert line_costs(few) == []


def test_share_and_growth_by_line():
    run = record(
        places=[
            Place(parent=None, kind="cell", line=3, samples=2),
            Place(parent=None, kind="cell", line=2, samples=1),
            Place(parent=1, kind="cell", function="f", line=7, samples=4, host_growth_bytes=500),
            Place(
                parent=2,
                kind="library",
                package="torch",
                samples=1,
                device_growth_bytes={"sim": 50},
            ),
            Place(parent=None, kind="thread", samples=1),
        ],
        stack_samples=10,
    )
    two, three = line_costs(run)
    assert (two.line, two.time_share) == (2, 0.6)
    assert (two.host_growth_bytes, two.device_growth_bytes) == (500, 50)
    assert (three.line, three.time_share) == (3, 0.2)
    assert (three.host_growth_bytes, three.device_growth_bytes) == (0, 0)


def make(listener=None) -> SamplerProbe:
    probe = SamplerProbe(Health(), Devices(), listener)
    probe.set_rate(50)
    probe.attach(Patches())
    return probe


def run_for(probe: SamplerProbe, seconds: float) -> tuple[CellRun, CellRecord]:
    run, written = CellRun("r", None, None, "", {}, CellCode("", {})), record()
    probe.begin(run)
    time.sleep(seconds)
    probe.end(run, written)
    return run, written


def test_a_short_cell_has_no_samples_and_a_long_one_has():
    probe = make()
    try:
        assert run_for(probe, 0.0)[1].samples == []
        run, written = run_for(probe, 0.5)
        assert len(written.samples) >= 5
        assert run.sampled_peaks["host"] == max(s.host_bytes for s in written.samples)
        assert run.overhead_s > 0
        assert run_for(probe, 0.0)[1].samples == []
    finally:
        probe.detach()


def test_a_listener_that_fails_does_not_end_the_sampling():
    def fail(run: CellRun, taken: Sample) -> None:
        raise RuntimeError("no")

    probe = make(fail)
    try:
        assert len(run_for(probe, 0.5)[1].samples) >= 5
        assert probe.health.entries()[0].part == "sampler"
    finally:
        probe.detach()


def test_the_thread_ends_with_the_probe():
    probe = make()
    probe.detach()
    assert not [t for t in threading.enumerate() if t.name == "torchprof-sampler"]


def test_history_drops_the_oldest_runs_and_thins_the_oldest_samples():
    history = History(runs=3, samples=100)
    for number in range(5):
        history.add(record(str(number), samples=45))
    assert [r.run_id for r in history.records()] == ["2", "3", "4"]
    assert [len(r.samples) for r in history.records()] == [20, 20, 45]
    history.set_runs(1)
    assert [r.run_id for r in history.records()] == ["4"]


def test_the_last_run_keeps_its_samples_whatever_the_bound():
    history = History(runs=3, samples=10)
    history.add(record("0", samples=600))
    assert len(history.records()[0].samples) == 600


def test_a_source_that_ran_often_is_kept_once():
    history = History()
    for number in range(3):
        history.add(record(str(number), source="".join(["x = ", "1"])))
    assert len({id(r.source) for r in history.records()}) == 1


def test_samples_are_thinned_once():
    """Else each cell would go through all runs, once there are too many samples."""
    history = History(samples=100)
    for number in range(4):
        history.add(record(str(number), samples=45))
    thinned = [run.samples for run in history.records()[:2]]
    history.add(record("5", samples=1))
    assert [run.samples for run in history.records()[:2]] == thinned
    assert all(a is b.samples for a, b in zip(thinned, history.records(), strict=False))


def test_ranks_of_an_old_run_are_thinned_with_it():
    history = History(samples=100)
    rank = RankRun(
        rank=0,
        world_size=2,
        local_rank=0,
        pid=1,
        host="here",
        start_method="kernel",
        backend=None,
        exit="ok",
        last_seen_at=1.0,
        record=record(samples=300),
    )
    history.add(record("0", samples=80, ranks=[rank]))
    assert len(rank.record.samples) == 300
    history.add(record("1", samples=80))
    assert len(rank.record.samples) == 20


def test_a_dropped_run_leaves_its_source_to_later_ones():
    history = History(runs=2)
    for number in range(4):
        history.add(record(str(number), source="".join(["x = ", "1"])))
        history.add(record(f"other {number}", source=f"y = {number}"))
    assert {run.source for run in history.records()} == {"x = 1", "y = 3"}


def test_without_the_hosts_memory_the_rest_is_sampled():
    """As where ``/proc`` cannot be read."""

    def denied() -> int:
        raise PermissionError

    probe = make()
    probe._resident_bytes = denied
    try:
        run, written = run_for(probe, 0.3)
    finally:
        probe.detach()
    assert written.samples
    assert all(sample.cpu_s is not None for sample in written.samples)
    assert "host" not in run.sampled_peaks
    assert probe.health.entries() == []
