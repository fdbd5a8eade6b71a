"""Advice on gradients that no optimizer takes, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, fixed, only
from jupyterlab_torchprof.record import (
    GradState,
    MemoryEntry,
    Optimizer,
    ParameterGroup,
    UntakenGradients,
)

RULE = "gradients-without-optimizer"
TRAIN = """\
for x, y in loader:
    optimizer.zero_grad()
    criterion(head(backbone(x)), y).backward()
    optimizer.step()
"""
CLIPPED = TRAIN.replace(
    "    optimizer.step", "    clip_grad_norm_(head.parameters(), 1.0)\n    optimizer.step"
)
NORMS = CLIPPED + "norm = get_grad_norm(backbone)\n"
LIT = """\
import lightning as L
lit = Lit()
trainer = L.Trainer(max_epochs=2{more})
trainer.fit(lit, data)
"""
MIB = 1 << 20


def optimizer(**more):
    values = {
        "variable": "optimizer",
        "class_name": "SGD",
        "steps": 30,
        "groups": [ParameterGroup(parameters=2)],
        "module": "head",
        "shared_parameters": 2,
        "place": at(4),
    }
    return Optimizer(**{**values, **more})


def gradients(**more):
    values = {
        "module": "backbone",
        "class_name": "ResNet",
        "parts": ["backbone"],
        "tensors": 60,
        "gradient_bytes": {"cpu": 90 * MIB},
        "place": at(4),
    }
    return UntakenGradients(**{**values, **more})


def trained(build, *, source=TRAIN, optimizers=None, grad=None, untaken=None, **more):
    state = GradState(
        backwards=30,
        optimizer_steps=30,
        timed_backwards=10,
        timed_backwards_s=0.5,
        untaken=[gradients()] if untaken is None else untaken,
        **(grad or {}),
    )
    own = [optimizer()] if optimizers is None else optimizers
    return build.record(source, "train", grad=state, optimizers=own, **more)


def test_fires(build):
    made = build.record("backbone, head = make()", "setup")
    advice = only(build, RULE, made, trained(build))
    assert advice.title == "90 MiB of gradients of `backbone` are for no optimizer."
    assert (advice.severity, advice.lines, advice.prediction) == ("medium", [4], None)
    assert advice.evidence == [
        "`optimizer` took 30 steps and has 2 parameters of `head`.",
        "Between two of these steps, gradients of 60 other parameters of `backbone` were computed: "
        "90 MiB in host memory.",
        "A backward took 50 ms of the host's time, the mean of 10 that were timed.",
    ]
    assert fixed(advice, TRAIN) == f"backbone.requires_grad_(False)\n{TRAIN}"
    assert not advice.fix.safe


@pytest.mark.parametrize(
    "setup", ["def setup():\n    global backbone\n    backbone = make()", "head = make()"]
)
def test_by_hand_where_the_text_does_not_show_that_it_is_there(build, setup):
    advice = only(build, RULE, build.record(setup, "setup"), trained(build))
    assert advice.fix is None
    assert advice.refusal.endswith("before the training, where the model is made.")


def test_memory_of_a_device_is_predicted(build):
    memory = MemoryEntry(
        device="cuda:0",
        allocated_before_bytes=0,
        allocated_after_bytes=300 * MIB,
        peak_bytes=400 * MIB,
        peak_is="exact",
    )
    own = gradients(gradient_bytes={"cuda:0": 90 * MIB})
    advice = only(build, RULE, trained(build, untaken=[own], memory=[memory]))
    assert advice.prediction.metric == "allocated_after_bytes"
    assert advice.prediction.before - advice.prediction.after == 90 * MIB


def test_a_short_run_with_small_gradients_matters_little(build):
    own = [gradients(gradient_bytes={"cpu": 2 * MIB})]
    assert only(build, RULE, trained(build, untaken=own, duration_s=0.2)).severity == "low"
    assert only(build, RULE, trained(build, untaken=own, duration_s=5.0)).severity == "medium"


def test_the_largest_of_several(build):
    own = [gradients(module="a", parts=["a"], gradient_bytes={"cpu": 2 * MIB}), gradients()]
    assert "`backbone`" in only(build, RULE, trained(build, untaken=own)).title


@pytest.mark.parametrize(
    "parts", [[f"model.layer{n}" for n in range(9)], ['model["stem"]'], ["model.layers[0]"]]
)
def test_by_hand_where_many_lines_or_items_would_be_named(build, parts):
    own = gradients(module="model", parts=parts)
    advice = only(build, RULE, trained(build, untaken=[own]))
    assert advice.fix is None
    assert "requires_grad_(False)" in advice.refusal
    assert ("of what the optimizer gets" in advice.refusal) == (len(parts) > 8)


@pytest.mark.parametrize(
    "more",
    [
        {"untaken": []},
        {"untaken": [gradients(gradient_bytes={"cpu": 900_000})]},
        {"untaken": [gradients(class_name="DistributedDataParallel")]},
        {"optimizers": [optimizer(steps=5)]},
        {"grad": {"clips": 30}},
        {"grad": {"clips": 30}, "untaken": [gradients(clipped=True)]},
        {"source": f"{TRAIN}clip_grad_norm_(model.parameters(), 1.0)\n"},
        {"grad": {"clips": 30}, "untaken": [gradients(clipped=False)], "source": NORMS},
        {"grad": {"zero_grads_kept": 30}},
        {"status": "error"},
        {"source": f"{TRAIN}norms.append(backbone[0].weight.grad.norm())\n"},
        {"source": f"backbone.register_full_backward_hook(save)\n{TRAIN}"},
        {"source": f"wandb.watch(backbone)\n{TRAIN}"},
    ],
)
def test_silent(build, more):
    assert only(build, RULE, trained(build, **more)) is None


def test_clipping_of_others_alone(build):
    own = [gradients(clipped=False)]
    assert only(build, RULE, trained(build, source=CLIPPED, untaken=own, grad={"clips": 30}))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", True),
        (", callbacks=[L.pytorch.callbacks.ModelCheckpoint()], logger=False", True),
        (", callbacks=[Mine()]", True),
        (", callbacks=kept", False),
        (", **options", False),
        (", callbacks=[GradientLogger()]", False),
        (", logger=other_logger", False),
    ],
)
def test_a_loop_of_a_library_reads_no_gradients_but_its_callbacks_may(build, more, said):
    mine = build.record("class Mine(L.Callback):\n    count = 0\n", "mine")
    own = gradients(module="lit", parts=["lit.body"], place=at(4))
    run = trained(build, source=LIT.format(more=more), untaken=[own])
    advice = only(build, RULE, mine, run)
    assert (advice is not None) == said
    if advice is not None:
        assert "lit.body.requires_grad_(False)\ntrainer.fit" in fixed(advice, LIT.format(more=more))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"variable": "second", "module": "backbone", "shared_parameters": 60}, False),
        ({"variable": "second", "module": "backbone.layer1", "shared_parameters": 4}, False),
        ({"variable": "second", "module": "decoder", "shared_parameters": 60}, True),
        ({}, True),
    ],
)
def test_an_optimizer_that_comes_later(build, entry, said):
    later = build.record("train_more()", "more", optimizers=[optimizer(**entry)])
    session = build.Session(trained(build), later)
    assert (RULE in [advice.rule for advice in session.advised()]) == said


def test_another_epoch_of_a_part_is_no_later_optimizer(build):
    own = gradients(module="model", parts=["model.stem"])
    opt = optimizer(module="model")
    runs = [trained(build, untaken=[own], optimizers=[opt]) for _ in range(2)]
    session = build.Session(*runs)
    assert [advice.rule for advice in session.advised()].count(RULE) >= 1
