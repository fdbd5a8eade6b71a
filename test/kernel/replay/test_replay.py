"""Recorded work, run again in another way."""

from __future__ import annotations

import sys
from typing import Any

import psutil
import pytest
import torch
from jupyterlab_torchprof.beside.errors import CannotMeasure
from jupyterlab_torchprof.probes.deep.alternatives import alternatives
from jupyterlab_torchprof.record import DeepInput, DeepWork
from jupyterlab_torchprof.replay import timing
from jupyterlab_torchprof.replay.run import replay
from jupyterlab_torchprof.replay.tensors import Tensors
from jupyterlab_torchprof.replay.ways import ways
from torch.optim.optimizer import register_optimizer_step_pre_hook


def work(name: str, *shapes: list[int], kind: str = "operator", **more: Any) -> DeepWork:
    """What was recorded on the CPU, in float32, with all its alternatives for two threads."""
    inputs = [DeepInput(shape=shape, dtype="float32") for shape in shapes]
    found = DeepWork(
        kind=kind,
        name=name,
        phase="forward",
        device="cpu",
        inputs=inputs,
        calls=1,
        total_s=1e-3,
        **more,
    )
    found.alternatives = alternatives(found, 2)
    return found


MM = work("aten::mm", [64, 48], [48, 32])
CONVOLUTION = work(
    "aten::convolution",
    [2, 4, 16, 16],
    [8, 4, 3, 3],
    [8],
    numbers=[[2, 2], [1, 1], [1, 1], [0], [0, 0], [1]],
)
ATTENTION = work("attention", [6, 32, 16], [6, 40, 16], [6, 40, 8], kind="attention")
MASKED = work(
    "attention", [6, 32, 16], [6, 40, 16], [6, 40, 8], kind="attention", masked=True, backward_s=1.0
)
ADAM = work("Adam", [30, 20], [20], kind="optimizer")
ADAMW = work("AdamW", [30, 20], [20], kind="optimizer")
COPIED = work("aten::mm", [64, 48], [48, 32], kind="layout", numbers=[[1]])
COPIED.inputs[1].strides = [1, 48]
ALL = [
    MM,
    COPIED,
    work("aten::addmm", [32], [64, 48], [48, 32]),
    work("aten::bmm", [3, 8, 4], [3, 4, 5]),
    work("aten::baddbmm", [3, 8, 5], [3, 8, 4], [3, 4, 5]),
    CONVOLUTION,
    ATTENTION,
    MASKED,
    ADAM,
    ADAMW,
]


@pytest.fixture(autouse=True)
def two_threads():
    """So that there can be fewer."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("what", "alternative"), [(each, other) for each in ALL for other in each.alternatives]
)
def test_all_alternatives_can_be_tried(what, alternative):
    found = replay(what, alternative)
    assert found.alternative == alternative
    assert found.original_s > 0 < found.alternative_s
    assert found.original_spread_s >= 0 <= found.alternative_spread_s
    assert found.rounds >= 5 and found.threads == 2


@pytest.mark.parametrize("what", [ATTENTION, MASKED])
def test_fused_attention_computes_the_same(what):
    original, other = ways(what, "sdpa", Tensors(torch, "cpu"))
    torch.testing.assert_close(original.call(), other.call(), rtol=1e-3, atol=1e-4)
    assert isinstance(original.call(), tuple) == bool(what.backward_s)  # gradients


@pytest.mark.parametrize("alternative", ["bfloat16", "channels_last", "fewer_threads"])
def test_the_other_way_computes_the_same(alternative):
    original, other = ways(CONVOLUTION, alternative, Tensors(torch, "cpu"))
    assert original.call().shape == (2, 8, 8, 8)
    torch.testing.assert_close(original.call(), other.call().float(), rtol=0.1, atol=0.2)


def test_strides_are_those_that_were_recorded():
    make = Tensors(torch, "cpu")
    given = DeepInput(shape=[4, 6], dtype="float32", strides=[1, 4])
    assert make.like(given).stride() == (1, 4)
    expanded = DeepInput(shape=[4, 6], dtype="float32", strides=[0, 1])
    assert make.like(expanded).shape == (4, 6)


def test_a_padded_product_has_even_sizes():
    what = work("aten::addmm", [50], [63, 30], [30, 50])
    what.alternatives = ["padded"]
    _original, other = ways(what, "padded", Tensors(torch, "cpu"))
    assert other.call().shape == (63, 56)


def test_nothing_of_the_programs_is_touched(capfd):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    stepped: list[Any] = []
    hook = register_optimizer_step_pre_hook(lambda *_args: stepped.append(1))
    modules = set(sys.modules)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode():
            for what in (MASKED, ADAMW, CONVOLUTION, MM):
                for alternative in what.alternatives:
                    replay(what, alternative)
            assert torch.is_autocast_enabled("cpu") and torch.is_inference_mode_enabled()
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
        hook.remove()
    assert torch.is_grad_enabled() and torch.get_num_threads() == 2
    assert torch.equal(torch.rand(3), expected)
    assert not stepped
    assert not {name for name in set(sys.modules) - modules if name.startswith("torch._inductor")}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_threads_are_as_they_were_after_an_interrupt(monkeypatch, error):
    measured = timing._Timer.measure

    def measure(timer: Any) -> None:
        measured(timer)
        if torch.get_num_threads() == 1:
            raise error("now")

    monkeypatch.setattr(timing._Timer, "measure", measure)
    with pytest.raises((KeyboardInterrupt, CannotMeasure)):
        replay(MM, "fewer_threads")
    assert torch.get_num_threads() == 2 and torch.is_grad_enabled()


def test_what_would_take_too_much_memory_is_refused(monkeypatch):
    class Memory:
        available = 100_000

    monkeypatch.setattr(psutil, "virtual_memory", Memory)
    replay(work("aten::mm", [8, 8], [8, 8]), "bfloat16")
    with pytest.raises(CannotMeasure, match="a quarter of the memory"):
        replay(MM, "bfloat16")


def test_what_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(timing, "_LONGEST_S", 0.0)
    with pytest.raises(CannotMeasure, match="too long"):
        replay(MM, "bfloat16")


def test_nothing_is_done_below_a_profiler_of_the_programs():
    cpu = [torch.profiler.ProfilerActivity.CPU]
    with (
        torch.profiler.profile(activities=cpu) as profile,
        pytest.raises(CannotMeasure, match="profiler"),
    ):
        replay(MM, "bfloat16")
    assert "aten::mm" not in {each.key for each in profile.key_averages()}


@pytest.mark.parametrize(
    "what",
    [
        work("aten::exp", [3]),
        work("SGD", [3], kind="optimizer"),
        work("aten::mm", [3, 4], [5, 6]),
    ],
)
def test_what_cannot_be_done_says_so(what):
    what.alternatives = ["bfloat16", "fused"]
    with pytest.raises(CannotMeasure):
        replay(what, what.alternatives[what.kind == "optimizer"])
    with pytest.raises(CannotMeasure, match="in that way"):
        replay(what, "quantum")
