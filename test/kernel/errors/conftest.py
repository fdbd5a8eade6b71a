"""What the tests of errors share."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.extension import load, unload


@pytest.fixture
def error(shell, request):
    """Runs cells that fail, after the module's ``MODEL``; gives the record of the error."""
    profiler = load(shell)

    def run(source):
        result = shell.run_cell(source, store_history=True)
        assert not result.success
        del result
        return profiler.history.last().error

    assert shell.run_cell(request.module.MODEL, store_history=True).success
    yield run
    unload(shell)
    assert not profiler.health.entries()
