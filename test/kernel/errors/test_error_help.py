"""What the record says of an error: the notebook's frames, and what the failing line read."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.source import source_hash

MODEL = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 4)

    def forward(self, batch):
        return self.head(batch["x"])

def run(net, batch):
    scale = 2
    return net(batch) * scale
"""


@pytest.fixture
def cells(shell):
    profiler = load(shell)

    def run(source, fails=True):
        result = shell.run_cell(source, store_history=True)
        assert result.success is not fails
        del result
        return profiler.history.last()

    run(MODEL, fails=False)
    yield run
    unload(shell)
    assert not profiler.health.entries()


def test_frames_name_the_cells_that_the_code_stands_in(cells):
    source = "net = Net()\n\nout = run(net, {'x': torch.ones(2, 9)})"
    error = cells(source).error
    assert [(frame.function, frame.line) for frame in error.frames] == [
        ("<module>", 3),
        ("run", 14),
        ("forward", 10),
    ]
    assert [frame.source_hash for frame in error.frames] == [
        source_hash(source),
        source_hash(MODEL),
        source_hash(MODEL),
    ]


def test_magics_and_blank_lines_do_not_shift_the_lines(cells):
    source = "\n\n%matplotlib?\nnet = Net()\nnet({'x': torch.ones(2, 9)})\n"
    error = cells(source).error
    assert error.frames[0].line == 5
    assert error.frames[0].source_hash == source_hash(source)


def test_objects_of_the_innermost_line(cells):
    error = cells("run(Net(), {'x': torch.ones(2, 9)})").error
    objects = {entry.name: entry for entry in error.objects}
    assert set(objects) == {"self.head", "batch['x']"}
    x = objects["batch['x']"]
    assert (x.kind, x.dtype, x.shape, x.devices) == ("tensor", "float32", [2, 9], {"cpu": 72})
    head = objects["self.head"]
    assert (head.kind, head.class_name, head.devices) == ("module", "Linear", {"cpu": 144})


def test_objects_at_the_top_level(cells):
    error = cells("a, b = torch.ones(2, 3), torch.ones(2, 3)\nc = 5\nd = (a\n     @ b) * c").error
    assert [entry.name for entry in error.objects] == ["a", "b"]


def test_nothing_of_the_users_runs(cells):
    error = cells(
        "class Odd:\n"
        "    @property\n    def data(self):\n        raise SystemExit\n"
        "    def __getitem__(self, key):\n        raise SystemExit\n"
        "    def __getattr__(self, name):\n        raise SystemExit\n"
        "odd, x = Odd(), torch.ones(1)\n"
        "(x[5], odd.data, odd['a'], odd.b)"
    ).error
    assert [entry.name for entry in error.objects] == ["x[5]"] or not error.objects


def test_syntax_errors_and_errors_without_pytorch(cells):
    assert cells("x = = 1").error.frames == []
    error = cells("1 / 0").error
    assert [frame.line for frame in error.frames] == [1]
    assert error.objects == []


def test_nothing_is_kept_alive_by_reading(cells, shell):
    cells("def fail():\n    big = torch.ones(1000)\n    return big @ torch.ones(3)\nfail()")
    frame = sys.last_traceback
    while frame.tb_next is not None and "big" not in frame.tb_frame.f_code.co_varnames:
        frame = frame.tb_next
    referents = [thing for thing in gc.get_referents(frame.tb_frame) if hasattr(thing, "numel")]
    held = weakref.ref(referents[0])
    del referents, frame
    cells("%torchprof free traceback", fails=False)
    gc.collect()
    assert held() is None
