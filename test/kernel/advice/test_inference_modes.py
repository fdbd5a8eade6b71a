"""missing-eval and eval-mode-training on records that are built by hand."""

from __future__ import annotations

import builders
import pytest
from builders import at
from jupyterlab_torchprof.advice.engine import advise, revisit
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import Checkpoint, Layers, Load, Optimizer, PlacedModule, Placement

LOOP = "preds = []\nwith torch.no_grad():\n    for x in loader:\n        preds.append(model(x))\n"
TRAIN = (
    "for x, y in loader:\n    loss = f(model(x), y)\n    loss.backward()\n    optimizer.step()\n"
)


def module(training=True, name="model", class_name="Net", **more) -> PlacedModule:
    values = {
        "path": name,
        "class_name": class_name,
        "training": training,
        "parameters": 1000,
        "parameter_bytes": 4000,
        "buffer_bytes": 0,
        "gradient_bytes": 0,
        "trainable_bytes": 4000,
    }
    return PlacedModule(**{**values, **more})


def placed(*modules) -> Placement:
    return builders.placed(*(modules or [module()]))


def layers(training=True, **more) -> Layers:
    on = 2 if training else 0
    values = {"dropouts": 2, "dropouts_training": on, "batchnorms": 2, "batchnorms_training": on}
    return Layers(**{**values, **more})


def entry(build, line=4, *, made_of=None, **more):
    values = {"calls": 8, "grad": False, "training": True, **more}
    forwards = build.forwards(line, **values)
    forwards.layers = layers() if made_of is None else made_of
    return forwards


def predicted(build, source=LOOP, cell_id="predict", *, forwards=None, **more):
    values = {"forwards": forwards or [entry(build)], "placement": placed(), **more}
    return build.record(source, cell_id, **values)


def trained(build, source=TRAIN, cell_id="train", **more):
    stepped = Optimizer(
        variable="optimizer", class_name="SGD", steps=8, module="model", shared_parameters=4
    )
    values = {
        "forwards": [entry(build, 2, grad=True)],
        "forward_graphs": [build.graph(2, "consumed", training=True)],
        "backwards": 8,
        "optimizer_steps": 8,
        "last_backward_place": at(3),
        "last_step_place": at(4),
        "optimizers": [stepped],
        "placement": placed(),
    }
    return build.record(source, cell_id, **{**values, **more})


class TestMissingEval:
    RULE = "missing-eval"

    def advised(self, build, *records):
        found = build.Session(*records).advised()
        return [advice for advice in found if advice.rule == self.RULE]

    @pytest.mark.parametrize(
        ("counts", "said"),
        [
            ({"dropouts_training": 0, "dropouts": 0}, "turns that off"),
            ({"batchnorms_training": 0, "batchnorms": 0}, "turns that off"),
            ({}, "turns both off"),
        ],
    )
    def test_says_both_of_two(self, build, counts, said):
        forwards = [entry(build, made_of=layers(**counts))]
        (advice,) = build.Session(predicted(build, forwards=forwards)).advised()
        assert f"`model.eval()` {said}" in advice.explanation

    def test_fires(self, build):
        (advice,) = self.advised(build, predicted(build))
        assert advice.title == "Line 4 uses `model` in training mode."
        assert advice.severity == "high"
        assert advice.evidence[0] == (
            "Line 4 ran 8 forwards of `Net` with 2 dropout layers and 2 batch-norm layers in "
            "training mode."
        )
        fixed = apply_edits(LOOP, advice.fix.edits)
        assert fixed == LOOP.replace("preds = []\n", "preds = []\nmodel.eval()\n")
        assert not advice.fix.safe

    def test_training_mode_comes_back_for_a_cell_that_does_not_set_it(self, build):
        (advice,) = self.advised(build, trained(build), predicted(build))
        assert apply_edits(LOOP, advice.fix.edits).endswith(
            "preds.append(model(x))\nmodel.train();\n"
        )

    @pytest.mark.parametrize(
        "text",
        [TRAIN, "def fit():\n    for x, y in loader:\n        f(model(x), y).backward()\nfit()"],
    )
    def test_training_mode_comes_back_for_a_cell_that_is_written_later(self, build, text):
        session = build.Session(predicted(build))
        (advice,) = session.advised()
        assert "train()" not in apply_edits(LOOP, advice.fix.edits)
        assert session.edit(text)
        (advice,) = session.advised()
        assert apply_edits(LOOP, advice.fix.edits).endswith("model.train();\n")
        assert session.edit(f"model.train()\n{text}")
        (advice,) = session.advised()
        assert "train()" not in apply_edits(LOOP, advice.fix.edits)

    def test_training_mode_comes_back_for_a_cell_that_trains_later(self, build):
        session = build.Session(predicted(build))
        (first,) = session.advised()
        assert "train()" not in apply_edits(LOOP, first.fix.edits)
        changed = session.add(trained(build))
        assert [record.cell_id for record in changed] == ["predict"]
        (advice,) = session.advised()
        assert apply_edits(LOOP, advice.fix.edits).endswith("model.train();\n")

    def test_the_fix_stays_where_a_later_cell_trains_another_model(self, build):
        session = build.Session(predicted(build))
        (first,) = session.advised()
        other = Optimizer(variable="o", class_name="SGD", steps=8, module="other")
        both = placed(module(), module(name="other", class_name="Other"))
        later = [entry(build, 2, grad=True, module="Other")]
        graphs = [build.graph(2, "consumed", training=True, module="Other")]
        source = TRAIN.replace("model", "other")
        session.add(
            trained(
                build,
                source,
                forwards=later,
                forward_graphs=graphs,
                optimizers=[other],
                placement=both,
            )
        )
        (advice,) = session.advised()
        assert advice.fix == first.fix

    def test_training_mode_is_left_to_a_cell_that_sets_it(self, build):
        first = trained(build, f"model.train()\n{TRAIN}")
        (advice,) = self.advised(build, first, predicted(build))
        assert "train()" not in apply_edits(LOOP, advice.fix.edits)

    def test_validation_in_the_loop_of_the_epochs(self, build):
        inner = TRAIN.replace("\n", "\n    ").rstrip()
        source = (
            f"for epoch in range(3):\n    {inner}\n    with torch.no_grad():\n"
            "        for x, y in valid:\n            hits += f(model(x), y)\n    log(hits)"
        )
        forwards = [entry(build, 3, grad=True), entry(build, 8)]
        record = trained(
            build,
            source,
            forwards=forwards,
            last_backward_place=at(4),
            last_step_place=at(5),
        )
        (advice,) = self.advised(build, record)
        assert advice.lines == [8]
        fixed = apply_edits(source, advice.fix.edits)
        assert "    model.eval()\n    with torch.no_grad():" in fixed
        assert "hits += f(model(x), y)\n    model.train()\n    log(hits)" in fixed

    def test_graphs_that_were_dropped(self, build):
        forwards = [entry(build, 3, grad=True)]
        source = "hits = 0\nfor x in loader:\n    hits += model(x).argmax().item()\n"
        graphs = [build.graph(3, "dropped", training=True, saved=1000)]
        record = predicted(build, source, forwards=forwards, forward_graphs=graphs)
        assert self.advised(build, record)

    def test_one_forward_counts_when_the_model_was_trained_or_loaded(self, build):
        source = "with torch.no_grad():\n    out = model(x)\nout"
        one = predicted(build, source, forwards=[entry(build, 2, calls=1)])
        assert not self.advised(build, one)
        (advice,) = self.advised(build, trained(build), one)
        fixed = apply_edits(source, advice.fix.edits)
        assert fixed == (
            "model.eval()\nwith torch.no_grad():\n    out = model(x)\nmodel.train()\nout"
        )
        loaded = predicted(build, source, forwards=[entry(build, 2, calls=1)])
        loaded.checkpoints = [Checkpoint(variable="state", loaded_into="model")]
        assert self.advised(build, loaded)

    @pytest.mark.parametrize(
        "made",
        [
            "model = resnet18(weights='DEFAULT')",
            "model = timm.create_model('vit', pretrained=True).to(device)",
            "model = Net.from_pretrained(name)",
            "model = Net()\nmodel.load_state_dict(state)",
        ],
    )
    def test_ways_to_get_a_trained_model(self, build, made):
        source = "with torch.no_grad():\n    out = model(x)\nout"
        one = predicted(build, source, forwards=[entry(build, 2, calls=1)])
        assert self.advised(build, build.record(made, "make"), one)

    @pytest.mark.parametrize(
        ("more", "advised"),
        [({}, True), ({"class_name": "Other"}, False), ({"failed": True}, False)],
    )
    def test_a_model_that_a_library_filled(self, build, more, advised):
        load = Load(
            path="model.safetensors",
            file_bytes=4000,
            duration_s=0.1,
            map_location=None,
            weights_only=None,
            mmap=None,
            **{"call": "safetensors.torch.load_model", "class_name": "Net", **more},
        )
        made = build.record("load_model(model, path)", "make", loads=[load])
        source = "with torch.no_grad():\n    out = model(x)\nout"
        one = predicted(build, source, forwards=[entry(build, 2, calls=1)])
        assert bool(self.advised(build, made, one)) is advised

    def test_a_function_that_uses_the_variable(self, build):
        defined = build.record("@torch.no_grad()\ndef run():\n    return model(x)", "define")
        record = predicted(build, "score = run()", forwards=[entry(build, 1)])
        (advice,) = self.advised(build, defined, record)
        assert apply_edits(record.source, advice.fix.edits) == "model.eval()\nscore = run()"

    def test_refused_without_a_variable(self, build):
        record = predicted(build, placement=placed(module(name="trainer.model")))
        (advice,) = self.advised(build, record)
        assert advice.fix is None
        assert "eval()" in advice.refusal

    def test_a_model_that_an_attribute_holds(self, build):
        source = LOOP.replace("model(", "lab.model(")
        (advice,) = self.advised(
            build, predicted(build, source, placement=placed(module(name="lab.model")))
        )
        assert advice.title == "Line 4 uses `lab.model` in training mode."
        assert "preds = []\nlab.model.eval()\n" in apply_edits(source, advice.fix.edits)

    @pytest.mark.parametrize(
        "source",
        [
            "model.train()\nwith torch.no_grad():\n    for x in loader:\n        y = model(x)",
            "# uncertainty\nwith torch.no_grad():\n    for i in range(9):\n        o = model(x[i])",
            "with torch.no_grad():\n    o = 0\n    for _ in range(20):\n        o += model(x)",
            "# statistics\nwith torch.no_grad():\n    for x in loader:\n        model(x)",
            "a = 1\nb = 2\nwith torch.no_grad():\n    %timeit model(x)",
            "a = 1\nfor n in (1, 2, 4):\n    x = torch.randn(n, 8)\n    print(model(x).shape)",
            "a = 1\nb = 2\nwith torch.no_grad():\n    mc_samples = [model(x) for x in repeated]",
        ],
    )
    @pytest.mark.parametrize("way", ["model(", "model.forward("])
    def test_silent_where_it_is_meant(self, build, source, way):
        source = source.replace("model(", way)
        assert not self.advised(build, trained(build), predicted(build, source))

    def test_a_forward_that_is_called_itself(self, build):
        source = LOOP.replace("model(", "model.forward(")
        (advice,) = self.advised(build, trained(build), predicted(build, source))
        assert advice.title == "Line 4 uses `model` in training mode."
        assert "preds = []\nmodel.eval()\n" in apply_edits(source, advice.fix.edits)

    def test_silent_where_a_function_turns_dropout_on(self, build):
        defined = build.record("def predict(m, x):\n    m.train()\n    return m(x)", "define")
        record = predicted(build, "out = predict(model, x)", forwards=[entry(build, 1)])
        assert not self.advised(build, defined, record)

    @pytest.mark.parametrize(
        "more",
        [
            {"training": False},
            {"made_of": Layers(norms_other=2)},
            {"made_of": layers(training=False)},
            {"grad": True},
        ],
    )
    def test_silent_for_other_forwards(self, build, more):
        assert not self.advised(build, predicted(build, forwards=[entry(build, **more)]))

    def test_silent_above_the_training_of_the_cell(self, build):
        source = f"with torch.no_grad():\n    fake = model(z)\n{TRAIN}"
        forwards = [entry(build, 2), entry(build, 4, grad=True)]
        record = trained(
            build,
            source,
            forwards=forwards,
            last_backward_place=at(5),
            last_step_place=at(6),
        )
        assert not self.advised(build, record)

    def test_silent_for_a_sample_in_the_loop_that_trains(self, build):
        source = TRAIN + "    with torch.no_grad():\n        samples = model(noise)\n"
        record = trained(build, source, forwards=[entry(build, 2, grad=True), entry(build, 6)])
        assert not self.advised(build, record)

    def test_silent_for_the_fixed_cell(self, build):
        (advice,) = self.advised(build, predicted(build))
        fixed = apply_edits(LOOP, advice.fix.edits)
        forwards = [entry(build, 5, training=False, made_of=layers(training=False))]
        assert not self.advised(build, predicted(build, fixed, forwards=forwards))


class TestEvalModeTraining:
    RULE = "eval-mode-training"

    def advised(self, build, *records):
        found = build.Session(*records).advised()
        return [advice for advice in found if advice.rule == self.RULE]

    def frozen(self, build, source=TRAIN, cell_id="train", *, made_of=None, **more):
        made_of = made_of or layers(training=False)
        values = {
            "forwards": [entry(build, 2, grad=True, training=False, made_of=made_of)],
            "forward_graphs": [build.graph(2, "consumed")],
            "placement": placed(module(training=False)),
        }
        return trained(build, source, cell_id, **{**values, **more})

    def validated(self, build, source="model.eval()\nscore = evaluate()"):
        return build.record(source, "validate", placement=placed(module(training=False)))

    def test_fires(self, build):
        records = [trained(build), self.validated(build), self.frozen(build)]
        (advice,) = self.advised(build, *records)
        assert advice.title == "Line 2 trains `model` in evaluation mode."
        assert advice.severity == "high"
        assert "An optimizer of `model` took 8 steps." in advice.evidence
        assert apply_edits(TRAIN, advice.fix.edits) == f"model.train()\n{TRAIN}"
        assert not advice.fix.safe

    def test_a_validation_at_the_end_of_each_epoch(self, build):
        inner = TRAIN.replace("\n", "\n    ").rstrip()
        source = f"for epoch in range(3):\n    {inner}\n    model.eval()\n    validate()"
        both = [
            entry(build, 3, grad=True),
            entry(build, 3, grad=True, training=False, made_of=layers(training=False)),
        ]
        graphs = [build.graph(3, "consumed", training=True), build.graph(3, "consumed")]
        record = self.frozen(
            build,
            source,
            forwards=both,
            forward_graphs=graphs,
            last_backward_place=at(4),
            last_step_place=at(5),
        )
        (advice,) = self.advised(build, record)
        fixed = apply_edits(source, advice.fix.edits)
        assert fixed.startswith(
            "for epoch in range(3):\n    model.train()\n    for x, y in loader:"
        )

    @pytest.mark.parametrize(
        ("parameter_bytes", "others", "fires"),
        [(4000, [], True), (3000, [], False), (4000, [module(name="lab.teacher")], False)],
    )
    def test_a_model_that_an_attribute_holds(self, build, parameter_bytes, others, fires):
        """Whose parameters the optimizer has is then known by what they take."""
        stepped = Optimizer(
            variable=None, class_name="SGD", steps=8, parameter_bytes={"float32": parameter_bytes}
        )
        values = {"optimizers": [stepped], "source": TRAIN.replace("model(", "lab.model(")}

        def lab(training):
            return placed(module(training, name="lab.model"), *others)

        records = [
            trained(build, **values, placement=lab(True)),
            self.validated(build, "lab.model.eval()\nscore = evaluate()"),
            self.frozen(build, **values, placement=lab(False)),
        ]
        assert bool(self.advised(build, *records)) is fires

    def test_silent_where_eval_stands_above(self, build):
        frozen = self.frozen(build, f"model.eval()\n{TRAIN}")
        frozen.grad.forwards[0].place = frozen.grad.forward_graphs[0].place = at(3)
        assert not self.advised(build, trained(build), self.validated(build), frozen)

    def test_silent_where_a_function_sets_the_mode(self, build):
        defined = build.record("def fit(m):\n    m.eval()\n    return step(m)", "define")
        frozen = self.frozen(build, "a = 1\nfit(model)")
        assert not self.advised(build, defined, trained(build), self.validated(build), frozen)

    def test_silent_for_a_model_that_was_never_trained_in_training_mode(self, build):
        assert not self.advised(build, self.validated(build), self.frozen(build))

    def test_silent_without_a_known_eval(self, build):
        assert not self.advised(build, trained(build), self.frozen(build, cell_id="other"))

    @pytest.mark.parametrize(
        "more",
        [
            {"made_of": Layers(norms_other=2)},
            {"made_of": layers(training=False, dropouts_training=1)},
            {"placement": placed(module(training=False, trainable_bytes=1000))},
            {"optimizers": []},
            {"forward_graphs": []},
            {"optimizer_steps": 0},
        ],
    )
    def test_silent_for_other_training(self, build, more):
        records = [trained(build), self.validated(build), self.frozen(build, **more)]
        assert not self.advised(build, *records)

    def test_silent_for_adversarial_examples(self, build):
        frozen = self.frozen(build)
        frozen.grad.forwards.append(entry(build, 7, grad=True))
        assert not self.advised(build, trained(build), self.validated(build), frozen)


class TestInferenceMode:
    RULE = "inference-mode"

    def advised(self, build, *records):
        history = list(records)
        on = [self.RULE]
        for index, record in enumerate(history):
            record.advice = advise(record, history[: index + 1], rules_on=on)
            revisit(history[: index + 1], rules_on=on)
        return [a for r in history for a in r.advice if a.rule == self.RULE]

    def evaluated(self, build, source=LOOP):
        forwards = [entry(build, 4, training=False, made_of=layers(training=False))]
        return predicted(build, source, forwards=forwards)

    def test_fires_when_it_is_asked_for(self, build):
        (advice,) = self.advised(build, self.evaluated(build))
        assert advice.severity == "low"
        assert advice.lines == [2]
        assert apply_edits(LOOP, advice.fix.edits) == LOOP.replace("no_grad", "inference_mode")

    def test_refused_where_the_module_is_not_named(self, build):
        source = (
            "from torch import no_grad\nwith no_grad():\n    for x in d:\n        y = model(x)\n"
        )
        (advice,) = self.advised(build, self.evaluated(build, source))
        assert advice.fix is None
        assert advice.refusal.startswith("Line 2 does not name PyTorch")

    def test_off_by_default(self, build):
        found = build.Session(self.evaluated(build)).advised()
        assert not [advice for advice in found if advice.rule == self.RULE]

    @pytest.mark.parametrize(
        "source",
        [
            LOOP.replace("no_grad", "inference_mode"),
            LOOP.replace("preds.append(model(x))", "net = Net(); model(x)"),
            LOOP.replace("preds.append(model(x))", "self.cache = model(x)"),
            LOOP + "preds[0] += 1\n",
            LOOP + "preds[0].requires_grad_()\n",
            LOOP + "x[0] = 0\n",
            LOOP.replace("with torch.no_grad():", "with torch.no_grad(), lock:"),
        ],
    )
    def test_silent_where_it_could_do_harm(self, build, source):
        assert not self.advised(build, self.evaluated(build, source))

    def test_silent_in_a_session_that_trains(self, build):
        assert not self.advised(build, trained(build), self.evaluated(build))
        assert not self.advised(build, self.evaluated(build), trained(build))

    def test_silent_when_another_cell_changes_the_results(self, build):
        later = build.record("preds[0].add_(1)", "later")
        assert not self.advised(build, self.evaluated(build), later)
