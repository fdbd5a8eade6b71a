"""What the window does with the collector."""

from __future__ import annotations

import weakref

from jupyterlab_torchprof.probes.deep.window import Window


class Result:
    def events(self):
        return [object()] * 3


class Collector:
    """Hands out results, and looks whether one is let go while the next is collected."""

    def __init__(self):
        self.running, self.crashes, self.count = False, 0, 0

    def start(self):
        self.running = True

    def stop(self):
        if not self.running:
            return None
        self.running = False
        self.count += 1
        result = Result()
        weakref.finalize(result, self._freed)
        return result

    def _freed(self):
        self.crashes += self.running


def test_no_result_is_let_go_while_another_is_collected():
    collector, optimizer = Collector(), Result()
    window = Window(collector, 3, task=lambda: -1, learns=lambda: True, over=lambda: None)
    window.open()
    for _ in range(9):
        window.stepped(optimizer)
        window.at_line()
    window.close()
    assert len(window.pieces) == 1 and window.has_whole_steps
    assert (collector.count, collector.crashes) == (2, 0)
