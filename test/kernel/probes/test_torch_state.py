"""PyTorch's switches are read as they are; nothing is started for it."""

from __future__ import annotations

import os

import pytest
import torch
from jupyterlab_torchprof.probes import torch_state


def test_switches(notebook):
    state = notebook.ok("import torch").torch
    assert state.version == torch.__version__
    assert state.build_cuda == torch.version.cuda
    assert (state.num_threads, state.anomaly, state.deterministic) == (
        torch.get_num_threads(),
        False,
        False,
    )
    assert state.matmul_precision == "highest"
    assert state.cpu_count == len(os.sched_getaffinity(0))
    assert state.start_method in ("fork", "forkserver", "spawn")
    assert state.nccl == torch.distributed.is_nccl_available()
    assert not torch.cuda.is_initialized()


def test_switches_that_the_cell_sets(notebook):
    state = notebook.ok(
        "import torch\ntorch.autograd.set_detect_anomaly(True)\n"
        "torch.use_deterministic_algorithms(True)\ntorch.set_float32_matmul_precision('high')\n"
    ).torch
    try:
        assert (state.anomaly, state.deterministic, state.matmul_precision) == (True, True, "high")
    finally:
        torch.autograd.set_detect_anomaly(False)
        torch.use_deterministic_algorithms(False)
        torch.set_float32_matmul_precision("highest")


def test_hidden_devices(notebook, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert notebook.ok("import torch").torch.hidden
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert not notebook.ok("import torch").torch.hidden


def test_the_start_method_is_not_settled(notebook):
    import multiprocessing

    before = multiprocessing.get_start_method(allow_none=True)
    notebook.ok("import torch")
    assert multiprocessing.get_start_method(allow_none=True) == before


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Makes what the kernel and the container show of a number of devices."""
    told, nodes = tmp_path / "driver", tmp_path / "dev"
    (told / "gpus").mkdir(parents=True)
    nodes.mkdir()
    monkeypatch.setattr(torch_state, "_DRIVER", told)
    monkeypatch.setattr(torch_state, "_NODES", nodes)

    def make(known: int, given: list[str]) -> None:
        for index in range(known):
            (told / "gpus" / f"0000:{index:02x}:00.0").mkdir()
        for name in given:
            (nodes / name).touch()

    torch_state.driver_devices.cache_clear()
    yield make
    torch_state.driver_devices.cache_clear()


@pytest.mark.parametrize(
    ("known", "given", "devices"),
    [
        (2, ["nvidiactl", "nvidia-uvm", "nvidia0", "nvidia1"], 2),
        (8, ["nvidiactl", "nvidia3"], 1),
        (8, [], 0),
        (2, ["nvidiactl", "nvidia-modeset", "null"], 0),
    ],
)
def test_a_container_has_the_devices_that_it_was_given(notebook, machine, known, given, devices):
    machine(known, given)
    assert notebook.ok("import torch").torch.driver_devices == devices
    assert not torch.cuda.is_initialized()


def test_machines_without_a_driver(notebook, monkeypatch, tmp_path):
    monkeypatch.setattr(torch_state, "_DRIVER", tmp_path / "none")
    torch_state.driver_devices.cache_clear()
    try:
        assert notebook.ok("import torch").torch.driver_devices is None
    finally:
        torch_state.driver_devices.cache_clear()
