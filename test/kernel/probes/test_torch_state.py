"""PyTorch's switches are read as they are; nothing is started for it."""

from __future__ import annotations

import os

import torch


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
