"""What a device does at best."""

from __future__ import annotations

import random

import pytest
import torch
from jupyterlab_torchprof.beside.errors import CannotMeasure
from jupyterlab_torchprof.messages import RoofsDone, RoofsRequest
from jupyterlab_torchprof.record import DeepLine, DeepProfile, DeepWindow
from jupyterlab_torchprof.roofs.measure import measure_roof
from jupyterlab_torchprof.roofs.request import carry_out, wanted


def test_a_roof_is_of_products_and_copies():
    roof = measure_roof("cpu", "float32")
    assert (roof.device, roof.dtype) == ("cpu", "float32")
    assert roof.threads == torch.get_num_threads()
    assert 1e8 < roof.flops_per_s < 1e15
    assert 1e7 < roof.bytes_per_s < 1e14
    assert 0 <= roof.flops_spread < roof.flops_per_s
    assert 0 <= roof.bytes_spread < roof.bytes_per_s


def test_the_program_finds_everything_as_it_was():
    random.seed(1)
    torch.manual_seed(1)
    before = torch.get_rng_state(), random.getstate(), torch.get_num_threads()
    seen: list[object] = []

    class Mode(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            seen.append(function)
            return function(*args, **(kwargs or {}))

    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16), Mode():
        measure_roof("cpu", "float32")
        assert torch.is_inference_mode_enabled()
        assert torch.is_autocast_enabled("cpu")
    assert not seen
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), torch.get_num_threads()) == before[1:]
    assert torch.is_grad_enabled()


def test_nothing_is_measured_within_a_profiler():
    with torch.profiler.profile() as profile, pytest.raises(CannotMeasure, match="profiler"):
        measure_roof("cpu", "float32")
    assert not [event for event in profile.key_averages() if "matmul" in event.key]


@pytest.mark.parametrize(("device", "dtype"), [("cpu", "int64"), ("meta", "float32"), ("x", "")])
def test_what_cannot_be_measured_says_so(device, dtype):
    with pytest.raises(CannotMeasure):
        measure_roof(device, dtype)


def profile_of(*lines: DeepLine) -> DeepProfile:
    """With these lines."""
    return DeepProfile(steps_asked=1, window=DeepWindow(begin_s=0, end_s=1), lines=list(lines))


def test_devices_and_types_of_its_lines_are_wanted():
    deep = profile_of(
        DeepLine(place=0, device="cpu", dtype="bfloat16", flops=1),
        DeepLine(place=1, device="cpu", dtype="float32", flops=5),
        DeepLine(place=2, device="cpu", dtype="float32"),
        DeepLine(place=3, device="cpu", dtype="complex64", flops=9),
        DeepLine(place=4, dtype="float32", flops=9),
    )
    assert wanted(deep) == [("cpu", "float32"), ("cpu", "bfloat16")]


def test_a_request_fills_the_record_or_says_why_not(notebook_records):
    record, empty = notebook_records
    done = RoofsDone(request_id="q", message="interrupted")
    asked = RoofsRequest(request_id="q", run_id=record.run_id)
    assert carry_out(asked, done, [empty, record]) is record
    assert done.message == ""
    assert [roof.dtype for roof in record.deep.roofs] == ["float32"]
    asked = RoofsRequest(request_id="q", run_id=empty.run_id)
    assert carry_out(asked, done, [empty, record]) is None
    assert "again" in done.message


@pytest.fixture
def notebook_records(shell):
    """Of a cell that was profiled in depth, and of one that was not."""
    from jupyterlab_torchprof.extension import load, unload

    profiler = load(shell)
    for source in (
        "import torch",
        "%%torchprof --deep\ny = torch.ones(300, 300) @ torch.ones(300)",
    ):
        shell.run_cell(source, store_history=True).raise_error()
    yield profiler.history.records()[-1], profiler.history.records()[-2]
    shell.reset()
    unload(shell)
