"""PyTorch's warnings are seen, and everybody else sees them as ever."""

from __future__ import annotations

import logging
import warnings

import pytest
from jupyterlab_torchprof.derive import line_of

SETUP = "import warnings\nimport torch\nfrom torch import nn\n"


@pytest.fixture
def cells(notebook):
    notebook.ok(SETUP)
    return notebook


def seen(record):
    return [
        (entry.category, line_of(record, entry.place), entry.count) for entry in record.warnings
    ]


def test_a_warning_of_pytorch(cells):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        record = cells.ok("x = 1\nscaler = torch.cuda.amp.GradScaler(enabled=False)\n")
    assert seen(record) == [("FutureWarning", 2, 1)]
    assert "torch.amp.GradScaler" in record.warnings[0].message
    assert [entry.category for entry in caught] == [FutureWarning], "the user has it, too"


def test_warnings_of_others_and_ignored_ones(cells):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        record = cells.ok("scaler = torch.cuda.amp.GradScaler(enabled=False)")
    assert record.warnings == []
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        record = cells.ok("warnings.warn('something else entirely')")
    assert record.warnings == []


def test_a_loop_counts(cells):
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        record = cells.ok(
            "for _ in range(3):\n    scaler = torch.cuda.amp.GradScaler(enabled=False)\n"
        )
    assert seen(record) == [("FutureWarning", 2, 3)]


def test_the_cells_own_catching_works(cells):
    record = cells.ok(
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    scaler = torch.cuda.amp.GradScaler(enabled=False)\n"
        "texts = [str(w.message) for w in caught]\n"
    )
    assert len(cells.namespace["texts"]) == 1
    assert seen(record) == [("FutureWarning", 3, 1)]


def test_warnings_that_are_errors_stay_errors(cells):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = cells.run("scaler = torch.cuda.amp.GradScaler(enabled=False)")
    assert isinstance(cells.error, FutureWarning)
    assert record.warnings == []


def test_a_users_own_showwarning(cells):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        record = cells.ok(
            "shown = []\nbefore = warnings.showwarning\n"
            "warnings.showwarning = lambda *a, **k: shown.append(a)\n"
            "scaler = torch.cuda.amp.GradScaler(enabled=False)\n"
            "warnings.showwarning = before\n"
        )
    assert len(cells.namespace["shown"]) == 1
    assert len(record.warnings) == 1


def test_the_recompile_limit(cells):
    record = cells.ok(
        "import logging\n"
        "logging.getLogger('torch._dynamo.convert_frame').warning(\n"
        "    'torch._dynamo hit config.%s (%s)', 'recompile_limit', 8)\n"
        "logging.getLogger('torch._dynamo').warning('something else')\n"
    )
    (entry,) = record.warnings
    assert (entry.category, entry.message) == (
        "log",
        "torch._dynamo hit config.recompile_limit (8)",
    )


def test_a_real_storm_of_recompiles(cells):
    record = cells.ok(
        "import torch._dynamo\ntorch._dynamo.reset()\n"
        "def f(x, n):\n    return x * n\n"
        "g = torch.compile(f, backend='eager', dynamic=False)\n"
        "for n in range(12):\n    y = g(torch.ones(2), n + 0.5)\n"
        "for n in range(2, 14):\n    y = g(torch.ones(n), 1)\n"
    )
    assert any(entry.category == "log" for entry in record.warnings)


def test_restored(cells):
    before = warnings._showwarnmsg
    cells.close()
    assert warnings._showwarnmsg is before.__wrapped__
    assert logging.getLogger("torch._dynamo").handlers is not None
