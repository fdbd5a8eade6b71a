"""A shell with the profiler, whose cells must not fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.session import Profiler


class Cells:
    """Runs cells in a shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        """The profiler is loaded into it."""
        self.shell = shell
        self.profiler: Profiler = load(shell)

    def run(self, source: str) -> Any:
        """Run a cell, which may fail."""
        return self.shell.run_cell(source, store_history=True)

    def ok(self, source: str) -> None:
        """Run a cell."""
        self.run(source).raise_error()


@pytest.fixture
def notebook(shell: InteractiveShell) -> Iterator[Cells]:
    """Its outputs are not looked at."""
    cells = Cells(shell)
    yield cells
    shell.reset()
    unload(shell)
