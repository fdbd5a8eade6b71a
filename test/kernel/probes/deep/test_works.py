"""Work that could be done in another way, as a deep profile tells it."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterlab_torchprof.probes.deep.alternatives import alternatives
from jupyterlab_torchprof.record import DeepInput, DeepProfile, DeepWork

SETUP = """
import torch
from torch import nn
import torch.nn.functional as F

q, k, v = (torch.randn(6, 128, 16, requires_grad=True) for _ in range(3))
mask = torch.ones(128, 128).tril() == 0
image = torch.randn(2, 4, 64, 64)
convolution = nn.Conv2d(4, 8, 3, stride=2, padding=1)
weight = nn.Parameter(torch.randn(300, 300))
optimizer = torch.optim.AdamW([weight, q, k, v])
given = torch.randn(300, 300)
large = torch.randn(900, 900)
stack = large.view(9, 100, 900)
"""
PRODUCT = ("aten::mm", 1, [1, 300])
BATCHED = ("aten::bmm", 1, [100 * 900, 1, 900])


def deep(notebook: Any, body: str) -> DeepProfile:
    """A profile of steps with this body."""
    notebook.ok(SETUP)
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    notebook.ok(
        "%%torchprof --deep --steps 3\nfor _ in range(7):\n"
        f"    optimizer.zero_grad()\n{lines}    loss.backward()\n    optimizer.step()\n"
    )
    found = notebook.profiler.history.last().deep
    assert notebook.profiler.health.entries() == []
    assert found is not None
    return found


def work(profile: DeepProfile, kind: str) -> list[DeepWork]:
    return [each for each in profile.work if each.kind == kind]


def test_attention_is_known_by_its_shapes(notebook):
    profile = deep(
        notebook,
        "weights = F.softmax((q @ k.transpose(1, 2)) / 4, dim=-1)\nloss = (weights @ v).sum()",
    )
    (attention,) = work(profile, "attention")
    assert [each.shape for each in attention.inputs] == [[6, 128, 16]] * 3
    assert (attention.calls, attention.phase) == (3, "forward")
    assert not attention.masked and not attention.dropout
    assert 0 < attention.total_s < sum(step.duration_s for step in profile.steps)
    assert 0 < attention.backward_s < sum(step.phases["backward"] for step in profile.steps)
    assert attention.alternatives[:2] == ["sdpa", "bfloat16"]


def test_what_stands_between_is_told(notebook):
    profile = deep(
        notebook,
        "scores = torch.baddbmm(torch.zeros(1), q, k.transpose(1, 2))\n"
        "weights = F.dropout(scores.masked_fill(mask, -1e9).softmax(-1), 0.1)\n"
        "loss = torch.bmm(weights, v).sum()",
    )
    (attention,) = work(profile, "attention")
    assert attention.masked and attention.dropout
    assert "sdpa" not in attention.alternatives  # the CPU has no kernel with dropout


@pytest.mark.parametrize(
    "body",
    [
        "loss = F.scaled_dot_product_attention(q[None], k[None], v[None]).sum()",
        "loss = F.softmax(q @ k.transpose(1, 2), dim=-1).sum() + v.sum()",
        "loss = ((q @ k.transpose(1, 2)) @ v).sum() + F.softmax(q, dim=-1).sum()",
        "loss = (F.softmax(q @ k.transpose(1, 2), dim=-1).mT[:, :, :64] @ v[:, :64]).sum()",
    ],
)
def test_what_is_none_is_not_taken_for_it(notebook, body):
    assert not work(deep(notebook, body), "attention")


def test_operators_have_what_is_needed_to_run_them_again(notebook):
    profile = deep(notebook, "loss = (given @ weight).sum() + convolution(image).sum()")
    found = {(each.name, each.phase): each for each in work(profile, "operator")}
    product = found["aten::mm", "other" if ("aten::mm", "other") in found else "forward"]
    assert [(each.shape, each.dtype) for each in product.inputs] == [([300, 300], "float32")] * 2
    assert product.device == "cpu"
    convolved = found["aten::convolution", "forward"]
    assert [each.shape for each in convolved.inputs] == [[2, 4, 64, 64], [8, 4, 3, 3], [8]]
    assert convolved.numbers == [[2, 2], [1, 1], [1, 1], [0], [0, 0], [1]]
    assert "channels_last" in convolved.alternatives


def test_an_optimizer_that_takes_parameters_one_by_one(notebook):
    profile = deep(notebook, "loss = (given @ weight).sum()")
    (update,) = work(profile, "optimizer")
    assert (update.name, update.calls, update.alternatives) == ("AdamW", 3, ["fused"])
    assert [each.shape for each in update.inputs] == [[300, 300]]  # what has gradients


def test_rows_of_pointwise_operators(notebook):
    gelu = "(0.5 * large * (1 + torch.tanh(0.8 * (large + 0.04 * large.pow(3)))))"
    profile = deep(notebook, f"loss = (given @ weight).sum()\nx = {gelu}")
    (chain,) = work(profile, "pointwise")
    assert chain.operators == 8 and chain.calls == 3 and chain.alternatives == []
    assert chain.inputs[0].shape == [900, 900]
    assert chain.moved_bytes == 3 * 7 * 2 * 4 * 900 * 900
    few = deep(notebook, "loss = (given @ weight).sum()\nx = large.exp() + large.sin()")
    assert work(few, "pointwise") == []


PREDICT = """%%torchprof --deep --steps 3
for x in batches:
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        net(x)
"""


def test_casts_of_what_stands_the_whole_time(notebook):
    notebook.ok(
        "import torch\nnet = torch.nn.Sequential(*(torch.nn.Linear(64, 64) for _ in range(3)))\n"
        "batches = [torch.randn(8, 64) for _ in range(9)]"
    )
    notebook.ok(PREDICT)
    (casts,) = work(notebook.profiler.history.last().deep, "casts")
    assert (casts.name, casts.calls) == ("bfloat16", 3 * 6)  # not those of the batches
    assert casts.moved_bytes == 3 * 4 * (64 * 64 + 64)
    assert casts.inputs[0].shape == [64, 64]
    notebook.ok("net.requires_grad_(False)\nbatches = batches[:1] * 9")
    notebook.ok(PREDICT.replace("        net(x)", "        net(x + 1)"))
    (casts,) = work(notebook.profiler.history.last().deep, "casts")
    assert casts.calls == 3 * 6  # what is made anew may lie where the last one lay


def test_casts_of_a_training_are_none(notebook):
    profile = deep(
        notebook,
        "with torch.autocast('cpu', dtype=torch.bfloat16):\n    loss = (given @ weight).sum()",
    )
    assert work(profile, "casts") == []


@pytest.mark.parametrize(
    ("body", "name", "index", "strides"),
    [
        ("loss = (given @ large[:300, :300].clone().t().contiguous() @ weight).sum()", *PRODUCT),
        ("loss = (weight @ given.T.clone(memory_format=torch.contiguous_format)).sum()", *PRODUCT),
        ("loss = (stack @ stack.mT.contiguous()).sum() + weight.sum()", *BATCHED),
        ("loss = (stack[:, None] @ stack[:, None].mT.contiguous() * weight[0, 0]).sum()", *BATCHED),
    ],
)
def test_copies_for_a_product(notebook, body, name, index, strides):
    (layout,) = work(deep(notebook, body), "layout")
    assert (layout.name, layout.calls, layout.numbers) == (name, 3, [[index]])
    assert layout.inputs[index].strides == strides
    assert layout.alternatives == ["no_copy"]


def test_copies_of_images(notebook):
    (layout,) = work(
        deep(
            notebook,
            "loss = image.permute(0, 2, 3, 1).contiguous().sum() + weight.sum()",
        ),
        "layout",
    )
    assert (layout.name, layout.calls, layout.alternatives) == ("channels_last", 3, [])
    assert layout.inputs[0].strides == [4 * 64 * 64, 64, 1, 64 * 64]


@pytest.mark.parametrize(
    "body",
    [
        "loss = (given @ weight.contiguous()).sum()",
        "loss = (given @ large[:300, :300].contiguous()).sum() + weight.sum()",
        "turned = given.t().contiguous()\nloss = (weight @ turned @ turned).sum()",
        "room = torch.empty(300, 300)\nroom.copy_(given.t())\nloss = (weight @ room).sum()",
        "loss = (weight @ given.t().double().float()).sum()",
        "loss = (q.transpose(0, 1).contiguous() @ torch.ones(16, 4)).sum()",
        "loss = image.view(2, 4, 8, 8, 64).transpose(1, 3).contiguous().sum() + weight.sum()",
    ],
)
def test_what_is_copied_otherwise_or_for_several(notebook, body):
    assert work(deep(notebook, body), "layout") == []


def test_lines_are_counted_as_they_are_entered(notebook):
    profile = deep(
        notebook,
        "for row in given[:60]:\n    total = row.exp()\n"
        "loss = (given @ weight).sum() + sum(given[i].sin().sum() for i in range(50))",
    )
    places = notebook.profiler.history.last().places
    lines = {places[line.place].line: line for line in profile.lines}
    assert lines[5].entered == 3 * 60
    assert lines[5].alike == lines[5].looked_at <= lines[5].calls == 3 * 60
    assert lines[7].entered == 3 * 1  # a call of a function goes on, it enters nothing
    assert 3 * 50 <= lines[6].entered <= 3 * 53  # a generator begins and ends, too


def test_our_own_collection_is_no_profiler_of_the_programs(notebook):
    notebook.ok(SETUP + "net = nn.Linear(300, 300)")
    notebook.ok("%%torchprof --deep\nfor _ in range(9):\n    net(given)")
    notebook.ok("with torch.profiler.profile():\n    net(given)")
    ours, theirs = notebook.profiler.history.records()[-2:]
    assert [each.profiler for each in ours.grad.forwards] == [None]
    assert [each.profiler for each in theirs.grad.forwards] == ["torch.profiler"]


def test_which_alternatives_there_are():
    def of(name: str, *shapes: list[int], dtype: str = "float16", device: str = "cuda:0"):
        inputs = [DeepInput(shape=shape, dtype=dtype) for shape in shapes]
        what = DeepWork(
            kind="operator",
            name=name,
            phase="forward",
            device=device,
            inputs=inputs,
            calls=1,
            total_s=1.0,
        )
        return alternatives(what, 4)

    assert of("aten::mm", [64, 50], [50, 64]) == ["padded"]
    assert of("aten::mm", [63, 64], [64, 64]) == []  # rows are those of a batch
    assert of("aten::mm", [64, 64], [64, 64], dtype="float32") == ["bfloat16"]
    cpu = of("aten::mm", [64, 50], [50, 64], dtype="float32", device="cpu")
    assert cpu == ["bfloat16", "fewer_threads"]
    assert of("aten::mm", [64, 50], [50, 64], dtype="float64") == []
