"""Engines of ipyparallel: what ``%%px`` has them run is measured there, as ranks of the cell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import nbformat
import pytest
import torch
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.rank.engine import EngineRank
from jupyterlab_torchprof.ranks.stream import METADATA, RankOptions
from jupyterlab_torchprof.record import CellRecord, Session
from jupyterlab_torchprof.source import source_hash

HAS_RECORDER = hasattr(torch._C._distributed_c10d, "_dump_fr_trace")
CELLS = {
    "start": """\
import ipyparallel as ipp
cluster = ipp.Cluster(n=2)
client = cluster.start_and_connect_sync()
view = client[:]
view.block = True
view.activate()""",
    "before": "%px early = 1",
    "load": "%px %load_ext jupyterlab_torchprof",
    "join": """\
%%px
import os, torch, torch.distributed as dist
torch.set_num_threads(1)
engine = get_ipython().kernel.engine_id
dist.init_process_group("gloo", init_method="file://STORE", rank=engine, world_size=2)
wrapped = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(4, 4))
unused = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(5, 5))""",
    "earlier": """\
%%px
optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
for step in range(15):
    wrapped(torch.ones(2, 4)).sum().backward()
    optimizer.step()""",
    "train": """\
%%px
import time
def train(steps):
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(16, 16))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(steps):
        if engine == 1:
            time.sleep(0.03)
        optimizer.zero_grad()
        model(torch.randn(8, 16)).sum().backward()
        optimizer.step()
train(30)""",
    "again": "%%px\n\ntrain(10)",
    "twice": """\
for count in (1, 2):
    view.execute(f"train({count})", silent=False)
_ = view.execute("train(3)", silent=True)""",
    "helpers": """\
def fit(steps, lr=0.1):
    import time
    import torch
    model = torch.nn.Linear(16, 16)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for step in range(steps):
        time.sleep(0.01)
        model(torch.randn(8, 16)).sum().backward()
        optimizer.step()
    return steps""",
    "apply": """\
def fitted(steps):
    return fit(steps)
view.push({"fit": fit})
assert view.apply_sync(fitted, 20) == [20, 20]
assert view.apply_async(fitted, 10).get() == [10, 10]""",
    "map": "assert list(view.map_sync(fit, [1, 2, 3])) == [1, 2, 3]",
    "balanced": """\
balanced = client.load_balanced_view()
assert list(balanced.map_sync(lambda item: item, range(300))) == list(range(300))""",
    "broadcast": """\
for is_coalescing in (False, True):
    broadcast = client.broadcast_view(is_coalescing=is_coalescing)
    assert broadcast.apply_sync(fit, 2) == [2, 2]""",
    "values": 'view["value"] = 3\nassert view["value"] == [3, 3]',
    "mixed": """\
view.apply_sync(fit, 1)
view.execute("train(2)", silent=False)
_ = view.apply_sync(fit, 3)""",
    "wrong": """\
def wrong(number):
    return number / 0

view.apply_sync(wrong, 1)""",
    "unawaited": """\
%%px --noblock
import time
time.sleep(0.5)
train(4)""",
    "called": "promised = view.apply_async(fit, 40)",
    "between": "import time\ntime.sleep(4)",
    "one": "%%px --targets 1\n1 / 0",
    "unload": "%px %unload_ext jupyterlab_torchprof",
    "stop": "%px dist.destroy_process_group()\ncluster.stop_cluster_sync()",
}


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Session:
    """All cells, run by ``jupyter torchprof run`` with two engines."""
    pytest.importorskip("ipyparallel")
    folder = tmp_path_factory.mktemp("engines")
    store = str(folder / "store")
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                source.replace("STORE", store),
                id=name,
                metadata={"tags": ["raises-exception"]} if name in ("one", "wrong") else {},
            )
            for name, source in CELLS.items()
        ]
    )
    nbformat.write(notebook, folder / "px.ipynb")
    command = [sys.executable, "-m", "jupyterlab_torchprof.cli", "run", "px.ipynb"]
    command += ["--json", "px.json"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return decode_session((folder / "px.json").read_bytes()).session


def cell(session: Session, name: str) -> CellRecord:
    return next(record for record in session.cells if record.cell_id == name)


def test_each_engine_has_a_record_and_the_late_one_is_named(session):
    record = cell(session, "train")
    assert [(run.rank, run.world_size, run.backend) for run in record.ranks] == [
        (0, 2, "gloo"),
        (1, 2, "gloo"),
    ]
    for run in record.ranks:
        assert (run.exit, run.start_method, run.launch) == ("ok", "engine", 0)
        assert (run.record.grad.backwards, run.record.grad.optimizer_steps) == (30, 30)
        assert run.record.source == ""
        assert (run.record.cell_id, run.record.source_hash) == ("train", record.source_hash)
        assert 0 < run.record.overhead_s < run.record.duration_s
        assert len(run.record.samples) > 3
    assert record.grad is None  # the kernel itself has not even PyTorch
    if HAS_RECORDER:
        assert [advice.rule for advice in record.advice] == ["rank-straggler"]
        assert set(record.advice[0].lines) <= {8}  # if looks were enough to name it
    assert session.health == []


def test_lines_are_those_of_the_cells_with_their_magics(session):
    late = cell(session, "train").ranks[1].record
    own = [place for place in late.places if place.kind == "cell"]
    most = max(own, key=lambda place: place.samples)
    assert (most.function, most.line) == ("train", 8)
    assert late.places[most.parent].line == 12
    again = cell(session, "again")
    for run in again.ranks:
        [call] = [place for place in run.record.places if place.parent is None]
        assert (call.kind, call.line, call.source_hash) == ("cell", 3, again.source_hash)
        inner = {place.source_hash for place in run.record.places if place.function == "train"}
        assert inner == {source_hash(CELLS["train"])}


def test_texts_that_are_sent_one_after_the_other_are_launches(session):
    runs = cell(session, "twice").ranks
    steps = [(run.launch, run.rank, run.record.grad.optimizer_steps) for run in runs]
    assert steps == [(0, 0, 1), (0, 1, 1), (1, 0, 2), (1, 1, 2)]  # and nothing of the silent one
    assert runs[0].record.source_hash == source_hash("train(1)")


def test_an_error_is_that_engines(session):
    [run] = cell(session, "one").ranks
    assert (run.rank, run.exit) == (1, "error")
    assert (run.record.error.name, run.record.error.line) == ("ZeroDivisionError", 2)


def test_functions_that_a_cell_has_engines_run_are_one_run_of_each(session):
    record = cell(session, "apply")
    assert [(run.rank, run.launch, run.exit) for run in record.ranks] == [
        (0, 0, "ok"),
        (1, 0, "ok"),
    ]
    for run in record.ranks:
        assert (run.start_method, run.record.grad.backwards) == ("engine", 30)
        assert 0.3 < run.record.duration_s < record.duration_s
        assert run.record.samples[-1].t_s == run.record.duration_s
        assert run.record.source == ""
    assert sum(run.record.grad.backwards for run in cell(session, "map").ranks) == 6
    assert len(cell(session, "balanced").ranks) in (1, 2)
    assert [run.record.grad.backwards for run in cell(session, "broadcast").ranks] == [4, 4]
    assert cell(session, "values").ranks == []  # which a view sends by functions of its own


def test_lines_of_functions_are_those_of_the_cells_that_define_them(session):
    hashes = {source_hash(CELLS[name]) for name in ("helpers", "apply")}
    for run in cell(session, "apply").ranks:
        called, *_ = run.record.places
        assert (called.kind, called.function, called.line) == ("cell", "fitted", 2)
        inner = [place for place in run.record.places if place.function == "fit"]
        assert max(inner, key=lambda place: place.samples).line == 7
        assert {each.source_hash for each in (called, *inner)} == hashes


def test_a_text_between_functions_divides_them(session):
    runs = [
        (run.launch, run.rank, run.record.grad.backwards) for run in cell(session, "mixed").ranks
    ]
    assert runs == [(0, 0, 1), (0, 1, 1), (1, 0, 2), (1, 1, 2), (2, 0, 3), (2, 1, 3)]


def test_an_error_of_a_function_is_at_its_line(session):
    for run in cell(session, "wrong").ranks:
        assert (run.exit, run.record.error.name) == ("error", "ZeroDivisionError")
        [frame] = run.record.error.frames
        assert (frame.function, frame.line) == ("wrong", 2)
        assert frame.source_hash == source_hash(CELLS["wrong"])
        assert run.record.error.line == 2


def test_what_a_cell_does_not_wait_for_is_told_with_it_later(session):
    for name, steps in (("unawaited", 4), ("called", 40)):
        record = cell(session, name)
        assert record.duration_s < 0.4
        found = [(run.rank, run.exit, run.record.grad.optimizer_steps) for run in record.ranks]
        assert found == [(0, "ok", steps), (1, "ok", steps)]
        assert all(run.record.duration_s > 0.4 for run in record.ranks)


def test_a_wrapper_of_an_earlier_cell_is_known_while_it_is_called(session):
    for run in cell(session, "earlier").ranks:
        [replica] = run.replicas
        assert replica.parameter_bytes == (4 * 4 + 4) * 4
        assert 10 <= replica.iterations <= 15
    for run in cell(session, "train").ranks:
        assert [one.parameter_bytes for one in run.replicas] == [(16 * 16 + 16) * 4]


def test_engines_without_the_extension_run_as_ever(session):
    assert cell(session, "before").ranks == []


def test_every_rank_is_told_to_its_end(session):
    failed = {"one", "wrong"}
    for record in session.cells:
        exits = {run.exit for run in record.ranks}
        assert exits <= ({"error"} if record.cell_id in failed else {"ok"}), record.cell_id
    assert len(cell(session, "unload").ranks) == 2  # up to the unloading


def options(folder: Path) -> RankOptions:
    return RankOptions(
        folder=str(folder),
        cell_id="a",
        execution_count=3,
        source="%%px\nx = 1",
        start_method="engine",
        processes=2,
        sampling_hz=10,
    )


def engine_that_got(told: object) -> tuple[EngineRank, Health]:
    """In a kernel that was sent a request with these metadata."""
    parent = {"metadata": {METADATA: told}}
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda: parent, engine_id=1))
    health = Health()
    return EngineRank(shell, health), health


def test_what_is_sent_is_told_by_its_cell(tmp_path):
    rank, health = engine_that_got(msgspec.to_builtins(options(tmp_path)))
    assert rank.sent("x = 1", None, None) == options(tmp_path)
    assert rank.sent("y = 2", None, None).source == "y = 2"
    assert health.entries() == []


def test_a_folder_that_is_not_there_is_left_alone(tmp_path):
    rank, health = engine_that_got(msgspec.to_builtins(options(tmp_path / "gone")))
    assert rank.sent("x = 1", None, None) is None
    (tmp_path / "link").symlink_to(tmp_path)
    rank, health = engine_that_got(msgspec.to_builtins(options(tmp_path / "link")))
    assert rank.sent("x = 1", None, None) is None
    assert health.entries() == []


@pytest.mark.parametrize("told", [1, {"folder": 2}, []])
def test_metadata_of_somebody_else_are_counted_as_a_failure(told):
    rank, health = engine_that_got(told)
    assert rank.sent("x = 1", None, None) is None
    assert [entry.part for entry in health.entries()] == ["ranks"]


def test_unloading_restores_the_client(notebook):
    client = pytest.importorskip("ipyparallel.client.client").Client
    notebook.measurement.close()
    names = ("send_execute_request", "send_apply_request")
    before = [vars(client)[name] for name in names]
    notebook.measurement.open()
    assert all(vars(client)[name] is not was for name, was in zip(names, before, strict=True))
    notebook.measurement.close()
    assert all(vars(client)[name] is was for name, was in zip(names, before, strict=True))
