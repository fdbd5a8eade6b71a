"""Trainers of Ray Train that a cell fits: their workers are told as ranks of the cell."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch
from conftest import Notebook
from jupyterlab_torchprof.record import CellRecord

pytest.importorskip("ray", reason="Ray is not installed")
pytest.importorskip("ray.train.v2.torch", reason="Ray Train is not installed, or too old")
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:::ray"),  # of its own parts, by others of its own
]

HAS_RECORDER = hasattr(torch._C._distributed_c10d, "_dump_fr_trace")
IMPORTS = """import os, signal, time
import ray, ray.train, torch
from ray.train.torch import TorchTrainer
def fit(function, folder, workers=2, failures=0):
    return TorchTrainer(
        function,
        train_loop_config={"folder": folder},
        scaling_config=ray.train.ScalingConfig(num_workers=workers),
        run_config=ray.train.RunConfig(
            storage_path=folder, failure_config=ray.train.FailureConfig(max_failures=failures)
        ),
    ).fit()"""
STEP = """def one_step(model, optimizer):
    optimizer.zero_grad()
    model(torch.randn(8, 16)).sum().backward()
    optimizer.step()"""
TRAIN = """def train(config):
    torch.set_num_threads(1)
    model = ray.train.torch.prepare_model(torch.nn.Linear(16, 16))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(30):
        if ray.train.get_context().get_world_rank() == 1:
            time.sleep(0.03)
        one_step(model, optimizer)
    ray.train.report({"loss": 1.5})
    return "trained"
"""
FAIL = """def fails(config):
    if os.path.exists(config["folder"] + "/again"):
        raise ArithmeticError("no more")
    time.sleep(1)
    if ray.train.get_context().get_world_rank() == 1:
        open(config["folder"] + "/again", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def book() -> Iterator[Notebook]:
    """With a cluster of its own."""
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    book = Notebook()
    try:
        book.ok(IMPORTS)
        book.ok(STEP)
        yield book
    finally:
        book.close()
        ray.shutdown()


def told(record: CellRecord) -> list[tuple[int, int, str]]:
    return [(run.launch, run.rank, run.exit) for run in record.ranks]


def test_each_worker_is_a_rank_with_lines_of_the_cells(book, tmp_path):
    record = book.ok(f"{TRAIN}result = fit(train, {str(tmp_path)!r})")
    assert book.namespace["result"].return_value == "trained"
    assert told(record) == [(0, 0, "ok"), (0, 1, "ok")]
    for run in record.ranks:
        assert (run.world_size, run.local_rank, run.backend) == (2, run.rank, "gloo")
        assert run.start_method == "ray"
        assert run.pid != os.getpid()
        assert (run.record.grad.backwards, run.record.grad.optimizer_steps) == (30, 30)
        assert run.record.memory[0].peak_bytes > 0
        assert (run.record.source, run.record.source_hash) == ("", record.source_hash)
        assert [each.parameter_bytes for each in run.replicas] == [(16 * 16 + 16) * 4]
        calls = {each.name: each.calls for each in run.collectives}
        assert not HAS_RECORDER or calls["gloo:all_reduce"] >= 30
        lines = {(place.kind, place.function, place.line) for place in run.record.places}
        assert {("cell", "train", 8), ("cell", "one_step", 3)} <= lines
    late = record.ranks[1]
    own = [place for place in late.record.places if place.function == "train"]
    assert max(own, key=lambda place: place.samples).line == 7
    assert not HAS_RECORDER or 0.02 < late.lateness.median_s < 0.1
    assert record.grad.backwards == 0  # of the kernel's own
    assert book.health.entries() == []


def test_workers_that_are_started_again_are_another_launch(book, tmp_path):
    record = book.run(f"{FAIL}fit(fails, {str(tmp_path)!r}, failures=1)")
    assert type(book.error).__name__ == "WorkerGroupError"
    assert str(book.error).endswith(
        "Error Snippet]:\nTraceback (most recent call last):\n"
        f'  File "{book.last_run.run_id}", line 3, in fails\nArithmeticError: no more\n'
    )
    assert told(record) == [(0, 0, "killed"), (0, 1, "killed"), (1, 0, "error"), (1, 1, "error")]
    killed, failed = record.ranks[1], record.ranks[3]
    assert killed.last_seen_at - killed.record.started_at > 0.5
    assert (failed.record.error.message, failed.record.error.line) == ("no more", 3)
    assert book.health.entries() == []


def test_in_local_mode_the_cell_is_measured_itself(book, tmp_path):
    record = book.ok(f"{TRAIN}fit(train, {str(tmp_path)!r}, workers=0)")
    assert record.ranks == []
    assert (record.grad.backwards, record.grad.optimizer_steps) == (30, 30)
    assert book.health.entries() == []


def test_what_is_wrapped_is_put_back(book):
    from ray.train.v2._internal.util import construct_train_func
    from ray.train.v2.api import data_parallel_trainer

    assert data_parallel_trainer.construct_train_func is not construct_train_func
    book.measurement.close()
    assert data_parallel_trainer.construct_train_func is construct_train_func
    book.measurement.open()
