"""Advice on what is learned, from records built by hand: losses, schedules, decay, freezing."""

from __future__ import annotations

import pytest
from builders import at, define, fixed, only
from jupyterlab_torchprof.record import (
    Layers,
    Optimizer,
    ParameterGroup,
    PlacedModule,
    Placement,
    RaisedWarning,
    Scaler,
)

IMPORTS = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
PROBABILITIES = "loss = F.cross_entropy(F.softmax(model(x), dim=1), y)\nloss.backward()\n"
MADE = "import torch\nopt = torch.optim.Adam(model.parameters(), weight_decay=0.01)\n"
SCHEDULE = "from torch.optim.lr_scheduler import StepLR\nscheduler = StepLR(optimizer, 10)\n"
EARLY = """\
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    scheduler.step()
    optimizer.step()
"""
WARNING = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and "
    "later, you should call them in the opposite order."
)


class TestSoftmaxIntoCrossEntropy:
    RULE = "softmax-into-ce"

    def trained(self, build, source=PROBABILITIES, line=2, cell_id="train"):
        return build.record(source, cell_id, double_softmax_place=at(line), backwards=1)

    def imports(self, build, source=IMPORTS):
        return build.record(source, "imports")

    def test_passes_the_logits(self, build):
        advice = only(build, self.RULE, self.imports(build), self.trained(build))
        assert advice.title == "The cross-entropy gets the output of a softmax instead of logits."
        assert advice.severity == "high"
        assert advice.lines == [1]
        assert advice.evidence == [
            "The loss of the backward on line 2 applies a log-softmax to the output of a softmax."
        ]
        assert advice.prediction is None
        assert not advice.fix.safe
        assert fixed(advice, PROBABILITIES).startswith("loss = F.cross_entropy(model(x), y)\n")

    @pytest.mark.parametrize(
        "loss",
        [
            "criterion(out.softmax(1), y)",
            "criterion(nn.Softmax(dim=1)(out), y)",
            "criterion(torch.softmax(out, -1), y)",
            "nn.CrossEntropyLoss()(out.softmax(1), y)",
        ],
    )
    def test_knows_the_forms_of_a_softmax(self, build, loss):
        source = f"out = model(x)\nloss = {loss}\nloss.backward()\n"
        criterion = self.imports(build, f"{IMPORTS}criterion = nn.CrossEntropyLoss()\n")
        advice = only(build, self.RULE, criterion, self.trained(build, source, 3))
        assert "(out, y)" in fixed(advice, source)

    @pytest.mark.parametrize(
        ("imports", "name"),
        [
            ("import torch.nn.functional as fn", "fn"),
            ("from torch.nn import functional as nnf", "nnf"),
            ("import torch as th", "th"),
            ("import torch.nn.functional", "torch.nn.functional"),
        ],
    )
    def test_takes_no_module_for_the_logits(self, build, imports, name):
        source = f"loss = criterion({name}.softmax(out, dim=1), y)\nloss.backward()\n"
        setup = f"{imports}\nfrom torch import nn\ncriterion = nn.CrossEntropyLoss()\n"
        advice = only(build, self.RULE, build.record(setup, "setup"), self.trained(build, source))
        assert fixed(advice, source).startswith("loss = criterion(out, y)\n")

    def test_fixes_the_function_of_another_cell(self, build):
        source = define(PROBABILITIES)
        cells = build.record(IMPORTS + source, "define"), self.trained(build, "train()\n", 1, "run")
        advice = only(build, self.RULE, *cells)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [5])
        assert "F.cross_entropy(model(x), y)" in fixed(advice, IMPORTS + source)

    def test_refuses_a_softmax_in_the_model(self, build):
        source = "loss = F.cross_entropy(model(x), y)\nloss.backward()\n"
        advice = only(build, self.RULE, self.imports(build), self.trained(build, source))
        assert advice.fix is None
        assert advice.lines == [2]
        assert "take it away there" in advice.refusal

    @pytest.mark.parametrize(
        "source",
        [
            PROBABILITIES,  # the graph says that it is none: another model, or never run
            "loss = F.nll_loss(F.log_softmax(out, 1), y)\nloss.backward()\n",
            "loss = F.kl_div(a.log_softmax(1), b.softmax(1))\nloss.backward()\n",
            "loss = F.cross_entropy(out, teacher(x).softmax(1))\nloss.backward()\n",
        ],
    )
    def test_silent_where_the_graph_has_no_such_pair(self, build, source):
        assert (
            only(build, self.RULE, self.imports(build), self.trained(build, source, None)) is None
        )


class TestAdamWeightDecay:
    RULE = "adam-weight-decay"

    def optimizer(self, *decays, decoupled=False, **more):
        groups = [
            ParameterGroup(lr=1e-3, weight_decay=decay, decoupled_weight_decay=decoupled)
            for decay in decays or (0.01,)
        ]
        values = {"variable": "opt", "class_name": "Adam", "steps": 12, "groups": groups}
        return Optimizer(**{**values, **more})

    def trained(self, build, entry=None, source="fit(model, opt)", cell_id="train"):
        return build.record(source, cell_id, optimizers=[entry or self.optimizer()])

    def made(self, build, source=MADE):
        return build.record(source, "make")

    def test_makes_it_adamw_where_it_is_made(self, build):
        advice = only(build, self.RULE, self.made(build), self.trained(build))
        assert advice.title == "`opt` is Adam with weight decay, which is not the decay of AdamW."
        assert advice.severity == "low"
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("train", "make", [2])
        assert advice.evidence == ["`opt` took 12 steps with weight decay 0.01, not decoupled."]
        assert "Speed and memory stay the same" in advice.explanation
        assert advice.prediction is None
        assert not advice.fix.safe
        assert "torch.optim.AdamW(model.parameters(), weight_decay=0.01)" in fixed(advice, MADE)

    def test_is_said_once_of_an_optimizer(self, build):
        def cells(*records):
            return [each.cell_id for each in build.Session(*records).history if each.advice]

        first, again = self.trained(build), self.trained(build)
        more = self.trained(build, cell_id="more")
        assert cells(self.made(build), first, more) == ["train"]
        assert cells(self.made(build), first, again) == ["train", "train"], "the cell's latest run"
        anew = self.made(build), self.trained(build), self.made(build), more
        assert cells(*anew) == ["train", "more"]
        other = self.trained(build, self.optimizer(variable="other"), cell_id="other")
        both = MADE + "other = torch.optim.Adam(head.parameters(), weight_decay=0.1)\n"
        assert cells(self.made(build, both), self.trained(build), other) == ["train", "other"]

    def test_names_the_decays_of_groups(self, build):
        entry = self.optimizer(0.0, 0.1, 0.01)
        advice = only(build, self.RULE, self.made(build), self.trained(build, entry))
        assert "with weight decay 0.01, 0.1, not decoupled" in advice.evidence[0]

    def test_leaves_a_dictionary_as_it_is_that_gives_decay(self, build):
        source = "import torch.optim as O\nopt = O.Adam(model.parameters(), **config)\n"
        advice = only(build, self.RULE, self.made(build, source), self.trained(build))
        assert "opt = O.AdamW(model.parameters(), **config)\n" in fixed(advice, source)
        some = self.optimizer(0.01, 0.0)
        advice = only(build, self.RULE, self.made(build, source), self.trained(build, some))
        assert advice.refusal == "Line 2 passes arguments that the text does not show."
        source += "config = dict(decoupled_weight_decay=False)\n"
        assert only(build, self.RULE, self.made(build, source), self.trained(build)).fix is None

    def test_finds_the_call_of_this_variable(self, build):
        source = MADE + "other = torch.optim.Adam(head.parameters())\n"
        advice = only(build, self.RULE, self.made(build, source), self.trained(build))
        assert advice.lines == [2]

    def test_refuses_where_it_is_not_made_in_the_notebook(self, build):
        advice = only(build, self.RULE, self.trained(build))
        assert advice.fix is None
        assert advice.refusal == "The text does not tell where this optimizer is made."

    @pytest.mark.parametrize(
        "more",
        [
            {"decays": (0.0,)},
            {"decays": (None,)},
            {"decoupled": True},
            {"class_name": "AdamW"},
            {"class_name": "SGD"},  # where an L2 term is the decay
            {"steps": 0},
        ],
    )
    def test_silent(self, build, more):
        entry = self.optimizer(*more.pop("decays", ()), **more)
        assert only(build, self.RULE, self.made(build), self.trained(build, entry)) is None

    @pytest.mark.parametrize(
        "source",
        [
            "class Adam(torch.optim.Optimizer):\n    pass\nopt = Adam(model.parameters())\n",
            "from bitsandbytes.optim import Adam\nopt = Adam(ps, weight_decay=0.01)\n",
        ],
    )
    def test_silent_for_other_classes_of_that_name(self, build, source):
        # They have no option of PyTorch's name for a decoupled decay.
        entry = self.optimizer(decoupled=None)
        assert only(build, self.RULE, self.made(build, source), self.trained(build, entry)) is None

    def test_fires_for_versions_without_that_option(self, build):
        entry = self.optimizer(decoupled=None)
        assert only(build, self.RULE, self.made(build), self.trained(build, entry))


class TestSchedulerBeforeOptimizer:
    RULE = "scheduler-before-optimizer"

    def trained(self, build, source=EARLY, cell_id="train", message=WARNING, line=4, **more):
        warned = [RaisedWarning(category="UserWarning", message=message, place=at(line))]
        return build.record(source, cell_id, **{"warnings": warned, "optimizer_steps": 8, **more})

    def made(self, build, source=SCHEDULE):
        return build.record(source, "make")

    def test_swaps_the_steps(self, build):
        advice = only(build, self.RULE, self.made(build), self.trained(build))
        assert advice.title == (
            "`scheduler` steps before the optimizer and skips the first learning rate."
        )
        assert advice.severity == "medium"
        assert advice.lines == [4]
        assert advice.evidence == [
            "PyTorch warned of `lr_scheduler.step()` before `optimizer.step()` on line 4."
        ]
        assert advice.prediction is None
        assert not advice.fix.safe
        assert "    optimizer.step()\n    scheduler.step()\n" in fixed(advice, EARLY)

    def test_moves_the_step_of_an_epoch_to_its_end(self, build):
        source = "for epoch in range(9):\n    decay.step()\n    train_epoch(model, optimizer)\n"
        made = self.made(build, SCHEDULE.replace("scheduler =", "decay ="))
        advice = only(build, self.RULE, made, self.trained(build, source))
        assert fixed(advice, source).endswith("optimizer)\n    decay.step()\n")

    def test_fixes_the_function_of_another_cell(self, build):
        source = define(EARLY)
        cells = build.record(source, "define"), self.trained(build, "train()\n", "run", line=1)
        advice = only(build, self.RULE, *cells)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [5])
        assert "optimizer.step()\n        scheduler.step()" in fixed(advice, source)

    @pytest.mark.parametrize(
        ("source", "refusal"),
        [
            ("trainer.fit(model)\n", "The text does not tell which step is the scheduler's."),
            ("scheduler.step()\nfit()\n", "Move the step of line 1 below the training."),
        ],
    )
    def test_refuses(self, build, source, refusal):
        advice = only(build, self.RULE, self.made(build), self.trained(build, source, line=1))
        assert advice.fix is None
        assert advice.refusal == refusal
        assert advice.lines == [1]

    @pytest.mark.parametrize(
        "more",
        [
            {"warnings": []},
            {"message": "The verbose parameter of the scheduler is deprecated."},
            {"scaler": Scaler(variable="scaler", enabled=True, steps=8, skipped=1)},
            {"source": "scaler = torch.amp.GradScaler()\n" + EARLY},
            {"grad": None},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, self.RULE, self.made(build), self.trained(build, **more)) is None

    def test_silent_for_a_schedule_that_is_plotted(self, build):
        source = "for _ in range(99):\n    rates.append(rate())\n    scheduler.step()\n"
        plotted = self.trained(build, source, line=3, optimizer_steps=0)
        assert only(build, self.RULE, self.made(build), plotted) is None

    def test_silent_for_a_schedule_that_is_caught_up_with(self, build):
        again = EARLY.replace("    scheduler.step()\n", "") + "    scheduler.step()\n"
        source = "for _ in range(start_epoch):\n    scheduler.step()\n" + again
        assert only(build, self.RULE, self.made(build), self.trained(build, source, line=2)) is None


class TestRequiresGradTypo:
    RULE = "requires-grad-typo"
    FREEZE = "for p in model.parameters():\n    p.require_grad = False\n"
    PATHS = ("fc.weight.require_grad", "fc.bias.require_grad")

    def ran(self, build, source=FREEZE, stray=PATHS, cell_id="freeze", **more):
        child = PlacedModule(
            path="model.fc",
            class_name="Linear",
            training=True,
            parameters=1,
            parameter_bytes=4,
            buffer_bytes=0,
            gradient_bytes=0,
        )
        model = PlacedModule(
            path="model",
            class_name="Net",
            training=True,
            parameters=1,
            parameter_bytes=4,
            buffer_bytes=0,
            gradient_bytes=0,
            children=[child],
            layers=Layers(stray=list(stray)),
        )
        placement = Placement(torch_name="torch", modules=[model])
        return build.record(source, cell_id, placement=placement, **more)

    def test_spells_the_attribute_in_a_loop(self, build):
        advice = only(build, self.RULE, self.ran(build))
        assert advice.title == "`model.fc.weight.require_grad` and 1 more freeze nothing."
        assert advice.severity == "high"
        assert advice.lines == [2]
        assert advice.evidence == [
            "The notebook's modules have `model.fc.weight.require_grad` and "
            "`model.fc.bias.require_grad`."
        ]
        assert advice.prediction is None
        assert not advice.fix.safe
        assert fixed(advice, self.FREEZE).endswith("    p.requires_grad = False\n")

    def test_spells_the_attribute_of_one_parameter(self, build):
        source = "model.fc.weight.require_grad = False\n"
        advice = only(build, self.RULE, self.ran(build, source, self.PATHS[:1]))
        assert advice.title == "`model.fc.weight.require_grad` freezes nothing."
        assert fixed(advice, source) == "model.fc.weight.requires_grad = False\n"

    def test_calls_the_method_of_a_module(self, build):
        source = "model.fc.requires_grad = False\n"
        advice = only(build, self.RULE, self.ran(build, source, ["fc.requires_grad"]))
        assert "A module has no `requires_grad` of its own" in advice.explanation
        assert fixed(advice, source) == "model.fc.requires_grad_(False)\n"

    def test_finds_the_function_of_another_cell(self, build):
        source = define(self.FREEZE, "freeze")
        define_cell = build.record(source, "define")
        advice = only(build, self.RULE, define_cell, self.ran(build, "freeze()", cell_id="run"))
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [3])

    def test_refuses_what_the_text_does_not_show(self, build):
        advice = only(build, self.RULE, self.ran(build, "freeze_backbone(model)"))
        assert advice.refusal == "The text does not tell where the attribute is set."

    def test_said_once(self, build):
        later = [self.ran(build, source, cell_id=source) for source in ("train()", "x = 1")]
        found = build.Session(self.ran(build), *later).advised()
        assert [each.cell_id for each in found if each.rule == self.RULE] == ["freeze"]

    @pytest.mark.parametrize(
        "source",
        [
            "for p in model.parameters():\n    p.requires_grad = False\n",
            "model.requires_grad_(False)\n",
            "x = torch.ones(3)\nx.requires_grad = True\n",
            "config.require_grad = False\n",
        ],
    )
    def test_silent_without_the_attribute(self, build, source):
        assert only(build, self.RULE, self.ran(build, source, ())) is None

    def test_silent_before_pytorch_is_there(self, build):
        assert only(build, self.RULE, build.record(self.FREEZE, placement=None)) is None
