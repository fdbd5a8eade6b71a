"""The post-mortem of a device whose memory ran out."""

from __future__ import annotations

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.extension import load
from jupyterlab_torchprof.units import format_bytes
from traitlets.config import Config

MIB = 1 << 20


@pytest.fixture
def cells(device, notebook, capacity, closed):
    notebook.close()
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.user_ns["device"] = device
    profiler = load(shell)
    capacity(256 * MIB)

    def run(source, fails=False):
        result = shell.run_cell(source, store_history=True)
        assert result.success is not fails, result.error_in_exec
        del result
        return profiler.history.last()

    run("import torch\nfrom torch import nn")
    yield run
    closed(shell)
    assert not profiler.health.entries()


def shares(record):
    return {(share.kind, share.name): share.held_bytes for share in record.out_of_memory.holders}


def test_who_held_what(cells, device):
    cells(
        "model = nn.Linear(1024, 1024, bias=False, device=device)\n"
        "opt = torch.optim.Adam(model.parameters())\n"
        "model(torch.ones(1, 1024, device=device)).sum().backward()\nopt.step()\n"
    )
    cells("data = torch.ones(16 * 2**20, device=device)\n")
    cells("torch.ones(2**20, device=device)")
    record = cells(
        "def fail():\n"
        "    kept = torch.ones(8 * 2**20, device=device)\n"
        "    return torch.ones(64 * 2**20, device=device)\n"
        "fail()",
        fails=True,
    )
    found = record.out_of_memory
    assert record.error.name == "OutOfMemoryError"
    assert (found.device, found.total_bytes) == (device, torch.accelerator.get_memory_info(0)[1])
    assert found.requested_bytes == 256 * MIB
    held = shares(record)
    assert held["parameters", "model"] == held["gradients", "model"] == 4 * MIB
    assert held["optimizer_state", "opt"] >= 8 * MIB
    assert held["tensors", "data"] == 64 * MIB
    assert held["outputs", "Out[4]"] == 4 * MIB
    assert sum(size for (kind, _), size in held.items() if kind == "traceback") == 32 * MIB
    used = sum(s for (k, _), s in held.items() if k not in ("cached", "other_processes"))
    assert used == found.allocated_bytes
    sizes = [share.held_bytes for share in found.holders]
    assert sizes == sorted(sizes, reverse=True)


def test_the_state_of_an_optimizer_in_an_object_is_counted_once(cells):
    cells(
        "class Lab: ...\n"
        "lab = Lab()\n"
        "lab.model = nn.Linear(1024, 1024, bias=False, device=device)\n"
        "lab.opt = torch.optim.Adam(lab.model.parameters())\n"
        "lab.data = torch.ones(2**20, device=device)\n"
    )
    record = cells(
        "lab.model(torch.ones(1, 1024, device=device)).sum().backward()\n"
        "lab.opt.step()\n"
        "torch.ones(64 * 2**20, device=device)",
        fails=True,
    )
    held = shares(record)
    assert held["optimizer_state", "lab.opt"] >= 8 * MIB
    assert held["tensors", "lab.data"] == 4 * MIB


def test_other_errors_have_none(cells):
    assert cells("1 / 0", fails=True).out_of_memory is None
    assert cells("x = 1").out_of_memory is None


def test_what_grew_in_the_run_and_where(cells):
    cells("cache = [torch.ones(2**20, device=device) for _ in range(12)]\nkeep = cache[0]")
    record = cells(
        "more = []\n"
        "for _ in range(100):\n"
        "    more.append(torch.ones(4 * 2**20, device=device) * 1)\n",
        fails=True,
    )
    rows = {share.name: share for share in record.out_of_memory.holders if share.name}
    grown = rows["more"].within
    assert grown.run_id == record.run_id
    assert (grown.line, grown.each_bytes) == (3, 16 * MIB)
    assert grown.tensors * 16 * MIB == grown.grown_bytes == rows["more"].held_bytes
    assert record.out_of_memory.holders[0].name == "more"
    assert rows["cache"].within is None
    assert rows["cache"].action.title == "Delete cache"


def test_what_grew_without_a_loop_is_told_while_memory_is_out(cells):
    cells("net = nn.Linear(1024, 1024, bias=False, device=device)")
    record = cells(
        "net(torch.ones(1, 1024, device=device)).sum().backward()\n"
        "torch.ones(64 * 2**20, device=device)",
        fails=True,
    )
    rows = {(share.kind, share.name): share for share in record.out_of_memory.holders}
    grown = rows["gradients", "net"].within
    assert (grown.grown_bytes, grown.line, grown.tensors) == (4 * MIB, None, 0)
    assert rows["parameters", "net"].within is None


def test_what_a_function_gathered_and_where(cells):
    cells("def other(): pass")
    record = cells(
        "def run():\n"
        "    outs = []\n"
        "    for _ in range(100):\n"
        "        outs.append(torch.ones(4 * 2**20, device=device))\n"
        "run()",
        fails=True,
    )
    first = record.out_of_memory.holders[0]
    assert (first.kind, first.name) == ("traceback", "run: outs")
    grown = first.within
    assert (grown.line, grown.each_bytes) == (4, 16 * MIB)
    assert grown.tensors * 16 * MIB == grown.grown_bytes == first.held_bytes


def test_what_the_failing_lines_had_is_told_apart_from_the_cache(cells, device):
    cells("small = torch.ones(2**20, device=device)")
    record = cells(
        "def fail():\n"
        "    return [torch.ones(4 * 2**20, device=device) for _ in range(100)]\n"
        "fail()",
        fails=True,
    )
    found = record.out_of_memory
    held = shares(record)
    gone = held["let_go", None]
    assert gone >= 128 * MIB
    used = sum(s for (k, _), s in held.items() if k not in ("cached", "other_processes"))
    # Other tests may have left a tensor of one element on the device.
    assert used == pytest.approx(found.allocated_bytes, abs=4096)
    # What was let go is no cache in pieces that were too small.
    assert held.get(("cached", None), 0) < gone
    assert "fragmentation" not in [advice.rule for advice in record.advice]
    (advice,) = [one for one in record.advice if one.rule == "vram-near-limit"]
    assert advice.evidence[0].startswith(f"{format_bytes(found.allocated_bytes)} of ")
    assert any("went with the error" in fact for fact in advice.evidence)


EVALUATION = """\
import os, tempfile
os.environ["ACCELERATE_TORCH_DEVICE"] = device
from transformers import Trainer, TrainingArguments

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(16, 65536, bias=False)
    def forward(self, x, labels):
        return {"loss": x.mean(), "logits": self.head(x)}

held = [{"x": torch.ones(16), "labels": torch.tensor(0)} for _ in range(32 * 24)]
args = TrainingArguments(tempfile.mkdtemp(), per_device_eval_batch_size=32, report_to=[])
trainer = Trainer(Tagger(), args)
"""


def test_what_an_evaluation_had_gathered(cells, device):
    pytest.importorskip("transformers")
    cells(EVALUATION)
    record = cells("result = trainer.predict(held)", fails=True)
    (found,) = record.evaluations
    assert found.failed
    advice = {each.rule: each for each in record.advice}
    size = format_bytes(found.gathered_bytes)
    assert advice["evaluation-outputs"].title == (
        f"The evaluation ran out of memory on {device} with {size} of outputs there."
    )
    assert advice["evaluation-outputs"].severity == "high"
    assert f"of {found.batches} batches, {size}, on" in advice["vram-near-limit"].explanation
    (edit,) = advice["evaluation-outputs"].fix.edits
    cells(EVALUATION.replace("report_to=[]", f"report_to=[]{edit.new_text}"))
    assert cells("result = trainer.predict(held)").advice == []
