"""A notebook without a kernel: cells run in this process, measured by the real probes."""

from __future__ import annotations

import gc
import itertools
import linecache
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.measurement import Measurement
from jupyterlab_torchprof.probes.base import CellRun
from jupyterlab_torchprof.probes.lines import CellCode
from jupyterlab_torchprof.probes.places.texts import CellTexts
from jupyterlab_torchprof.rank.entry import RankEntry
from jupyterlab_torchprof.record import CellRecord
from jupyterlab_torchprof.source import source_hash

# Tests start a hundred processes that load the package, and pytest rewrites each test file: where
# no bytecode may be kept, each would compile all of it again, which is half of what a kernel needs
# to start. It is kept beside the sources, where Git ignores it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# PyTorch's threads wait busily for each other: where others compute beside these tests, as in
# `npm test`, two are many times slower than one. Before anything imports it, and for all kernels.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_numbers = itertools.count(1)


class Notebook:
    """Runs cells in one namespace and keeps what they raised."""

    def __init__(self) -> None:
        self.health = Health()
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.error: BaseException | None = None
        self.last_run: CellRun | None = None
        self.texts = CellTexts()
        self.measurement = Measurement(self.health, ranks=RankEntry)
        self.measurement.open()

    def run(self, source: str) -> CellRecord:
        """Run a cell; an exception is kept in `error`."""
        filename = f"<cell {next(_numbers)}>"
        # As IPython enters the code of its cells: without a time.
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        code = compile(source, filename, "exec")
        run = CellRun(
            run_id=filename,
            cell_id=None,
            execution_count=None,
            source=source,
            namespace=self.namespace,
            code=CellCode(source, self.namespace, filename=filename),
            texts=self.texts,
        )
        record = CellRecord(
            run_id=filename,
            cell_id=None,
            execution_count=None,
            source=source,
            source_hash=source_hash(source),
            started_at=time.time(),
            duration_s=0.0,
            status="ok",
        )
        self.error = None
        self.measurement.begin(run)
        try:
            exec(code, self.namespace)
        except BaseException as error:
            self.error = error
        record.duration_s = time.perf_counter() - run.started
        self.measurement.end(run, record)
        self.last_run = run
        return record

    def ok(self, source: str) -> CellRecord:
        """Run a cell that must not fail."""
        record = self.run(source)
        if self.error is not None:
            raise self.error
        return record

    def close(self) -> None:
        """Restore everything and forget the namespace."""
        self.measurement.close()
        for name in list(self.namespace):
            if not name.startswith("__"):  # TorchDynamo takes away its own by itself
                del self.namespace[name]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Each process writes a report of its own where ``npm test`` looks for the slowest tests."""
    reports = os.environ.get("TORCHPROF_TEST_REPORTS")
    if reports:
        config.option.xmlpath = str(Path(reports) / f"{os.getpid()}.xml")


_known_modules = 0


@pytest.fixture(autouse=True)
def _garbage_of_libraries() -> None:
    """Take what libraries hold out of the garbage collector's sight.

    IPython's ``shell.reset()`` and many tests collect garbage, which looks at every object of
    PyTorch each time: most of the time that these tests took. Again when something was imported
    since, such as the compiler; what is garbage is collected first.
    """
    global _known_modules
    import torch  # noqa: F401

    if len(sys.modules) > _known_modules:
        _known_modules = len(sys.modules)
        gc.collect()
        gc.freeze()


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    """A notebook in which no probe may fail."""
    notebook = Notebook()
    try:
        yield notebook
        assert notebook.health.entries() == []
    finally:
        notebook.close()
        gc.collect()
