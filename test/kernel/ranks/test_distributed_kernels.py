"""Kernels that are ranks of one notebook, by jupyter-distributed: told as ranks of each cell."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import torch
from jupyter_client.manager import KernelManager
from jupyterlab_torchprof.ranks.folders import folder_name
from jupyterlab_torchprof.record import CellRecord
from jupyterlab_torchprof.source import source_hash

from ..conftest import Kernel, Reply

pytest.importorskip("jupyter_distributed", reason="jupyter-distributed is not installed")
HAS_RECORDER = hasattr(torch._C._distributed_c10d, "_dump_fr_trace")
JOIN = """\
import os, time, torch, torch.distributed as dist
torch.set_num_threads(1)
dist.init_process_group("gloo")
rank = dist.get_rank()"""
TRAIN = """\
def train(steps):
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(16, 16))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(steps):
        if rank == 1:
            time.sleep(0.03)
        optimizer.zero_grad()
        model(torch.randn(8, 16)).sum().backward()
        optimizer.step()
train(30)"""


def proxy() -> Kernel:
    """The kernel that a notebook is connected to, with two kernels behind it."""
    manager = KernelManager(kernel_name="python3")
    module = "jupyter_distributed.kernel"
    manager.kernel_spec.argv = [sys.executable, "-m", module, "-f", "{connection_file}"]
    manager.kernel_spec.interrupt_mode = "message"
    told = {
        "JUPYTER_DISTRIBUTED_BASE_KERNEL": "python3",
        "JUPYTER_DISTRIBUTED_WORLD_SIZE": "2",
    }
    manager.start_kernel(env={**os.environ, **told})
    return Kernel(manager)


class Notebook:
    """One whose front end has loaded the extension, through the proxy."""

    def __init__(self) -> None:
        self.kernel = proxy()
        self.kernel.load()
        self.page = self.kernel.connect()
        self._seen = 0

    def run(self, source: str) -> Reply:
        """Run a cell."""
        self._seen = len(self.page.messages)
        return self.kernel.run(source)

    def told(self, *, whole: bool = True) -> CellRecord:
        """The newest record of the cell that ran last; ``whole``: once its ranks have ended."""
        found: list[CellRecord] = []

        def is_there() -> bool:
            found[:] = [
                msgspec.convert(message["record"], CellRecord)
                for message in self.page.messages[self._seen :]
                if message["type"] == "end"
            ]
            return bool(found) and not (whole and _runs_on(found[-1]))

        self.kernel.read_until(is_there, "the record of the cell")
        return found[-1]

    def folders(self) -> list[Path]:
        """In which ranks leave what they tell."""
        proxy = self.kernel.manager.provisioner.pid
        return list(Path(tempfile.gettempdir()).glob(folder_name(proxy, "*")))


def _runs_on(record: CellRecord) -> bool:
    return not record.ranks or any(run.exit == "running" for run in record.ranks)


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    """Its two ranks are in one group of PyTorch's."""
    notebook = Notebook()
    try:
        notebook.run(JOIN)
        notebook.told()
        yield notebook
    finally:
        notebook.kernel.stop()


def exits(record: CellRecord) -> list[tuple[int, str]]:
    return [(run.rank, run.exit) for run in record.ranks]


def test_one_record_of_a_cell_has_both_ranks(notebook):
    notebook.run(TRAIN)
    record = notebook.told()
    assert record.source == TRAIN
    assert (record.grad.backwards, record.grad.optimizer_steps) == (30, 30)
    assert exits(record) == [(0, "ok"), (1, "ok")]
    for run in record.ranks:
        assert (run.world_size, run.backend, run.start_method) == (2, "gloo", "kernel")
        assert (run.record.grad.backwards, run.record.grad.optimizer_steps) == (30, 30)
        assert (run.record.source, run.record.source_hash) == ("", source_hash(TRAIN))
        assert [one.parameter_bytes for one in run.replicas] == [(16 * 16 + 16) * 4]
    assert len({run.pid for run in record.ranks}) == 2
    late = record.ranks[1]
    own = [place for place in late.record.places if place.function == "train"]
    assert max(own, key=lambda place: place.samples).line == 6
    if HAS_RECORDER:
        assert "rank-straggler" in [advice.rule for advice in record.advice]
        assert 0.02 < late.lateness.median_s < 0.06


def test_a_front_end_hears_of_each_cell_once(notebook):
    before = {kind: len(notebook.page.of(kind)) for kind in ("start", "session")}
    notebook.run("x = 1")
    record = notebook.told()
    assert exits(record) == [(0, "ok"), (1, "ok")]
    assert len(notebook.page.of("start")) == before["start"] + 1
    assert len(notebook.page.of("session")) == before["session"] == 1
    assert {m["record"]["run_id"] for m in notebook.page.of("end")[-1:]} == {record.run_id}


def test_while_they_run_the_page_sees_both(notebook):
    notebook.run("time.sleep(0.8)")
    notebook.told()
    live = [len(message.get("ranks", [])) for message in notebook.page.of("sample")]
    assert 2 in live


@pytest.mark.parametrize("longer", [0, 1])
def test_a_cell_that_is_longer_in_one_rank(notebook, longer):
    notebook.run(f"time.sleep(0.6 * (rank == {longer}))")
    record = notebook.told()
    assert exits(record) == [(0, "ok"), (1, "ok")]
    assert [run.record.duration_s > 0.5 for run in record.ranks] == [longer == 0, longer == 1]


def test_an_error_is_that_ranks(notebook):
    notebook.run("1 / (1 - rank)")
    record = notebook.told()
    assert (record.status, exits(record)) == ("ok", [(0, "ok"), (1, "error")])
    assert record.ranks[1].record.error.name == "ZeroDivisionError"


def test_what_runs_in_one_rank_only_is_no_cell_of_all(notebook):
    notebook.run("%%rank 1\ny = 2")
    record = notebook.told(whole=False)
    assert (record.source, record.ranks) == ("pass", [])


def test_nothing_is_left_behind(notebook):
    notebook.run("x = 2")
    notebook.told()
    notebook.run("x = 3")
    notebook.told()
    deadline = time.monotonic() + 5
    while notebook.folders() and time.monotonic() < deadline:
        notebook.kernel.run("None", silent=True, store_history=False)
    assert notebook.folders() == []
    shown = notebook.run("%torchprof off\nlen(os.listdir())")
    assert shown.content["status"] == "ok"
    notebook.run("%torchprof on")
    notebook.run("%unload_ext jupyterlab_torchprof")
    notebook.kernel.read_until(lambda: notebook.page.closed, "the end of the comm")
    assert notebook.folders() == []
