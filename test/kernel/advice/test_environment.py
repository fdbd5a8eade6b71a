"""Advice on builds that do not fit the machine, from records built by hand."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.record import ErrorInfo, RaisedWarning, TorchState

RULE = "env-cuda-mismatch"
TOO_OLD = "The NVIDIA driver on your system is too old (found version 11040). Please update it."
WARNED = {"warnings": [RaisedWarning("UserWarning", f"CUDA initialization: {TOO_OLD}", 2)]}
OLD = {"driver_version": "470.57", "driver_devices": 1, "build_cuda": "12.6", "accelerator": "cuda"}


def state(**more):
    values = {"driver_version": "570.86.10", "driver_devices": 2, "build_cuda": None}
    return TorchState(version="2.13.0+cpu", **{**values, **more})


def advised(build, *states, **more):
    records = [
        build.record("x = 1", f"cell-{i}", torch=each, **more) for i, each in enumerate(states)
    ]
    return [each for each in build.Session(*records).advised() if each.rule == RULE]


def test_a_build_for_the_cpu_only(build):
    (advice,) = advised(build, state())
    assert advice.title == "This PyTorch cannot use the GPUs of the machine."
    assert advice.severity == "high"
    assert "--index-url https://download.pytorch.org/whl/" in advice.explanation
    assert "%torchprof doctor" in advice.explanation
    assert advice.evidence == [
        "The NVIDIA driver 570.86.10 knows 2 devices.",
        "PyTorch 2.13.0+cpu is built for the CPU only.",
    ]
    assert advice.fix is None
    assert advice.refusal


@pytest.mark.parametrize(
    "told",
    [WARNED, {"status": "error", "error": ErrorInfo(name="RuntimeError", message=TOO_OLD)}],
)
def test_a_driver_that_is_too_old(build, told):
    (advice,) = advised(build, state(**OLD), **told)
    assert advice.title == "This PyTorch cannot use the GPU of the machine."
    assert "a driver of version 525 or newer" in advice.explanation
    assert advice.evidence[-1] == "PyTorch said that the driver is too old."


def test_silent_while_an_old_driver_may_do(build):
    """Containers bring NVIDIA's compatibility libraries, with which it does."""
    assert not advised(build, state(**OLD))
    other = {"warnings": [RaisedWarning("UserWarning", "CUDA initialization: another", 2)]}
    assert not advised(build, state(**OLD), **other)


@pytest.mark.parametrize("version", ["2.13.0+rocm7.0", "2.13.0+xpu"])
def test_silent_for_builds_for_other_devices(build, version):
    made = state()
    made.version = version
    assert not advised(build, made)


def test_is_said_once(build):
    assert len(advised(build, state(), state(), state())) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": True},
        {"driver_devices": None},
        {"driver_devices": 0},
        {"build_cuda": "12.6"},
        {"build_cuda": "12.6", "driver_version": None},
        {"build_cuda": "12.6", "driver_version": "525.60.13"},
        {"build_cuda": "14.0", "driver_version": "470.1"},
        {"build_cuda": "13.0", "driver_version": "575.1", "capability": [9, 0]},
        {"accelerator": "xpu", "device_count": 1},
    ],
)
def test_silent(build, change):
    assert not advised(build, state(**change), **WARNED)


def test_silent_before_torch_is_imported(build):
    assert not advised(build, None)
