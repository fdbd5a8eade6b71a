"""Advice on errors of autograd, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, failed, named, only
from jupyterlab_torchprof.record import (
    ChangedTensor,
    Optimizer,
    PlacedModule,
    PlacedTensor,
    Placement,
    RaisedWarning,
)

NO_GRAPH = "element 0 of tensors does not require grad and does not have a grad_fn"
SOURCE = "loss = criterion(model(x), y)\nloss.backward()\n"
CHANGED = (
    "one of the variables needed for gradient computation has been modified by an inplace "
    "operation: [torch.FloatTensor [4, 3]], which is output 0 of {}, is at version 1; expected "
    "version 0 instead. Hint: enable anomaly detection"
)


def loss(**more):
    return {"objects": [named("loss", **{"requires_grad": False, "is_leaf": True, **more})]}


def net(trainable):
    return PlacedModule(
        path="model",
        class_name="Net",
        training=True,
        parameters=8,
        parameter_bytes=32,
        buffer_bytes=0,
        gradient_bytes=0,
        trainable_bytes=trainable,
    )


class TestBackwardWithoutGraph:
    RULE = "backward-without-graph"

    def advice(self, build, *before, source=SOURCE, facts=None, **more):
        record = failed(build, source, NO_GRAPH, 2, facts=facts or loss(), **more)
        return only(build, self.RULE, *before, record)

    def test_gradients_off_since_a_cell(self, build):
        off = build.record("off()", "off", execution_count=3, grad_before=True, grad_after=False)
        between = build.record("x", "x", grad_before=False, grad_after=False)
        advice = self.advice(build, off, between, grad_before=False, grad_after=False)
        assert advice.title == (
            "`loss` has no graph: the recording of gradients has been off since [3]."
        )
        assert advice.severity == "high"
        assert advice.lines == [2]

    def test_a_forward_without_gradients(self, build):
        advice = self.advice(build, forwards=[build.forwards(1, grad=False)], grad_before=True)
        assert advice.title == (
            "`loss` has no graph: the forward of `Net` on line 1 ran with gradients off."
        )

    def test_a_frozen_model(self, build):
        placement = Placement(modules=[net(0)])
        advice = self.advice(build, forwards=[build.forwards(1)], placement=placement)
        assert advice.title == "`loss` has no graph: no parameter of `model` requires grad."

    def test_a_checkpoint_over_frozen_inputs(self, build):
        warning = RaisedWarning(
            category="UserWarning", message="None of the inputs have requires_grad=True. Gradients"
        )
        advice = self.advice(build, warnings=[warning], forwards=[build.forwards(1)])
        assert "`use_reentrant=False`" in advice.explanation

    def test_integers(self, build):
        advice = self.advice(build, facts=loss(dtype="int64"))
        assert advice.title == "`loss` is int64: no gradient can flow through integers."

    def test_a_detached_output(self, build):
        source = "loss = criterion(out.detach(), y)\nloss.backward()\n"
        advice = self.advice(build, source=source)
        assert "computes it with `.detach()`" in advice.title

    def test_inputs_that_do_not_require_grad(self, build):
        w = PlacedTensor(
            path="w",
            device="cpu",
            dtype="float32",
            shape=[3],
            storage_bytes=12,
            requires_grad=False,
        )
        source = "loss = (w * 2).sum()\nloss.backward()\n"
        advice = self.advice(build, source=source, placement=Placement(tensors=[w]))
        assert advice.title.endswith("nothing that it is computed from requires grad.")

    @pytest.mark.parametrize("facts", [{"objects": []}, loss(requires_grad=True)])
    def test_silent_without_a_loss(self, build, facts):
        forwards = [build.forwards(1, grad=False)]
        assert self.advice(build, facts=facts, forwards=forwards) is None

    def test_silent_where_nothing_explains_it(self, build):
        placement = Placement(modules=[net(32)])
        assert self.advice(build, forwards=[build.forwards(1)], placement=placement) is None


class TestBackwardNonscalar:
    RULE = "backward-nonscalar"
    MESSAGE = "grad can be implicitly created only for scalar outputs"

    def test_names_the_sizes(self, build):
        facts = {"objects": [named("loss", 4, requires_grad=True)]}
        advice = only(build, self.RULE, failed(build, SOURCE, self.MESSAGE, 2, facts=facts))
        assert advice.title == "`loss` is [4], and a backward begins with one number."

    def test_silent_without_a_name(self, build):
        record = failed(build, "model(x).backward()\n", self.MESSAGE, 1)
        assert only(build, self.RULE, record) is None


class TestGradIsNone:
    RULE = "grad-is-none"

    def advice(self, build, source="w.grad.norm()\n", **tensor):
        facts = {"objects": [named("w", 3, **{"is_leaf": True, "has_grad": False, **tensor})]}
        message = "'NoneType' object has no attribute 'norm'"
        record = failed(build, source, message, 1, name="AttributeError", facts=facts)
        return only(build, self.RULE, record)

    @pytest.mark.parametrize(
        ("tensor", "title"),
        [
            ({"requires_grad": False}, "`w` does not require grad, so it gets no gradient."),
            (
                {"requires_grad": True, "is_leaf": False, "has_grad": None},
                "`w` is no leaf: its gradient is passed on and not kept.",
            ),
            (
                {"requires_grad": True},
                "`w` has no gradient: no backward has run in this session.",
            ),
            (
                {"requires_grad": False, "parameter": "model.fc.weight"},
                "`model.fc.weight` does not require grad, so it gets no gradient.",
            ),
        ],
    )
    def test_says_why(self, build, tensor, title):
        assert self.advice(build, **tensor).title == title

    def test_silent_where_the_gradient_is_there(self, build):
        assert self.advice(build, requires_grad=True, has_grad=True) is None

    def test_silent_where_no_gradient_is_asked_for(self, build):
        assert self.advice(build, "w.thing.norm()\n", requires_grad=True) is None


class TestInplaceModification:
    RULE = "inplace-modification"

    def advice(self, build, source, line, changed, made_by="SigmoidBackward0", **more):
        facts = {"direct": False, "changed": changed}
        record = failed(build, source, CHANGED.format(made_by), line, facts=facts, **more)
        return only(build, self.RULE, record)

    @pytest.mark.parametrize("made_by", ["SigmoidBackward0", "Sigmoid"])
    def test_names_the_tensor_and_the_statement(self, build, made_by):
        source = "h = f(x)\nh += 1\nh.sum().backward()\n"
        changed = [ChangedTensor(name="h", parameter=False)]
        advice = self.advice(build, source, 3, changed, made_by)
        assert advice.title == (
            "`h` [4, 3] was changed in place after Sigmoid had saved it, and the backward needs it "
            "as it was."
        )
        assert "`h += 1` on line 2 changes `h` in place" in advice.explanation

    def test_an_optimizers_step(self, build):
        source = "a.backward()\noptimizer.step()\nb.backward()\n"
        changed = [ChangedTensor(name="model.weight", parameter=True)]
        advice = self.advice(
            build, source, 3, changed, "AsStrided", optimizer_steps=1, last_step_place=at(2)
        )
        assert advice.title.startswith("`model.weight` [4, 3] was changed by an optimizer's step")
        assert advice.evidence[1] == "An optimizer stepped on line 2 in this run."

    def test_without_a_name(self, build):
        advice = self.advice(build, "loss.backward()\n", 1, [])
        assert advice.title.startswith("A tensor of [4, 3], which Sigmoid had made, was changed")
        assert "set_detect_anomaly" in advice.explanation

    def test_silent_for_other_errors(self, build):
        assert only(build, self.RULE, failed(build, SOURCE, NO_GRAPH, 2)) is None


class TestLeafInplace:
    RULE = "leaf-inplace"
    MESSAGE = "a view of a leaf Variable that requires grad is being used in an in-place operation."

    def advice(self, build, *objects):
        facts = {"objects": list(objects)}
        return only(build, self.RULE, failed(build, "w[0] = 1\n", self.MESSAGE, 1, facts=facts))

    def test_names_the_leaf(self, build):
        advice = self.advice(build, named("w", 3, is_leaf=True, requires_grad=True))
        assert advice.title.startswith("`w` requires grad and is changed in place")
        assert "torch.no_grad()" in advice.explanation

    def test_silent_without_a_leaf(self, build):
        assert self.advice(build, named("w", 3, is_leaf=False, requires_grad=True)) is None


class TestInferenceTensor:
    RULE = "inference-tensor"

    @pytest.mark.parametrize(
        "message",
        [
            "Inference tensors cannot be saved for backward. To work around you can make a clone",
            "Inplace update to inference tensor outside InferenceMode is not allowed.",
        ],
    )
    def test_names_it(self, build, message):
        facts = {"objects": [named("x", 3, inference=True), named("y", 3)]}
        advice = only(build, self.RULE, failed(build, SOURCE, message, 1, facts=facts))
        assert advice.title == "`x` was made in inference mode."

    def test_silent_without_one(self, build):
        message = "Inference tensors cannot be saved for backward"
        assert only(build, self.RULE, failed(build, SOURCE, message, 1)) is None


class TestUnscaleHalf:
    RULE = "unscale-half"

    def test_names_the_model(self, build):
        optimizer = Optimizer(
            variable="optimizer",
            class_name="SGD",
            steps=0,
            parameter_bytes={"float16": 8},
            module="model",
        )
        message = "Attempting to unscale FP16 gradients."
        record = failed(build, SOURCE, message, 2, name="ValueError", optimizers=[optimizer])
        advice = only(build, self.RULE, record)
        assert advice.title.startswith("The weights of `model` are float16")

    def test_silent_for_other_errors_of_the_scaler(self, build):
        message = "unscale_() has already been called on this optimizer since the last update()."
        assert only(build, self.RULE, failed(build, SOURCE, message, 2)) is None
