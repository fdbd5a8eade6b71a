"""Advice on runs in which nothing was learnt, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, fixed, only
from jupyterlab_torchprof.record import (
    GradState,
    Optimizer,
    ParameterGroup,
    Scaler,
    UntakenGradients,
)

STEP = """\
for x, y in loader:
    optimizer.zero_grad()
    scaler.scale(criterion(model(x), y)).backward()
    scaler.step(optimizer)
    scaler.update()
"""
CLEARED = """\
for x, y in loader:
    criterion(model(x), y).backward()
    optimizer.zero_grad()
    optimizer.step()
"""


class TestScalerSkipsAll:
    RULE = "scaler-skips-all"

    def left_out(self, skipped=7, **more):
        values = {"variable": "optimizer", "class_name": "SGD", "steps": 0, "place": at(4), **more}
        return Optimizer(skipped=skipped, **values)

    def trained(self, build, *optimizers, cell_id="train", scaler=None, **more):
        scaler = scaler or Scaler(variable="scaler", enabled=True, steps=7, skipped=7, place=at(4))
        grad = GradState(backwards=7, scaler=scaler)
        optimizers = list(optimizers or (self.left_out(),))
        return build.record(STEP, cell_id, grad=grad, optimizers=optimizers, **more)

    def test_fires(self, build):
        advice = only(build, self.RULE, self.trained(build))
        assert advice.title == "The gradient scaler left out all 7 steps: nothing was learnt."
        assert (advice.severity, advice.lines, advice.fix) == ("medium", [4], None)
        assert "`optimizer` never changed a parameter" in advice.explanation
        assert advice.evidence == ["7 steps went through the scaler, and it left out all of them."]
        assert "init_scale" in advice.refusal

    def test_so_many_that_no_scale_can_be_why(self, build):
        assert only(build, self.RULE, self.trained(build, self.left_out(20))).severity == "high"

    def test_a_fused_optimizer_whose_scale_fell_each_time(self, build):
        fused = self.left_out(0, steps=7)
        advice = only(build, self.RULE, self.trained(build, fused))
        assert (advice.title[:39], advice.lines) == ("The gradient scaler left out all 7 step", [4])

    @pytest.mark.parametrize(
        ("optimizers", "scaler"),
        [
            ([{"skipped": 4}], None),
            ([{"skipped": 5, "steps": 1}], None),
            ([{"skipped": 5}, {"skipped": 5, "steps": 1}], None),
            ([{"skipped": 0, "steps": 7}], {"skipped": 6}),
            ([{"skipped": 0, "steps": 4}], {"steps": 4, "skipped": 4}),
            ([{"skipped": 0, "steps": 7}], {"enabled": False}),
        ],
    )
    def test_silent(self, build, optimizers, scaler):
        values = {"variable": "scaler", "enabled": True, "steps": 7, "skipped": 7}
        entries = [self.left_out(**each) for each in optimizers]
        record = self.trained(build, *entries, scaler=Scaler(**{**values, **(scaler or {})}))
        assert only(build, self.RULE, record) is None

    @pytest.mark.parametrize("steps", [0, 3])
    def test_silent_once_a_later_run_got_through(self, build, steps):
        later = build.record("go_on()", "later", optimizers=[self.left_out(0, steps=steps)])
        session = build.Session(self.trained(build), later)
        said = [each.rule for each in session.advised()]
        assert (self.RULE in said) == (steps == 0)


class TestParametersWithoutGradient:
    RULE = "parameters-without-gradient"

    def inert(self, **more):
        values = {
            "variable": "optimizer",
            "class_name": "SGD",
            "steps": 8,
            "looks": 8,
            "parameters": 4,
            "ungraded_parameters": 4,
            "groups": [ParameterGroup(lr=0.1)],
            "place": at(4),
        }
        return Optimizer(**{**values, **more})

    def trained(self, build, *optimizers, source=CLEARED, backwards=8):
        made = build.record("optimizer = torch.optim.SGD(model.parameters(), lr=0.1)", "setup")
        trained = build.record(
            source,
            "train",
            grad=GradState(backwards=backwards, optimizer_steps=8),
            optimizers=list(optimizers or (self.inert(),)),
        )
        return build.record("import torch", "imports"), made, trained

    def test_fires(self, build):
        advice = only(build, self.RULE, *self.trained(build))
        title = "No parameter of `optimizer` ever had a gradient: its steps change nothing."
        assert (advice.title, advice.severity, advice.lines) == (title, "high", [4])
        assert advice.evidence == [
            "`optimizer` took 8 steps, and there were 8 backwards.",
            "None of its 4 parameters had a gradient before any of the 8 steps that were looked "
            "at, or has one now.",
        ]
        assert advice.fix is None
        assert "before the backward" in advice.refusal

    @pytest.mark.parametrize(
        "more",
        [
            {"ungraded_parameters": 3},  # something is trained
            {"parameters": 0, "ungraded_parameters": 0},  # frozen on purpose
            {"steps": 4},
            {"looks": 4},
            {"lost": "module", "lost_module": "model"},  # optimizer-stale speaks
            {"class_name": "LBFGS"},
            {"class_name": "Lion"},
            {"class_name": "AdamW"},  # no text makes one of PyTorch's
        ],
    )
    def test_silent_for_other_optimizers(self, build, more):
        assert only(build, self.RULE, *self.trained(build, self.inert(**more))) is None

    def frozen(self, build, untaken=True, **more):
        own = {"parameters": 0, "ungraded_parameters": 0, "groups": [ParameterGroup(parameters=6)]}
        runs = self.trained(build, self.inert(**{**own, **more}))
        entry = UntakenGradients(module="model", class_name="Lora", parts=["model"], tensors=10)
        entry.gradient_bytes = {"cpu": 400}
        runs[-1].grad.untaken = [entry] if untaken else []
        return only(build, self.RULE, *runs)

    def test_all_are_frozen_and_others_get_gradients(self, build):
        advice = self.frozen(build)
        assert advice.title == "All parameters of `optimizer` are frozen: its steps change nothing."
        assert advice.evidence == [
            "`optimizer` took 8 steps, and none of its 6 parameters required a gradient at any of "
            "the 8 that were looked at.",
            "Gradients of 10 parameters of `model` were computed between two of these steps.",
        ]
        assert advice.refusal.startswith("Make the optimizer of the parameters of `model` that")

    @pytest.mark.parametrize(
        "more",
        [
            {"untaken": False},
            {"looks": 4},
            {"state_bytes": {"cpu": 100}},
            {"groups": [ParameterGroup()]},
            {"class_name": "Lion"},
        ],
    )
    def test_silent_where_what_is_frozen_may_be_trained(self, build, more):
        assert self.frozen(build, **more) is None

    @pytest.mark.parametrize("other", [{"steps": 1}, {"steps": 0, "skipped": 1}])
    def test_silent_beside_another_optimizer(self, build, other):
        second = self.inert(variable="other", ungraded_parameters=0, **other)
        assert only(build, self.RULE, *self.trained(build, self.inert(), second)) is None

    def test_silent_without_a_backward_for_each_step(self, build):
        assert only(build, self.RULE, *self.trained(build, backwards=7)) is None

    @pytest.mark.parametrize(
        "line", ["p.data -= 0.1 * p.grad\n", "g = torch.autograd.grad(loss, model.parameters())\n"]
    )
    def test_silent_where_gradients_are_handled_by_the_program(self, build, line):
        records = self.trained(build, source=CLEARED + line)
        assert only(build, self.RULE, *records) is None


STEPLESS = """\
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
"""
MADE = "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"


class TestOptimizerNeverSteps:
    RULE = "optimizer-never-steps"

    def optimizer(self, **more):
        values = {"variable": "optimizer", "class_name": "SGD", "steps": 0, "module": "model"}
        groups = [ParameterGroup(lr=0.1, parameters=4)]
        return Optimizer(**{**values, "shared_parameters": 4, "groups": groups, **more})

    def trained(self, build, *optimizers, source=STEPLESS, made=MADE, status="ok", **more):
        grad = GradState(**{"backwards": 8, "zero_grads": 8, **more})
        optimizers = list(optimizers or (self.optimizer(),))
        return (
            build.record("import torch", "imports"),
            build.record(made, "setup"),
            build.record(source, "train", grad=grad, optimizers=optimizers, status=status),
        )

    def test_fires(self, build):
        advice = only(build, self.RULE, *self.trained(build))
        title = "`optimizer` never steps: 8 backwards computed gradients that nothing used."
        assert (advice.title, advice.severity, advice.lines) == (title, "high", [4])
        assert "`optimizer.step()` belongs below the backward" in advice.explanation
        assert advice.evidence == [
            "There were 8 backwards, 8 calls of `zero_grad` and no step of any optimizer.",
            "`optimizer` has 4 parameters of `model`.",
        ]
        assert fixed(advice, STEPLESS) == f"{STEPLESS}    optimizer.step()\n"
        assert not advice.fix.safe

    def test_fires_where_the_parentheses_are_missing(self, build):
        source = f"{STEPLESS}    optimizer.step\n"
        advice = only(build, self.RULE, *self.trained(build, source=source))
        assert advice.refusal.endswith("write its parentheses there.")

    @pytest.mark.parametrize(
        "more",
        [
            {"backwards": 4},
            {"zero_grads": 6},
            {"optimizer_steps": 1},
            {"clips": 8},
            {"status": "error"},
            {"scaler": Scaler(variable="scaler", enabled=True, steps=8, skipped=8)},
            {"made": "optimizer = SGD(model.parameters(), lr=0.1)"},
            {"source": f"{STEPLESS}    if more: optimizer.step()\n"},
            {"source": f"{STEPLESS}    sizes.append(model[0].weight.grad.norm())\n"},
            {"source": f"save_gradients(model)\n{STEPLESS}"},
            {"source": f"engine = Engine(optimizer)\n{STEPLESS}"},
            {"source": STEPLESS.replace("optimizer.zero", "model.zero")},
            {"source": "optimizer.zero_grad()\nloss.backward()\n"},
            {"source": f"{STEPLESS}for x in more: loss.backward()\n"},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, self.RULE, *self.trained(build, **more)) is None

    @pytest.mark.parametrize(
        "more",
        [
            {"class_name": "Lion"},
            {"count": 2},
            {"skipped": 1},
            {"module": None, "shared_parameters": 0},
            {"variable": "other"},
        ],
    )
    def test_silent_for_other_optimizers(self, build, more):
        assert only(build, self.RULE, *self.trained(build, self.optimizer(**more))) is None

    def test_silent_beside_another_one(self, build):
        several = (self.optimizer(), self.optimizer(variable="second"))
        assert only(build, self.RULE, *self.trained(build, *several)) is None
