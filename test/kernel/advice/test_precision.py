"""Advice on number formats, from records built by hand."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    Forwards,
    Layers,
    LineCost,
    Optimizer,
    PlacedModule,
    Placement,
    RaisedWarning,
    Scaler,
    TorchState,
)

GIB = 1 << 30
LOOP = """\
for x, y in loader:
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PREDICT = """\
import torch
with torch.no_grad():
    out = model(x)
"""
HALF_LOOP = LOOP.replace(
    "    loss = F.", '    with torch.autocast("cuda", dtype=torch.float16):\n        loss = F.'
)


def state(**more):
    values = {"accelerator": "cuda", "device_count": 1, "capability": [9, 0], "bf16": True}
    return TorchState(version="2.13.0", **{**values, "matmul_precision": "highest", **more})


def forwards(line=2, **more):
    values = {
        "module": "Net",
        "calls": 50,
        "grad": True,
        "inference": False,
        "training": True,
        "device": "cuda:0",
        "dtype": "float32",
        "layers": Layers(linears=3, linear_bytes=64 << 20),
    }
    return Forwards(line=line, **{**values, **more})


def inference(**more):
    return forwards(**{"line": 3, "grad": False, "training": False, **more})


def placed(size=GIB, **more):
    module = PlacedModule(
        path="model",
        class_name="Net",
        training=True,
        parameters=size // 4,
        parameter_bytes=size,
        buffer_bytes=0,
        gradient_bytes=0,
        devices={"cuda:0": size},
        dtypes={"float32": size},
    )
    return Placement(torch_name="torch", modules=[module], **more)


def optimizer(**more):
    values = {"variable": "optimizer", "class_name": "SGD", "steps": 50, "module": "model"}
    return Optimizer(**{**values, "parameter_bytes": {"float32": GIB}, **more})


def training(build, source=LOOP, **more):
    values = {
        "forwards": [forwards()],
        "backwards": 50,
        "optimizer_steps": 50,
        "optimizers": [optimizer()],
        "placement": placed(),
        "torch": state(matmul_precision="high"),
        "duration_s": 12.0,
    }
    return build.record(source, **{**values, **more})


def predicting(build, source=PREDICT, **more):
    values = {
        "forwards": [inference()],
        "placement": placed(),
        "torch": state(matmul_precision="high"),
        "duration_s": 4.0,
        "lines": [LineCost(3, 0.9, 0, 0)],
    }
    return build.record(source, **{**values, **more})


def only(build, rule, *records):
    found = [advice for advice in build.Session(*records).advised() if advice.rule == rule]
    assert len(found) < 2
    return found[0] if found else None


class TestAmpTraining:
    RULE = "amp-training"

    def test_wraps_forward_and_loss_in_bfloat16(self, build):
        advice = only(build, self.RULE, training(build))
        assert advice.title == "`model` is trained in float32 on a GPU with tensor cores."
        assert advice.severity == "medium"
        assert advice.prediction is None, "nothing is promised that was not measured"
        assert "50 steps took 12.0 s" in advice.evidence[0] or "50 steps" in advice.evidence[0]
        fixed = apply_edits(LOOP, advice.fix.edits)
        assert '    with torch.autocast("cuda", dtype=torch.bfloat16):\n        loss' in fixed
        assert not advice.fix.safe

    def test_takes_float16_and_a_scaler_on_older_gpus(self, build):
        advice = only(build, self.RULE, training(build, torch=state(capability=[7, 5], bf16=False)))
        fixed = apply_edits(LOOP, advice.fix.edits)
        assert fixed.startswith('scaler = torch.amp.GradScaler("cuda")\nfor x, y')
        assert "scaler.scale(loss).backward()\n    scaler.step(optimizer)\n" in fixed

    def test_refuses_beside_numpy(self, build):
        source = LOOP + "    seen.append(loss.detach().numpy())\n"
        advice = only(build, self.RULE, training(build, source))
        assert advice.fix is None
        assert advice.refusal.startswith("NumPy has no bfloat16")

    @pytest.mark.parametrize(
        "change",
        [
            {"torch": state(capability=[6, 1])},
            {"torch": state(capability=None)},
            {"duration_s": 0.5},
            {"optimizer_steps": 3},
            {"forwards": [forwards(autocast="bfloat16")]},
            {"forwards": [forwards(dtype="bfloat16")]},
            {"forwards": [forwards(device="cpu")]},
            {"forwards": [forwards(layers=Layers(norms_other=2))]},
            {"autocast": {"cuda": "bfloat16"}},
            {"placement": placed(100_000)},
            {"optimizers": [optimizer(class_name="LBFGS")]},
            {"scaler": Scaler(variable="scaler", enabled=True, steps=3, skipped=0)},
            {"status": "error"},
        ],
    )
    def test_silent(self, build, change):
        assert only(build, self.RULE, training(build, **change)) is None


class TestHalfTraining:
    RULE = "half-training"

    def record(self, build, **more):
        entry = optimizer(**{"parameter_bytes": {"float16": GIB}, **more})
        return training(build, optimizers=[entry], forwards=[forwards(dtype="float16")])

    def test_tells_what_is_lost(self, build):
        advice = only(build, self.RULE, self.record(build))
        assert advice.title == "`optimizer` updates weights in float16."
        assert advice.severity == "high"
        assert advice.evidence == ["50 steps updated 1 GiB of parameters, all of them in float16."]
        assert advice.fix is None

    def test_names_no_variable_that_it_does_not_know(self, build):
        advice = only(build, self.RULE, self.record(build, variable=None))
        assert advice.title == "An optimizer updates weights in float16."

    @pytest.mark.parametrize(
        "change",
        [
            {"parameter_bytes": {"bfloat16": GIB}},
            {"parameter_bytes": {"float32": GIB}},
            {"parameter_bytes": {"float16": GIB, "float32": 4}},
            {"steps": 0},
        ],
    )
    def test_silent(self, build, change):
        assert only(build, self.RULE, self.record(build, **change)) is None


class TestBf16OverFp16:
    RULE = "bf16-over-fp16"

    def record(self, build, **more):
        return training(
            build,
            HALF_LOOP,
            **{"forwards": [forwards(line=3, autocast="float16")], **more},
        )

    def test_names_the_dtype(self, build):
        scaler = Scaler(variable="scaler", enabled=True, steps=50, skipped=4)
        advice = only(build, self.RULE, self.record(build, scaler=scaler))
        assert advice.severity == "low"
        assert "The scaler skipped 4 of 50 steps." in advice.evidence
        assert "dtype=torch.bfloat16" in apply_edits(HALF_LOOP, advice.fix.edits)

    def test_refuses_where_several_may_be_meant(self, build):
        source = HALF_LOOP + 'with torch.autocast("cuda"):\n    pass\n'
        record = self.record(build)
        twice = build.record(
            source, "other", forwards=record.grad.forwards, optimizer_steps=3, torch=state()
        )
        assert only(build, self.RULE, twice).fix is None

    @pytest.mark.parametrize(
        "change",
        [
            {"torch": state(bf16=False)},
            {"torch": state(bf16=None)},
            {"optimizer_steps": 0},
            {"forwards": [forwards(line=3, autocast="bfloat16")]},
            {"forwards": [forwards(line=3, autocast="float16"), forwards(line=4)]},
        ],
    )
    def test_silent(self, build, change):
        assert only(build, self.RULE, self.record(build, **change)) is None


class TestScaler:
    SOURCE = """\
with torch.autocast("cuda", dtype=torch.bfloat16):
    loss = model(x).mean()
scaler.scale(loss).backward()
scaler.step(optimizer)
scaler.update()
"""

    def record(self, build, source=SOURCE, **more):
        values = {
            "forwards": [forwards(autocast="bfloat16")],
            "scaler": Scaler(variable="scaler", enabled=True, steps=50, skipped=0, line=4),
        }
        return training(build, source, **{**values, **more})

    def test_takes_it_away_in_bfloat16(self, build):
        advice = only(build, "scaler-with-bf16", self.record(build))
        assert advice.title == "`scaler` has nothing to scale in bfloat16."
        assert advice.severity == "low"
        fixed = apply_edits(self.SOURCE, advice.fix.edits)
        assert fixed.endswith("loss.backward()\noptimizer.step()\n")

    def test_refuses_other_uses(self, build):
        source = self.SOURCE + "state = scaler.state_dict()\n"
        advice = only(build, "scaler-with-bf16", self.record(build, source))
        assert advice.fix is None
        assert "more ways" in advice.refusal

    @pytest.mark.parametrize(
        "change",
        [
            {"scaler": None},
            {"scaler": Scaler(variable="s", enabled=False, steps=5, skipped=0)},
            {"scaler": Scaler(variable="s", enabled=True, steps=0, skipped=0)},
            {"forwards": [forwards(autocast="float16")]},
            {"forwards": [forwards(autocast="bfloat16"), forwards(line=3)]},
            {"autocast": {"cuda": "float16"}},
        ],
    )
    def test_silent(self, build, change):
        assert only(build, "scaler-with-bf16", self.record(build, **change)) is None

    CLIP = "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\nscaler.step"

    def test_unscales_before_clipping(self, build):
        source = self.SOURCE.replace("scaler.step", self.CLIP)
        record = self.record(build, source, clips=50, clips_scaled=50, clip_line=4)
        advice = only(build, "unscale-before-clip", record)
        assert advice.severity == "high"
        assert advice.lines == [4]
        fixed = apply_edits(source, advice.fix.edits)
        assert "scaler.unscale_(optimizer)\ntorch.nn.utils.clip" in fixed

    def test_refuses_to_choose_an_optimizer(self, build):
        source = self.SOURCE.replace("scaler.step", self.CLIP) + "scaler.step(other)\n"
        record = self.record(build, source, clips=1, clips_scaled=1, clip_line=4)
        advice = only(build, "unscale-before-clip", record)
        assert "once for each optimizer" in advice.refusal

    @pytest.mark.parametrize(
        "change",
        [
            {},
            {"clips": 50},
            {"clips": 50, "clip_line": 4},
            {"clips": 50, "clips_scaled": 0, "clip_line": 4},
        ],
    )
    def test_silent_on_gradients_that_are_not_scaled(self, build, change):
        assert only(build, "unscale-before-clip", self.record(build, **change)) is None


class TestInference:
    def test_half_of_the_weights_is_promised(self, build):
        memory = [build.memory(after=3 * GIB, peak=3 * GIB, total=16 * GIB)]
        record = predicting(build, placement=placed(2 * GIB), memory=memory)
        advice = only(build, "half-inference", record)
        assert advice.title == "`model` would take 1 GiB less in bfloat16."
        assert (advice.prediction.before, advice.prediction.after) == (3 * GIB, 2 * GIB)
        assert "12%" in advice.evidence[1] or "13%" in advice.evidence[1]
        assert only(build, "autocast-inference", record) is None, "one of both"

    def test_autocast_joins_the_block(self, build):
        advice = only(build, "autocast-inference", predicting(build))
        assert advice.severity == "low"
        assert advice.evidence[0].startswith("Line 3 ran 50 forwards without gradients")
        fixed = apply_edits(PREDICT, advice.fix.edits)
        assert 'with torch.no_grad(), torch.autocast("cuda", dtype=torch.bfloat16):' in fixed

    def test_refuses_numpy(self, build):
        source = PREDICT + "host = out.cpu().numpy()\n"
        assert "NumPy" in only(build, "autocast-inference", predicting(build, source)).refusal

    @pytest.mark.parametrize(
        "change",
        [
            {"torch": state(bf16=False)},
            {"torch": state(bf16=None)},
            {"forwards": [inference(autocast="bfloat16")]},
            {"forwards": [inference(device="cpu")]},
            {"forwards": [inference(grad=True)]},
            {"forwards": [inference(training=True)]},
            {"optimizer_steps": 1},
            {"optimizers": [optimizer()]},
            {"duration_s": 0.4, "memory": []},
            {"lines": [LineCost(3, 0.1, 0, 0)]},
            {"placement": placed(1_000_000)},
        ],
    )
    def test_silent(self, build, change):
        record = predicting(build, **change)
        assert only(build, "autocast-inference", record) is None
        assert only(build, "half-inference", record) is None

    def test_silent_for_a_model_that_was_trained(self, build):
        trained = training(build, cell_id="train")
        assert only(build, "autocast-inference", trained, predicting(build)) is None


class TestTf32:
    RULE = "tf32-matmul"
    SETUP = "import torch\nmodel = Net()\n"

    def records(self, build, setup=SETUP, **more):
        return (
            build.record(setup, "setup"),
            predicting(build, "out = model(x)", **{"torch": state(), **more}),
        )

    def test_sets_the_precision_where_torch_is_imported(self, build):
        advice = only(build, self.RULE, *self.records(build))
        assert advice.severity == "medium"
        assert advice.code_cell_id == "setup"
        fixed = apply_edits(self.SETUP, advice.fix.edits)
        assert fixed.startswith('import torch\ntorch.set_float32_matmul_precision("high")\n')

    def test_is_said_once(self, build):
        records = self.records(build)
        again = predicting(build, "out = model(y)", cell_id="b", torch=state())
        assert only(build, self.RULE, *records, again) is not None

    @pytest.mark.parametrize(
        "change",
        [
            {"torch": state(capability=[7, 5])},
            {"torch": state(matmul_precision="high")},
            {"torch": state(matmul_precision=None)},
            {"setup": "import torch\ntorch.backends.cuda.matmul.allow_tf32 = False\n"},
            {"forwards": [inference(layers=Layers(linears=1, linear_bytes=4096))]},
            {"forwards": [inference(autocast="bfloat16")]},
            {"duration_s": 0.5},
        ],
    )
    def test_silent(self, build, change):
        assert only(build, self.RULE, *self.records(build, **change)) is None


class TestDeprecated:
    RULE = "deprecated-cuda-amp"
    SOURCE = "with torch.cuda.amp.autocast():\n    out = model(x)\n"

    def warned(self, name="autocast", category="FutureWarning"):
        text = f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}`."
        return RaisedWarning(category=category, message=text, line=1)

    def test_renames(self, build):
        record = build.record(self.SOURCE, warnings=[self.warned()])
        advice = only(build, self.RULE, record)
        assert advice.title == "`torch.cuda.amp.autocast` will be removed from PyTorch."
        assert advice.severity == "low"
        assert advice.fix.safe
        assert apply_edits(self.SOURCE, advice.fix.edits).startswith('with torch.amp.autocast("')

    def test_names_both(self, build):
        warnings = [self.warned(), self.warned("GradScaler")]
        advice = only(build, self.RULE, build.record(self.SOURCE, warnings=warnings))
        assert "`torch.cuda.amp.autocast` and `torch.cuda.amp.GradScaler`" in advice.title

    def test_says_that_a_package_calls_it(self, build):
        advice = only(build, self.RULE, build.record("train()", warnings=[self.warned()]))
        assert advice.refusal.startswith("No cell of the notebook calls it")

    @pytest.mark.parametrize(
        "message",
        [
            "`torch.cuda.foo` is deprecated.",
            "torch.cuda.amp.autocast is slow here.",
            "`torch.quantization` is deprecated.",
            "",
        ],
    )
    def test_silent(self, build, message):
        warning = RaisedWarning(category="UserWarning", message=message, line=1)
        assert only(build, self.RULE, build.record(self.SOURCE, warnings=[warning])) is None
