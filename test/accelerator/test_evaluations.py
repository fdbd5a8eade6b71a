"""What an evaluation of transformers' `Trainer` gathers on a device, to the byte."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.advice.engine import advise
from jupyterlab_torchprof.derive import library_of
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.source import source_hash

MIB = 1 << 20
BATCH = 8 * MIB
OTHERS = 12 * 32 * (4 + 8)
"""Losses and labels."""
SETUP = """\
import os, tempfile
os.environ["ACCELERATE_TORCH_DEVICE"] = device
from transformers import Trainer, TrainingArguments

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(16, 65536, bias=False)
    def forward(self, x, labels):
        return {"loss": x.mean(), "logits": self.head(x)}

held = [{"x": torch.ones(16), "labels": torch.tensor(0)} for _ in range(32 * 12)]
args = dict(per_device_eval_batch_size=32, report_to=[], disable_tqdm=True)

def trainer(**more):
    return Trainer(Tagger(), TrainingArguments(tempfile.mkdtemp(), **args, **more))
"""
MAKE = """\
trainer = Trainer(Tagger(), TrainingArguments(
    tempfile.mkdtemp(), per_device_eval_batch_size=32, report_to=[], disable_tqdm=True
))
"""


@pytest.fixture
def cells(notebook, device):
    pytest.importorskip("transformers")
    notebook.ok(SETUP)
    return notebook


def test_all_of_them(cells, device):
    record = cells.ok("shape = trainer().predict(held).predictions.shape")
    (found,) = record.evaluations
    assert cells.health.entries() == []
    assert found.gathered_bytes == 12 * BATCH + OTHERS
    assert (found.device, found.batches, found.calls, found.host_each) == (device, 12, 1, None)
    assert found.joined and not found.failed
    # Beside what was gathered: the last batch, by its name in the loop, and the model.
    assert found.allocated_bytes >= 14 * BATCH - 4 * MIB
    assert found.peak_bytes >= 23 * BATCH, "joined with what was there before"
    assert library_of(record, found.place) == "transformers"


def test_several_evaluations(cells):
    record = cells.ok(
        "one = trainer()\nfor rows in held[:64], held, held[:32]:\n    _ = one.predict(rows)\n"
    )
    (found,) = record.evaluations
    assert (found.calls, found.batches) == (3, 12)


@pytest.mark.parametrize(
    ("more", "batches", "joined"),
    [("eval_accumulation_steps=2", 2, True), ("eval_do_concat_batches=False", 12, False)],
)
def test_settings(cells, more, batches, joined):
    (found,) = cells.ok(f"_ = trainer({more}).predict(held)").evaluations
    assert (found.batches, found.joined) == (batches, joined)
    assert found.gathered_bytes // BATCH == batches


def test_metrics_of_each_batch(cells):
    assert cells.ok("_ = trainer(batch_eval_metrics=True).evaluate(held)").evaluations == []


def test_only_losses(cells):
    (found,) = cells.ok("_ = trainer().evaluate(held)").evaluations
    assert found.gathered_bytes < 64 * 1024


def test_an_evaluation_that_is_too_large(cells, capacity):
    cells.ok("trainer = trainer()")
    capacity(128 * MIB)
    (found,) = cells.run("_ = trainer.predict(held)").evaluations
    assert type(cells.error).__name__ == "OutOfMemoryError"
    assert found.failed
    assert 3 <= found.batches < 12
    # The batch that did not fit was one of them, and may not have been joined.
    assert found.gathered_bytes // BATCH in (found.batches - 1, found.batches)
    cells.error = None


def test_what_is_promised(cells, device):
    def run(make):
        made = cells.ok(make)
        cells.ok("import gc; _ = gc.collect(); torch.accelerator.reset_peak_memory_stats()")
        record = cells.ok("shape = trainer.predict(held).predictions.shape")
        for name, each in ("make", made), ("predict", record):
            each.cell_id, each.source_hash = name, source_hash(each.source)
        (memory,) = (each for each in record.memory if each.device == device)
        memory.total_bytes = 512 * MIB
        return advise(record, [*history, made, record]), memory.peak_bytes

    history = [cells.ok("from transformers import Trainer, TrainingArguments")]
    (advice,), peak = run(MAKE)
    again, lower = run(apply_edits(MAKE, advice.fix.edits))
    assert "eval_accumulation_steps=1" in advice.fix.edits[0].new_text
    assert advice.prediction.before == peak
    assert peak - advice.prediction.after == (12 * BATCH + OTHERS) * 10 // 12
    assert lower <= advice.prediction.after, "never promised too much"
    assert again == []


def test_the_library_gets_its_methods_back(cells):
    from transformers import Trainer
    from transformers.trainer_pt_utils import EvalLoopContainer

    wrapped = [Trainer.evaluation_loop, EvalLoopContainer.add, EvalLoopContainer.to_cpu_and_numpy]
    originals = [each.__wrapped__ for each in wrapped]
    cells.close()
    assert originals == [
        Trainer.evaluation_loop,
        EvalLoopContainer.add,
        EvalLoopContainer.to_cpu_and_numpy,
    ]


def test_a_failure_of_ours_does_not_reach_the_program(cells, monkeypatch):
    from jupyterlab_torchprof.probes.evaluations.gathering import Gathering

    def fail(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(Gathering, "_sizes", fail)
    record = cells.ok("shape = trainer().predict(held).predictions.shape")
    assert cells.namespace["shape"] == (384, 65536)
    assert record.evaluations == []
    assert [entry.part for entry in cells.health.entries()] == ["evaluations"]
    cells.health = Health()
