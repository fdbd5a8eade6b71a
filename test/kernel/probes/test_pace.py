"""How often hooks look closely, by a clock that the test turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyterlab_torchprof import clocks
from jupyterlab_torchprof.probes.hooks.pace import Pace

LOOK_S = 30e-6


@dataclass
class Run:
    """A cell in which the hook stands now at one place, now at another."""

    now: float = 0.0
    started: float = 0.0
    overhead_s: float = 0.0
    at: int = 0
    looks: list[int] = field(default_factory=list)

    def place(self, frame: Any) -> int:
        self.now += LOOK_S
        self.looks.append(self.at)
        return self.at

    def line(self, place: int | None) -> int | None:
        return place


@pytest.fixture
def run(monkeypatch):
    run = Run()
    monkeypatch.setattr(clocks, "perf_counter", lambda: run.now)
    return run


def go(run: Run, pace: Pace, places: list[int], *, step_s: float) -> None:
    for place in places:
        run.now += step_s
        run.at = place
        if run.now > pace.due:
            pace.look(run.now)


def test_the_first_calls_are_all_looked_at_and_then_few(run):
    go(run, Pace(run), [1] * 20_000, step_s=1e-4)
    assert run.looks[:30] == [1] * 30
    # Of two seconds the half of a thousandth, beside the first and what is free.
    assert len(run.looks) < 32 + (0.0005 * run.now + 0.002) / LOOK_S + 2
    assert run.overhead_s == pytest.approx(len(run.looks) * LOOK_S)


def test_places_in_turn_are_not_looked_at_each_time(run):
    # As the two optimizers of a GAN: each call is elsewhere than the last.
    go(run, Pace(run), [1, 2] * 10_000, step_s=1e-4)
    assert len(run.looks) < 250
    assert set(run.looks[-10:]) == {1, 2}


def test_a_place_that_is_new_is_looked_at_closely(run):
    pace = Pace(run)
    go(run, pace, [1] * 5_000, step_s=1e-4)
    before = len(run.looks)
    go(run, pace, [2] * 1_000, step_s=1e-4)
    assert run.looks[before:].count(2) >= 32
    assert pace.last_place == 2
    assert [visits.place for visits in pace.visits()] == [1, 2]


def test_slow_calls_are_all_looked_at(run):
    go(run, Pace(run), [1] * 100, step_s=0.05)
    assert len(run.looks) == 100


def test_what_a_hook_does_with_a_look_counts(run):
    pace = Pace(run)
    for _ in range(10_000):
        run.now += 1e-4
        if run.now > pace.due:
            pace.look(run.now)
            began = run.now
            run.now += 10 * LOOK_S
            pace.took(began)
    assert run.overhead_s == pytest.approx(11 * LOOK_S * len(run.looks))
    assert len(run.looks) < 32 + (0.0005 * run.now + 0.002) / (11 * LOOK_S) + 2
