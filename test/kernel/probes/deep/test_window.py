"""What the window does with the collector."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.probes.deep.piece import Collected
from jupyterlab_torchprof.probes.deep.window import Window
from jupyterlab_torchprof.probes.deep.windows import Windows


class Collector:
    """Tells of so many events each time, and which of them were read."""

    def __init__(self, count):
        self.running, self.count, self.read = False, count, []

    def start(self):
        self.running = True

    def stop(self, is_wanted=lambda _count: True):
        if not self.running:
            return None
        self.running = False
        self.read.append(is_wanted(self.count))
        return Collected(self.count)


@pytest.mark.parametrize(
    ("count", "read", "is_whole"),
    [
        (3, [True, True], True),
        (30_000, [False, True], True),  # what warms up is not read while the program waits
        (10**9, [True], False),  # one step is too much already: that is told
    ],
)
def test_what_is_read_of_a_loop(count, read, is_whole):
    collector, optimizer = Collector(count), Collector(0)  # which one steps does not matter
    window = Window(collector, 3, is_safe=lambda: True, learns=lambda: True, over=lambda: None)
    window.open()
    for _ in range(9):
        window.stepped(optimizer)
        window.at_line()
    window.close()
    assert len(window.told.pieces) == 1
    assert window.told.has_whole_steps is is_whole
    assert collector.read == read


def made(collector, steps=3, learns=lambda: False):
    """Windows over a collector, and what they were told to do."""
    told = []
    windows = Windows(
        lambda over: Window(collector, steps, is_safe=lambda: True, learns=learns, over=over),
        over=lambda is_final: told.append("over for good" if is_final else "over"),
        again=lambda: told.append("again"),
    )
    windows.open()
    return windows, told


def evaluate(windows, batches, root):
    for _ in range(batches):
        windows.at_root(root)
        windows.at_line()


def train(windows, steps, root, optimizer):
    for _ in range(steps):
        windows.at_root(root)
        windows.at_line()
        windows.stepped(optimizer)
        windows.at_line()


def test_a_training_after_an_evaluation_is_told_instead():
    collector, root, optimizer = Collector(9), Collector(0), Collector(0)
    windows, told = made(collector)
    evaluate(windows, 12, root)
    assert (told, windows.now.told.has_whole_steps) == (["over"], True)
    train(windows, 12, root, optimizer)
    assert told == ["over", "again", "over for good"]
    windows.close()
    assert not collector.running
    assert windows.chosen is windows.now and windows.chosen.trains
    [piece] = windows.chosen.told.pieces
    assert len(piece.boundaries_ns) == 3


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_training_of_few_steps_leaves_the_evaluation(steps):
    collector, root, optimizer = Collector(9), Collector(0), Collector(0)
    windows, _told = made(collector)
    evaluate(windows, 12, root)
    train(windows, steps, root, optimizer)
    windows.close()
    assert not collector.running
    assert windows.chosen.told.has_whole_steps
    assert not windows.chosen.trains


def test_an_evaluation_that_is_short_is_no_window():
    collector, root, optimizer = Collector(9), Collector(0), Collector(0)
    windows, told = made(collector)
    evaluate(windows, 3, root)
    train(windows, 12, root, optimizer)
    windows.close()
    assert told == ["over for good"]
    assert windows.chosen.trains and windows.chosen.told.has_whole_steps


@pytest.mark.parametrize("before", [0, 1, 3, 4, 6])
def test_stopping_ends_the_recording_at_the_next_line(before):
    collector, root, optimizer = Collector(9), Collector(0), Collector(0)
    windows, told = made(collector, steps=4)
    train(windows, before, root, optimizer)
    windows.end_soon()
    assert collector.running
    windows.at_line()
    assert (told, collector.running) == (["over for good"], False)
    assert windows.progress().state == "done"
    train(windows, 5, root, optimizer)
    windows.close()
    assert told == ["over for good"]
    assert windows.chosen.cut == "stopped"
    assert windows.chosen.told.pieces
    assert windows.chosen.told.has_whole_steps == (before >= 4)


def test_what_was_stopped_does_not_begin_again():
    collector, root, optimizer = Collector(9), Collector(0), Collector(0)
    windows, told = made(collector)
    evaluate(windows, 12, root)
    windows.end_soon()
    train(windows, 9, root, optimizer)
    windows.close()
    assert told == ["over"]
    assert not windows.chosen.trains


def test_progress_is_told():
    collector, root, optimizer = Collector(9), Collector(0), Collector(0)
    windows, _told = made(collector)
    seen = []
    for _ in range(8):
        train(windows, 1, root, optimizer)
        progress = windows.progress()
        seen.append((progress.state, progress.step, progress.steps))
    assert seen[:3] == [("waiting", 2, 3), ("waiting", 3, 3), ("recording", 1, 3)]
    assert seen[3:5] == [("recording", 2, 3), ("recording", 3, 3)]
    assert seen[-1] == ("done", None, None)
