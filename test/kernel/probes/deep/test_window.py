"""What the window does with the collector."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.probes.deep.piece import Collected
from jupyterlab_torchprof.probes.deep.window import Window


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
    assert len(window.pieces) == 1
    assert window.has_whole_steps is is_whole
    assert collector.read == read
