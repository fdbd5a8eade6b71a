"""Outputs that an evaluation gathers on the device."""

from __future__ import annotations

import pytest
from builders import fixed, forward, only
from jupyterlab_torchprof.record import Evaluation, OutOfMemory, Place
from jupyterlab_torchprof.source import source_hash

RULE = "evaluation-outputs"
GIB = 1 << 30
MIB = 1 << 20
MAKE = """\
from transformers import Trainer, TrainingArguments
args = TrainingArguments("out")
trainer = Trainer(model=model, args=args)
"""
PREDICT = "result = trainer.predict(held)\n"
PREDICTED = forward(1, grad=False, training=False, shapes=[[8, 16], [3, 16]])


def gathered(**more):
    values = {
        "library": "transformers",
        "device": "cuda:0",
        "calls": 1,
        "gathered_bytes": 4 * GIB,
        "batches": 100,
        "allocated_bytes": 5 * GIB,
        "joined": True,
        "host_each": None,
        "failed": False,
        "peak_bytes": 9 * GIB,
        "place": 1,
    }
    return Evaluation(**{**values, **more})


def below(source):
    return [
        Place(parent=None, kind="cell", line=1, source_hash=source_hash(source)),
        Place(parent=0, kind="library", package="transformers", function="Trainer.predict"),
    ]


@pytest.fixture
def advise(build):
    def advise(make=MAKE, peak=9 * GIB, total=16 * GIB, evaluation=None, **more):
        memory = [build.memory(before=GIB, after=GIB, peak=peak, total=total)]
        values = {
            "forwards": [PREDICTED],
            "memory": memory,
            "places": below(PREDICT),
            "evaluations": [gathered(**(evaluation or {}))],
        }
        run = build.record(PREDICT, "predict", **{**values, **more})
        return only(build, RULE, build.record(make, "make"), run)

    return advise


def test_goes_to_the_host_at_the_arguments(advise):
    advice = advise()
    assert 'TrainingArguments("out", eval_accumulation_steps=12)' in fixed(advice, MAKE)
    assert (advice.severity, advice.fix.safe) == ("low", False)
    assert (advice.code_cell_id, advice.lines) == ("make", [2])
    assert "The evaluation gathered 4 GiB of outputs on cuda:0 until" in advice.title
    assert "takes them to the host after every 12 batches" in advice.explanation
    assert "joins each batch with those before" in advice.explanation
    assert "4 GiB of outputs of 100 batches lay on cuda:0" in advice.evidence[0]


def test_promises_what_is_not_there_at_the_peak(advise):
    prediction = advise().prediction
    assert (prediction.metric, prediction.device) == ("peak_bytes", "cuda:0")
    assert prediction.before - prediction.after == 4 * GIB * 87 // 100


@pytest.mark.parametrize(
    "more",
    [
        {"forwards": [PREDICTED, forward(0, grad=False)]},
        {"forwards": [forward(1, grad=False, shapes=[[8, 16], [8, 20]])]},
        {"backwards": 3},
    ],
    ids=["computes more", "other shapes", "trains"],
)
def test_promises_nothing(advise, more):
    advice = advise(**more)
    assert advice.fix is not None
    assert advice.prediction is None


def test_says_it_where_no_constructor_is_found(advise):
    advice = advise(make="from somewhere import trainer\n")
    assert advice.fix is None
    assert advice.refusal.startswith("Set `eval_accumulation_steps=12` in `TrainingArguments`.")


def test_few_batches(advise):
    assert "eval_accumulation_steps=1)" in fixed(advise(evaluation={"batches": 9}), MAKE)


@pytest.mark.parametrize(
    "more",
    [
        {"evaluation": {"host_each": 50}},
        {"evaluation": {"batches": 2}},
        {"evaluation": {"batches": 1}},
        {"evaluation": {"gathered_bytes": 70 * MIB}, "total": 4 * GIB, "peak": 2 * GIB},
        {"evaluation": {"gathered_bytes": 60 * MIB}, "total": 512 * MIB, "peak": 400 * MIB},
        {"backwards": 3, "peak": 12 * GIB},
        {"forwards": [PREDICTED, forward(0, grad=False)], "peak": 12 * GIB},
        {"total": None},
        {"places": []},
    ],
    ids=[
        "set",
        "two batches",
        "one batch",
        "a small share",
        "few bytes",
        "training needs more",
        "something else needs more",
        "unknown device",
        "unknown place",
    ],
)
def test_silent(advise, more):
    assert advise(**more) is None


def test_a_run_whose_maximum_was_reached_before(advise):
    """The second run of the cell: no new maximum, but what was there when they were taken."""
    assert advise(backwards=3, evaluation={"peak_bytes": 5 * GIB}) is not None


def test_a_nearly_full_device(advise):
    small = {"gathered_bytes": 200 * MIB, "peak_bytes": 15 * GIB}
    assert advise(peak=15 * GIB, evaluation=small).severity == "medium"
    assert advise(peak=14 * GIB, evaluation=small) is None


class TestOutOfMemory:
    FAILED = OutOfMemory(
        device="cuda:0",
        requested_bytes=GIB,
        allocated_bytes=15 * GIB,
        reserved_bytes=15 * GIB,
        total_bytes=16 * GIB,
        free_bytes=0,
        alloc_retries=1,
    )

    def fail(self, advise, **evaluation):
        return advise(
            status="error",
            peak=15 * GIB,
            out_of_memory=self.FAILED,
            evaluation={"failed": True, **evaluation},
        )

    def test_in_the_evaluation(self, advise):
        advice = self.fail(advise)
        assert advice.severity == "high"
        assert advice.title == (
            "The evaluation ran out of memory on cuda:0 with 4 GiB of outputs there."
        )
        assert "lay on cuda:0 when it failed" in advice.evidence[0]
        assert advice.prediction is None
        assert advice.fix is not None

    def test_with_little_gathered(self, advise):
        assert self.fail(advise, gathered_bytes=20 * MIB) is None

    def test_on_another_device(self, advise, build):
        memory = [
            build.memory(before=GIB, after=GIB, peak=15 * GIB, total=16 * GIB, device=device)
            for device in ("cuda:0", "cuda:1")
        ]
        assert (
            advise(
                status="error",
                memory=memory,
                out_of_memory=self.FAILED,
                evaluation={"failed": True, "device": "cuda:1"},
            )
            is None
        )
