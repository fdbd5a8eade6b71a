"""What is offered to be deleted when memory ran out frees what it promises."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.actions.run import run_action
from jupyterlab_torchprof.extension import load
from jupyterlab_torchprof.probes.devices import Devices
from traitlets.config import Config

MIB = 1 << 20
MADE = "data = torch.ones(16 * 2**20, device=device)\n"
FAILS = "torch.ones(64 * 2**20, device=device)\n"


@pytest.fixture
def actions(device, notebook, capacity, closed):
    """Runs cells, of which the last runs out of memory; gives what is offered to be deleted."""
    notebook.close()
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.user_ns["device"] = device
    profiler = load(shell)
    capacity(256 * MIB)

    def run(*cells):
        for number, source in enumerate(("import torch", *cells)):
            shell.run_cell(source, store_history=True, cell_id=f"cell {number}")
        record = profiler.history.last()
        assert record.out_of_memory is not None
        offered = [action for advice in record.advice for action in advice.actions]
        return shell, [action for action in offered if action.kind == "delete_names"]

    yield run
    closed(shell)
    assert not profiler.health.entries()


def test_a_variable_that_nobody_mentions_is_freed(actions, device):
    shell, (action,) = actions(MADE, FAILS)
    assert action.targets == ["data"]
    assert action.expected_bytes == {device: 64 * MIB}
    done = run_action(shell, action, Devices())
    assert done.ok
    assert done.freed_bytes[device] == 64 * MIB


@pytest.mark.parametrize(
    "cells",
    [
        [f"{MADE}loader = torch.utils.data.DataLoader(data)", f"for x in loader:\n    {FAILS}"],
        [f"{MADE}first = data[:8]", FAILS],
        [f"{MADE}keep = [data]", FAILS],
        [MADE, f"def train():\n    data.sum()\n    {FAILS}", "train()"],
        [MADE, "w = torch.ones(1, device=device, requires_grad=True)\nout = data * w", FAILS],
    ],
    ids=["loader", "view", "list", "function", "graph"],
)
def test_nothing_is_offered_where_something_else_holds_or_reads_it(actions, cells):
    _shell, offered = actions(*cells)
    assert offered == []
