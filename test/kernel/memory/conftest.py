"""A notebook whose memory is looked at."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.messages import RunAction
from jupyterlab_torchprof.record import Action, DeviceMemory, MemoryShare


class Notebook:
    """Runs cells under the profiler, and looks at what holds the memory of the host."""

    def __init__(self, shell, profiler):
        self.shell = shell
        self.profiler = profiler

    def run(self, source: str, cell: str = "cell", *, fails: bool = False) -> int:
        """Run a cell; its execution count."""
        result = self.shell.run_cell(source, store_history=True, cell_id=cell)
        assert result.success is not fails
        return result.execution_count

    @property
    def host(self) -> DeviceMemory:
        return self.profiler.session().memory_now.devices[0]

    def holder(self, kind: str, name: str | None = None) -> MemoryShare | None:
        found = [one for one in self.host.holders if (one.kind, one.name) == (kind, name)]
        return found[0] if found else None

    def made(self, count: int):
        made = self.profiler.session().memory_now.made
        return next(one for one in made if one.execution_count == count)

    def act(self, action: Action):
        done = self.profiler.act(RunAction(request_id="1", action=action))
        assert done.ok, done.message
        return done


@pytest.fixture
def notebook(shell):
    profiler = load(shell)
    notebook = Notebook(shell, profiler)
    notebook.run("import torch\nfrom torch import nn")
    yield notebook
    unload(shell)
    assert profiler.health.entries() == []
