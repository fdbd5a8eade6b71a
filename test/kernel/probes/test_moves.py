"""Moves of modules on a machine without a device: dtypes, ``meta``, and what is no move."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.derive import line_of

SETUP = (
    "import torch\nfrom torch import nn\nmodel = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))\n"
)
BYTES = 4 * 2 * (8 * 8 + 8)


@pytest.fixture
def book(notebook):
    notebook.ok(SETUP)
    return notebook


def test_a_change_of_dtype(book):
    record = book.ok("\nmodel.double()")
    (move,) = record.moves
    assert move.source == {"cpu float32": BYTES}
    assert move.target == {"cpu float64": 2 * BYTES}
    assert (move.what, move.moved_bytes, move.no_op) == ("model (Sequential)", 2 * BYTES, False)
    assert line_of(record, move.place) == 2
    assert move.duration_s > 0


def test_nothing_to_do(book):
    record = book.ok("for i in range(3):\n    model.to('cpu')\nmodel.float().cpu()")
    assert [
        (move.no_op, move.moved_bytes, line_of(record, move.place)) for move in record.moves
    ] == [
        (True, 0, 2),
        (True, 0, 2),
        (True, 0, 2),
        (True, 0, 3),
        (True, 0, 3),
    ]
    assert record.moves[0].source == record.moves[0].target == {"cpu float32": BYTES}


def test_the_variable_that_the_move_is_assigned_to(book):
    record = book.ok("net = nn.Linear(2, 2).double()\nnn.Linear(3, 3).half()")
    assert [move.what for move in record.moves] == ["net (Linear)", "Linear"]


def test_a_part_of_a_module(book):
    (move,) = book.ok("model[1].half()").moves
    assert (move.what, move.moved_bytes) == ("model[1] (Linear)", BYTES // 4)


def test_tied_weights_count_once(book):
    (move,) = book.ok("model[1].weight = model[0].weight\nmodel.double()").moves
    assert move.source == {"cpu float32": 4 * (64 + 8 + 8)}


def test_memory_format_is_no_no_op(book):
    record = book.ok("conv = nn.Conv2d(4, 4, 3)\nconv.to(memory_format=torch.channels_last)")
    assert [(move.moved_bytes, move.no_op) for move in record.moves] == [(0, False)]


def test_sharing_memory_is_no_move(book):
    assert book.ok("model.share_memory()\nlstm = nn.LSTM(2, 2).share_memory()").moves == []


def test_from_meta(book):
    record = book.ok("empty = nn.Linear(8, 8, device='meta')\nempty.to_empty(device='cpu')")
    (move,) = record.moves
    assert move.source == {"meta float32": 0}
    assert move.target == {"cpu float32": BYTES // 2}
    assert move.moved_bytes == BYTES // 2


def test_a_class_with_its_own_apply(book):
    record = book.ok("lstm = nn.LSTM(8, 8).double()\nwhole = nn.Sequential(lstm).float()")
    assert [move.what for move in record.moves] == ["lstm (LSTM)", "whole (Sequential)"]


def test_a_failing_move(book):
    book.run("model.to('nowhere')")
    assert "nowhere" in str(book.error)
    record = book.run("def stop(t):\n    raise KeyboardInterrupt\nmodel._apply(stop)")
    assert isinstance(book.error, KeyboardInterrupt)
    (move,) = record.moves
    assert (move.failed, move.no_op, move.moved_bytes) == (True, False, 0)
    assert move.source == move.target
    (move,) = book.ok("try:\n    1 / 0\nexcept ZeroDivisionError:\n    model.double()").moves
    assert not move.failed


def test_moves_are_bounded(book):
    assert len(book.ok("for i in range(500):\n    model.float()").moves) == 200


def test_moves_in_threads(book):
    record = book.ok(
        "import threading\n"
        "models = [nn.Linear(4, 4) for i in range(8)]\n"
        "threads = [threading.Thread(target=m.double) for m in models]\n"
        "[t.start() for t in threads]\n"
        "[t.join() for t in threads]"
    )
    assert [move.moved_bytes for move in record.moves] == [8 * 20] * 8


def test_lazy_modules(book):
    record = book.ok("lazy = nn.LazyLinear(4)\nlazy.to(torch.float64)")
    assert record.moves[0].no_op is False
    assert record.moves[0].moved_bytes == 0
