"""Notebooks that run with the real probes, and records that are built by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
from builders import at, lines_of
from jupyterlab_torchprof.advice.catalogue import RULES
from jupyterlab_torchprof.advice.engine import advise, reconsider, revisit
from jupyterlab_torchprof.advice.text.notebook import NotebookCell
from jupyterlab_torchprof.advice.verify import verify
from jupyterlab_torchprof.advice.waiting import Waiting
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    Advice,
    CellRecord,
    ForwardGraph,
    Forwards,
    GradState,
    MemoryEntry,
    PlacedTensor,
    Placement,
    RetainedGraph,
)
from jupyterlab_torchprof.source import source_hash

SETUP = """\
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)

def make_model(width=256, depth=8, out=10):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, out))

model = make_model()
x = torch.randn(512, 256)
y = torch.randint(0, 10, (512,))
loader = [(torch.randn(512, 256), torch.randint(0, 10, (512,))) for _ in range(4)]
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
"""


class Notebook:
    """Runs cells and says what is advised in the end."""

    def __init__(self, shell, profiler) -> None:
        self.shell = shell
        self.profiler = profiler

    def run(self, cell_id: str, source: str) -> CellRecord:
        """Run a cell, which must succeed."""
        result = self.shell.run_cell(source, store_history=True, cell_id=cell_id)
        assert result.success, result.error_in_exec or result.error_before_exec
        record = self.profiler.history.last()
        assert record.cell_id == cell_id
        return record

    def latest(self, cell_id: str) -> CellRecord:
        """The latest record of a cell."""
        records = [r for r in self.profiler.history.records() if r.cell_id == cell_id]
        return records[-1]

    def advice(self) -> dict[str, list[int]]:
        """Lines of the advice by cell, of each cell's latest run."""
        latest = {record.cell_id: record for record in self.profiler.history.records()}
        return {
            cell_id: advice.lines for cell_id, record in latest.items() for advice in record.advice
        }

    def fix(self, cell_id: str) -> CellRecord:
        """Apply the advice on a cell and run it again."""
        record = self.latest(cell_id)
        (advice,) = record.advice
        assert advice.fix is not None, advice.refusal
        return self.run(cell_id, apply_edits(record.source, advice.fix.edits))


@pytest.fixture
def notebook(shell) -> Iterator[Notebook]:
    """A notebook whose first cell, ``setup``, has run."""
    profiler = load(shell)
    notebook = Notebook(shell, profiler)
    notebook.run("setup", SETUP)
    yield notebook
    shell.reset()
    unload(shell)
    assert not profiler.health.entries()


MIB = 1 << 20
_numbers = itertools.count(1)


def forwards(
    line=1, *, calls=4, grad=True, training=False, module="Net", inference=False
) -> Forwards:
    return Forwards(
        place=at(line),
        module=module,
        calls=calls,
        grad=grad,
        inference=inference,
        training=training,
    )


def graph(line=1, fate="held", saved=8 * MIB, largest=MIB, **more) -> ForwardGraph:
    values = {
        "place": at(line),
        "module": "Net",
        "training": False,
        "nodes": 20,
        "saved_bytes": saved,
        "largest_bytes": largest,
        "device": "cuda:0",
        "fate": fate,
        "output_elements": 5120,
        "other_leaves": False,
    }
    return ForwardGraph(**{**values, **more})


def retained(variable="out", saved=32 * MIB, **more) -> RetainedGraph:
    values = {
        "variable": variable,
        "nodes": 80,
        "saved_bytes": saved,
        "largest_bytes": MIB,
        "device": "cuda:0",
        "tensors": 4,
        "elements": 5120,
        "other_leaves": False,
    }
    return RetainedGraph(**{**values, **more})


def memory(before=0, after=0, peak=0, *, device="cuda:0", total=1 << 36) -> MemoryEntry:
    return MemoryEntry(
        device=device,
        allocated_before_bytes=before,
        allocated_after_bytes=after,
        peak_bytes=peak,
        peak_is="exact",
        total_bytes=total,
    )


def placed(path="out", shape=(512, 10)) -> PlacedTensor:
    return PlacedTensor(
        path=path,
        device="cuda:0",
        dtype="float32",
        shape=list(shape),
        storage_bytes=20480,
        requires_grad=True,
        has_grad_fn=True,
    )


def record(source="out = model(x)", cell_id="cell", **more) -> CellRecord:
    """A record of a cell that ended well; keyword arguments of `GradState` go there."""
    grad = {name: more.pop(name) for name in list(more) if name in GradState.__struct_fields__}
    values = {
        "run_id": f"run-{next(_numbers)}",
        "cell_id": cell_id,
        "execution_count": 1,
        "source": source,
        "source_hash": source_hash(source),
        "started_at": 0.0,
        "duration_s": 1.0,
        "status": "ok",
        "places": lines_of(source),
        "memory": [memory()],
        "placement": Placement(torch_name="torch"),
        "grad": GradState(**grad),
    }
    return CellRecord(**{**values, **more})


class Session:
    """Records in the order they ran, advised as the profiler does it."""

    def __init__(
        self, *records: CellRecord, waiting: Sequence[str] = (), known: bool = True
    ) -> None:
        """``waiting``: texts of cells that have not run; ``known``: whether all texts are."""
        self.history: list[CellRecord] = []
        self.pending = Waiting(RULES)
        self.waiting = list(waiting)
        self.known = known
        for each in records:
            self.add(each)

    def add(self, each: CellRecord) -> list[CellRecord]:
        """A cell has ended; returns the earlier records that changed."""
        self.history.append(each)
        each.advice = advise(each, self.history, notebook=self.notebook)
        changed = revisit(self.history, notebook=self.notebook, waiting=self.pending)
        each.verification = verify(each, self.history)
        return changed

    @property
    def notebook(self) -> list[NotebookCell] | None:
        ran = {str(run.cell_id or run.run_id): run.source for run in self.history}
        waiting = {f"waiting{number}": text for number, text in enumerate(self.waiting)}
        cells = [NotebookCell(*cell) for cell in (ran | waiting).items()]
        return cells if self.known else None

    def edit(self, *waiting: str) -> list[CellRecord]:
        """The notebook has other cells that have not run; returns the records that changed."""
        self.waiting = list(waiting)
        return reconsider(self.history, self.notebook)

    def advised(self) -> list[Advice]:
        return [advice for each in self.history for advice in each.advice]


@pytest.fixture
def build():
    """The builders of records."""

    class Build:
        MIB = MIB
        forwards = staticmethod(forwards)
        graph = staticmethod(graph)
        memory = staticmethod(memory)
        placed = staticmethod(placed)
        record = staticmethod(record)
        retained = staticmethod(retained)
        Session = Session

    return Build
