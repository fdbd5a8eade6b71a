"""Advice on number formats, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import at, only
from jupyterlab_torchprof.advice.evidence.gain import computes_long
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    ForwardGraph,
    Layers,
    LineCost,
    MemoryEntry,
    Optimizer,
    PlacedModule,
    RaisedWarning,
    Scaler,
)

GIB = 1 << 30
MB = 1_000_000
CUDA = "cuda:0"
IMPORT = "import torch\nfrom torch import nn\n"
TRAIN = """\
for x, y in loader:
    out = model(x)
    loss = criterion(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PREDICT = "with torch.no_grad():\n    for x in loader:\n        out = model(x)\n"


def forward(line, **more):
    return builders.forward(at(line), **more)


def predicting(line=3, **more):
    return forward(line, **{"grad": False, "training": False, **more})


def saved(size, line=2, module="Net"):
    return ForwardGraph(
        place=at(line),
        module=module,
        training=True,
        nodes=20,
        saved_bytes=size,
        largest_bytes=size // 4,
        device=CUDA,
        fate="consumed",
        output_elements=1000,
        other_leaves=False,
    )


def module(size=80 * MB, name="model", gradients=0, training=True):
    return PlacedModule(
        path=name,
        class_name="Net",
        training=training,
        parameters=size // 4,
        parameter_bytes=size,
        buffer_bytes=0,
        gradient_bytes=gradients,
        devices={CUDA: size},
        dtypes={"float32": size},
        layers=Layers(linears=4, linear_bytes=size),
    )


def placed(*modules, torch_name="torch"):
    return builders.placed(*(modules or [module()]), torch_name=torch_name)


machine = partial(
    builders.machine, accelerator="cuda", capability=[9, 0], bf16=True, matmul_precision="high"
)


def loading(wait, startup=0.0):
    return builders.loading(
        variable="loader", workers=2, pin_memory=True, wait_s=wait, startup_s=startup
    )


def device_memory(after=0, total=80 * GIB, busy=None):
    return MemoryEntry(
        device=CUDA,
        allocated_before_bytes=after,
        allocated_after_bytes=after,
        peak_bytes=after,
        peak_is="exact",
        total_bytes=total,
        utilisation=busy,
    )


def stepped(kind="SGD", module="model", **sizes):
    return Optimizer(
        variable="optimizer",
        class_name=kind,
        steps=20,
        place=at(6),
        parameter_bytes=sizes or {"float32": 80 * MB},
        module=module,
    )


class TestAmpTraining:
    def trained(self, build, source=TRAIN, line=2, **more):
        values = {
            "forwards": [forward(line)],
            "optimizer_steps": 20,
            "backwards": 20,
            "duration_s": 12.0,
            "torch": machine(),
            "placement": placed(),
            "optimizers": [stepped()],
            "forward_graphs": [saved(300 * MB)],
        }
        return build.record(source, "train", **{**values, **more})

    def advised(self, build, *args, **more):
        return only(build, "amp-training", self.trained(build, *args, **more))

    def test_wraps_forward_and_loss_in_bfloat16(self, build):
        advice = self.advised(build)
        assert advice.title == "`model` is trained in float32 on a GPU with tensor cores."
        assert advice.severity == "medium"
        assert advice.lines == [2]
        assert advice.evidence == [
            "20 steps took 12 s, with forwards in float32 and no autocast.",
            "The GPU has compute capability 9.0.",
            "A forward saves 286 MiB for its backward.",
        ]
        assert not advice.fix.safe
        assert apply_edits(TRAIN, advice.fix.edits) == TRAIN.replace(
            "    out = model(x)\n    loss = criterion(out, y)\n",
            '    with torch.autocast("cuda", dtype=torch.bfloat16):\n'
            "        out = model(x)\n        loss = criterion(out, y)\n",
        )

    def test_promises_nothing(self, build):
        assert self.advised(build).prediction is None

    def test_scales_in_float16(self, build):
        advice = self.advised(build, torch=machine(capability=[7, 5], bf16=False))
        fixed = apply_edits(TRAIN, advice.fix.edits)
        assert fixed.startswith('scaler = torch.amp.GradScaler("cuda")\nfor')
        assert "scaler.scale(loss).backward()" in fixed
        assert "scaler.step(optimizer)\n    scaler.update()" in fixed

    def test_large_weights_are_enough(self, build):
        assert self.advised(build, forward_graphs=[]) is not None

    def test_wide_activations_are_enough(self, build):
        assert self.advised(build, placement=placed(module(6 * MB))) is not None

    def test_fixes_the_function_of_another_cell(self, build):
        source = "def fit():\n" + "".join(f"    {line}\n" for line in TRAIN.splitlines())
        define = build.record(source, "define")
        run = self.trained(build, "fit()", 1, forward_graphs=[saved(300 * MB, line=1)])
        advice = only(build, "amp-training", define, run)
        assert advice.code_cell_id == "define"
        assert advice.lines == [3]
        assert 'with torch.autocast("cuda"' in apply_edits(source, advice.fix.edits)

    @pytest.mark.parametrize(
        "source",
        [
            TRAIN.replace("    loss.backward()", "    loss.backward()\n    extra.backward()"),
            TRAIN.replace("out = model(x)", "out = model(x)\n    if out.isnan().any(): continue"),
        ],
    )
    def test_refuses_other_loops(self, build, source):
        advice = self.advised(build, source)
        assert advice.fix is None
        assert advice.refusal

    @pytest.mark.parametrize("line", ["nn.utils.clip_grad_norm_(ps, 1.0)", "look_at(model)"])
    def test_what_stands_before_the_step_matters_to_a_scaler_only(self, build, line):
        source = TRAIN.replace("    optimizer.step", f"    {line}\n    optimizer.step")
        assert f"    {line}\n" in apply_edits(source, self.advised(build, source).fix.edits)
        advice = self.advised(build, source, torch=machine(capability=[7, 5], bf16=False))
        assert advice.fix is None
        assert "precede" in advice.refusal

    def test_only_numpy_s_own_arrays_are_refused(self, build):
        source = TRAIN.replace("    out", "    x = torch.from_numpy(x)\n    out", 1)
        assert self.advised(build, source, 3, forward_graphs=[saved(9 * MB, 3)]).fix is not None
        source += "    seen.append(out.detach().numpy())\n"
        assert "NumPy" in self.advised(build, source, 3).refusal

    def test_speaks_of_what_the_forwards_of_the_line_save(self, build):
        graphs = [saved(9 * MB), saved(300 * MB, line=9)]
        assert "saves 8.6 MiB" in self.advised(build, forward_graphs=graphs).evidence[2]

    def test_refuses_losses_that_autocast_forbids(self, build):
        setup = build.record("criterion = nn.BCELoss()", "setup")
        advice = only(build, "amp-training", setup, self.trained(build))
        assert advice.fix is None
        assert advice.refusal.startswith("BCELoss is not allowed under autocast")

    @pytest.mark.parametrize(
        "more",
        [
            {"duration_s": 0.9},
            {"data_loading": [loading(11.5)]},
            {"data_loading": [loading(8.0, startup=3.5)]},
            {"optimizer_steps": 9},
            {"torch": machine(capability=[6, 1])},
            {"torch": machine(capability=None)},
            {"torch": None},
            {"memory": [device_memory(busy=0.3)]},
            {"status": "interrupted"},
            {"scaler": Scaler(variable="scaler", enabled=True, steps=20, skipped=0)},
            {"autocast": {"cuda": "bfloat16"}},
            {"optimizers": [stepped("LBFGS")]},
            {"placement": placed(module(3 * MB))},
            {"placement": placed(module(6 * MB)), "forward_graphs": [saved(7 * MB)]},
            {"placement": placed(module(6 * MB)), "forward_graphs": [saved(99 * MB, line=9)]},
            {"placement": placed(module(6 * MB)), "forward_graphs": []},
            {"forwards": [forward(2, device="cpu")]},
            {"forwards": [forward(2, dtype="bfloat16")]},
            {"forwards": [forward(2, autocast="bfloat16")]},
            {"forwards": [forward(2, layers=Layers())]},
            {"forwards": [forward(2, layers=None)]},
            {"forwards": [predicting(2)]},
        ],
    )
    def test_silent(self, build, more):
        assert self.advised(build, **more) is None

    def test_a_busy_device_and_short_waits_change_nothing(self, build):
        memory = [device_memory(busy=0.9)]
        assert self.advised(build, memory=memory, data_loading=[loading(2.0)]) is not None

    def test_silent_when_fixed(self, build):
        fixed = apply_edits(TRAIN, self.advised(build).fix.edits)
        autocast = forward(3, autocast="bfloat16")
        assert self.advised(build, fixed, forwards=[autocast]) is None


class TestGain:
    def test_other_devices_do_not_matter(self, build):
        record = build.record(duration_s=2.0, memory=[device_memory(busy=0.1)])
        assert computes_long(record, "cuda:1")
        assert not computes_long(record, CUDA)


class TestInference:
    def predicted(self, build, source=PREDICT, **more):
        values = {
            "forwards": [predicting()],
            "duration_s": 10.0,
            "torch": machine(),
            "placement": placed(module(80 * MB, training=False)),
            "lines": [LineCost(line=3, time_share=0.6, host_growth_bytes=0, device_growth_bytes=0)],
            "memory": [device_memory(after=GIB)],
        }
        return build.record(source, "predict", **{**values, **more})

    def large(self, build, **more):
        values = {
            "placement": placed(module(12 * GIB, training=False)),
            "memory": [device_memory(after=20 * GIB)],
        }
        return self.predicted(build, **{**values, **more})

    def test_adds_autocast_to_no_grad(self, build):
        advice = only(build, "autocast-inference", self.predicted(build))
        assert advice.title == "`model` computes in float32 on a GPU that has bfloat16."
        assert advice.severity == "low"
        assert advice.prediction is None
        assert advice.lines == [3]
        assert advice.evidence == [
            "Line 3 ran 20 forwards without gradients in float32 in about 6 s."
        ]
        assert not advice.fix.safe
        assert apply_edits(PREDICT, advice.fix.edits).startswith(
            'with torch.no_grad(), torch.autocast("cuda", dtype=torch.bfloat16):\n'
        )

    def test_refuses_beside_numpy(self, build):
        source = PREDICT + "        scores.append(out.cpu().numpy())\n"
        advice = only(build, "autocast-inference", self.predicted(build, source))
        assert advice.fix is None
        assert "NumPy has no bfloat16" in advice.refusal

    def test_only_numpy_s_own_arrays_are_refused(self, build):
        source = PREDICT.replace("model(x)", "model(torch.from_numpy(x))")
        assert only(build, "autocast-inference", self.predicted(build, source)).fix is not None

    def test_a_small_model_above_hides_no_large_one(self, build):
        source = "features = small(x)\n" + PREDICT
        for size, rule in ((80 * MB, "autocast-inference"), (12 * GIB, "half-inference")):
            small, model = module(MB, "small"), module(size)
            small.class_name = "Small"
            predicted = self.predicted(
                build,
                source,
                forwards=[predicting(1, module="Small"), predicting(4)],
                placement=placed(small, model),
                lines=[
                    LineCost(line=4, time_share=0.6, host_growth_bytes=0, device_growth_bytes=0)
                ],
            )
            assert "`model`" in only(build, rule, predicted).title

    def test_refuses_without_a_block(self, build):
        source = "torch.set_grad_enabled(False)\n\nout = model(x)\n"
        advice = only(build, "autocast-inference", self.predicted(build, source))
        assert advice.fix is None

    @pytest.mark.parametrize(
        "more",
        [
            {"duration_s": 1.5},
            {"lines": []},
            {"torch": machine(bf16=False)},
            {"torch": machine(bf16=None)},
            {"memory": [device_memory(after=GIB, busy=0.2)]},
            {"data_loading": [loading(9.5)]},
            {"placement": placed(module(15 * MB, training=False))},
            {"placement": placed(module(80 * MB, gradients=80 * MB))},
            {"forwards": [predicting(autocast="float16")], "autocast": {"cuda": "float16"}},
            {"forwards": [predicting(dtype="bfloat16")]},
            {"forwards": [predicting(device="cpu")]},
            {"forwards": [predicting(training=True)]},
            {"forwards": [predicting(layers=Layers(linears=4, quantized=True))]},
            {"optimizer_steps": 3},
        ],
    )
    def test_autocast_silent(self, build, more):
        assert only(build, "autocast-inference", self.predicted(build, **more)) is None

    def test_half_predicts_half_of_the_weights(self, build):
        advice = only(build, "half-inference", self.large(build))
        assert advice.title == "`model` would take 6 GiB less in bfloat16."
        assert advice.severity == "medium"
        assert advice.evidence[1] == "The weights take 15% of the 80 GiB of cuda:0."
        assert (advice.prediction.before, advice.prediction.after) == (20 * GIB, 14 * GIB)
        assert advice.prediction.metric == "allocated_after_bytes"
        assert advice.prediction.device == CUDA
        assert advice.fix is None
        assert advice.refusal

    def test_half_needs_no_time(self, build):
        assert only(build, "half-inference", self.large(build, duration_s=0.1)) is not None

    def test_one_of_the_two(self, build):
        assert only(build, "autocast-inference", self.large(build)) is None
        assert only(build, "half-inference", self.predicted(build)) is None

    @pytest.mark.parametrize(
        "more",
        [
            {"placement": placed(module(7 * GIB, training=False))},
            {"memory": [device_memory(after=20 * GIB, total=None)]},
            {"memory": []},
            {"torch": machine(bf16=False)},
            {"optimizers": [stepped()]},
            {"forwards": [predicting(dtype="bfloat16")]},
            {"forwards": [forward(3)]},
        ],
    )
    def test_half_silent(self, build, more):
        assert only(build, "half-inference", self.large(build, **more)) is None

    def test_half_of_an_attribute_that_no_optimizer_may_have(self, build):
        placement = placed(module(12 * GIB, "lab.net", training=False))
        source = PREDICT.replace("model", "lab.net")

        def advise(*before):
            run = self.large(build, source=source, placement=placement)
            return only(build, "half-inference", *before, run)

        assert "`lab.net`" in advise().title
        unknown = build.record(TRAIN, "train", optimizers=[stepped(module=None)])
        assert advise(unknown) is None

    def test_half_silent_after_training(self, build):
        trained = build.record(TRAIN, "train", optimizers=[stepped()], placement=placed())
        assert only(build, "half-inference", trained, self.large(build)) is None


class TestHalfTraining:
    def trained(self, build, **sizes):
        source = "model.half()\n" + TRAIN
        return build.record(source, "train", optimizers=[stepped(**sizes)], optimizer_steps=20)

    def test_float16_weights(self, build):
        advice = only(build, "half-training", self.trained(build, float16=4 << 20))
        assert advice.title == "`optimizer` updates weights in float16."
        assert advice.severity == "high"
        assert advice.lines == [1]
        assert advice.evidence == ["20 steps updated 4 MiB of parameters, all of them in float16."]
        assert advice.fix is None
        assert advice.refusal

    def test_bfloat16_is_another_type(self, build):
        record = self.trained(build, float16=4 << 20)
        record.source = "y = x.to(torch.bfloat16)\nmodel.to(dtype=torch.float16)\n" + TRAIN
        assert only(build, "half-training", record).lines == [2]

    def test_without_a_variable(self, build):
        record = self.trained(build, float16=4 << 20)
        record.optimizers[0].variable = None
        assert only(build, "half-training", record).title.startswith("An optimizer updates")

    @pytest.mark.parametrize(
        "sizes",
        [
            {"float32": MB},
            {"bfloat16": MB},
            {"float16": MB, "float32": MB},
            {"float16": 0},
        ],
    )
    def test_silent(self, build, sizes):
        assert only(build, "half-training", self.trained(build, **sizes)) is None

    def test_silent_without_steps(self, build):
        record = self.trained(build, float16=MB)
        record.optimizers[0].steps = 0
        assert only(build, "half-training", record) is None


MIXED = """\
for x, y in loader:
    with torch.autocast("cuda", dtype=torch.{kind}):
        loss = criterion(model(x), y)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
"""


def mixed(build, kind, *, source=None, skipped=0, **more):
    values = {
        "forwards": [forward(3, autocast=kind)],
        "autocast": {"cuda": kind},
        "optimizer_steps": 20,
        "backwards": 20,
        "torch": machine(),
        "placement": placed(),
        "optimizers": [stepped()],
        "scaler": Scaler(variable="scaler", enabled=True, steps=20, skipped=skipped, place=at(6)),
    }
    return build.record(source or MIXED.format(kind=kind), "train", **{**values, **more})


class TestBf16OverFp16:
    def test_names_the_dtype(self, build):
        advice = only(build, "bf16-over-fp16", mixed(build, "float16"))
        assert advice.title == "Autocast computes in float16 on a GPU that has bfloat16."
        assert advice.severity == "low"
        assert advice.lines == [2]
        assert apply_edits(MIXED.format(kind="float16"), advice.fix.edits) == MIXED.format(
            kind="bfloat16"
        )

    def test_counts_skipped_steps(self, build):
        advice = only(build, "bf16-over-fp16", mixed(build, "float16", skipped=3))
        assert advice.evidence[-1] == "The scaler skipped 3 of 20 steps."

    @pytest.mark.parametrize(
        "more",
        [
            {"torch": machine(bf16=False)},
            {"torch": machine(bf16=None)},
            {"optimizer_steps": 0},
            {"forwards": [forward(3, autocast="float16"), forward(4)]},
            {"forwards": [predicting(3, autocast="float16")]},
            {"forwards": []},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, "bf16-over-fp16", mixed(build, "float16", **more)) is None

    def test_silent_when_fixed(self, build):
        assert only(build, "bf16-over-fp16", mixed(build, "bfloat16")) is None


class TestScalerWithBf16:
    def test_takes_the_calls_away(self, build):
        advice = only(build, "scaler-with-bf16", mixed(build, "bfloat16"))
        assert advice.title == "`scaler` has nothing to scale in bfloat16."
        assert advice.severity == "low"
        fixed = apply_edits(MIXED.format(kind="bfloat16"), advice.fix.edits)
        assert fixed.endswith("    loss.backward()\n    optimizer.step()\n")

    def test_takes_the_calls_of_attributes_away(self, build):
        source = MIXED.format(kind="bfloat16")
        for name in ("scaler", "loss", "optimizer"):
            source = source.replace(name, f"lab.{name}")
        unnamed = Scaler(variable=None, enabled=True, steps=20, skipped=0)
        advice = only(
            build, "scaler-with-bf16", mixed(build, "bfloat16", source=source, scaler=unnamed)
        )
        assert advice.title.startswith("The gradient scaler")
        fixed = apply_edits(source, advice.fix.edits)
        assert fixed.endswith("    lab.loss.backward()\n    lab.optimizer.step()\n")

    def test_refuses_where_its_state_is_saved(self, build):
        save = build.record("torch.save(scaler.state_dict(), path)", "save")
        advice = only(build, "scaler-with-bf16", save, mixed(build, "bfloat16"))
        assert advice.fix is None
        assert "by hand" in advice.refusal

    @pytest.mark.parametrize(
        "more",
        [
            {"scaler": None},
            {"scaler": Scaler(variable="scaler", enabled=False, steps=20, skipped=0)},
            {"scaler": Scaler(variable="scaler", enabled=True, steps=0, skipped=0)},
            {"forwards": [forward(3, autocast="bfloat16"), forward(4, autocast="float16")]},
            {"forwards": [forward(3, autocast="bfloat16"), forward(4)]},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, "scaler-with-bf16", mixed(build, "bfloat16", **more)) is None

    def test_silent_in_float16(self, build):
        assert only(build, "scaler-with-bf16", mixed(build, "float16")) is None


class TestUnscaleBeforeClip:
    CLIP = IMPORT + MIXED.format(kind="float16").replace(
        "    scaler.step",
        "    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n    scaler.step",
    )

    def clipped(self, build, source=CLIP, **more):
        values = {"clips": 20, "clips_scaled": 20, "clip_place": at(8)}
        return mixed(build, "float16", source=source, **{**values, **more})

    def test_unscales_above(self, build):
        advice = only(build, "unscale-before-clip", self.clipped(build))
        assert advice.title == "Gradients are clipped while they are multiplied by the loss scale."
        assert advice.severity == "high"
        assert advice.evidence == ["20 calls clipped scaled gradients."]
        assert advice.lines == [8]
        assert not advice.fix.safe
        assert (
            "    scaler.unscale_(optimizer)\n    nn.utils.clip_grad_norm_(model.parameters(), 1.0)"
            in apply_edits(self.CLIP, advice.fix.edits)
        )

    def test_refuses_with_two_optimizers(self, build):
        source = self.CLIP.replace(
            "    scaler.update()", "    scaler.step(other)\n    scaler.update()"
        )
        advice = only(build, "unscale-before-clip", self.clipped(build, source))
        assert advice.fix is None
        assert "once for each optimizer" in advice.refusal

    def test_two_loops_are_two_places(self, build):
        advice = only(build, "unscale-before-clip", self.clipped(build, self.CLIP + self.CLIP))
        assert advice.fix is None

    @pytest.mark.parametrize(
        "more",
        [
            {"clips_scaled": 0},
            {"clips": 0, "clips_scaled": 0},
            {"clips_scaled": 0, "scaler": None},
            {"grad": None},
        ],
    )
    def test_silent(self, build, more):
        record = self.clipped(build)
        if "grad" in more:
            record.grad = None
        else:
            record = self.clipped(build, **more)
        assert only(build, "unscale-before-clip", record) is None


class TestTf32Matmul:
    def computed(self, build, source=PREDICT, **more):
        values = {
            "forwards": [predicting()],
            "duration_s": 2.0,
            "torch": machine(matmul_precision="highest", bf16=None),
            "placement": placed(),
        }
        return build.record(source, "predict", **{**values, **more})

    def test_sets_the_precision_below_the_import(self, build):
        setup = build.record(IMPORT + "model = Net()\n", "setup")
        advice = only(build, "tf32-matmul", setup, self.computed(build))
        assert advice.title == "Products of float32 matrices do not use the GPU's TF32."
        assert advice.severity == "medium"
        assert advice.prediction is None
        assert "`Net` has 61 MiB of float32 weights" in advice.evidence[1]
        assert advice.code_cell_id == "setup"
        assert not advice.fix.safe
        assert apply_edits(setup.source, advice.fix.edits) == (
            IMPORT + 'torch.set_float32_matmul_precision("high")\nmodel = Net()\n'
        )

    def test_by_hand_where_torch_is_not_imported_at_top_level(self, build):
        source = "import os\ntry:\n    import torch\nexcept ImportError:\n    pass\n"
        advice = only(build, "tf32-matmul", build.record(source, "setup"), self.computed(build))
        assert advice.refusal.endswith("below the import of torch.")
        assert (advice.code_cell_id, advice.lines) == (None, [3])

    def test_for_training_too(self, build):
        record = self.computed(build, IMPORT + TRAIN, forwards=[forward(4)])
        assert only(build, "tf32-matmul", record).lines == [2]

    def test_said_once(self, build):
        setup = build.record(IMPORT, "setup")
        first, second = self.computed(build), self.computed(build)
        assert only(build, "tf32-matmul", setup, first, second) is not None

    @pytest.mark.parametrize(
        "source",
        [
            'torch.set_float32_matmul_precision("highest")',
            "torch.backends.cuda.matmul.allow_tf32 = False",
            'torch.backends.cuda.matmul.fp32_precision = "ieee"',
        ],
    )
    def test_silent_where_it_is_decided(self, build, source):
        setup = build.record(IMPORT + source, "setup")
        assert only(build, "tf32-matmul", setup, self.computed(build)) is None

    @pytest.mark.parametrize(
        "more",
        [
            {"torch": machine()},
            {"torch": machine(matmul_precision=None)},
            {"torch": machine(matmul_precision="highest", capability=[7, 5])},
            {"duration_s": 0.8},
            {"memory": [device_memory(busy=0.1)]},
            {"forwards": [predicting(layers=Layers(convs=20, linears=1, linear_bytes=MB))]},
            {"forwards": [predicting(autocast="bfloat16")]},
            {"forwards": [predicting(dtype="float64")]},
            {"forwards": [predicting(device="cpu")]},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, "tf32-matmul", self.computed(build, **more)) is None


class TestDeprecatedCudaAmp:
    OLD = "from torch.cuda.amp import autocast, GradScaler\n"
    USE = "scaler = GradScaler()\nwith autocast():\n    loss = model(x).mean()\n"

    def used(self, build, source, *names, line=2, cell_id="train"):
        warnings = [
            RaisedWarning(
                category="FutureWarning",
                message=f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use another.",
                place=at(line),
            )
            for name in names
        ]
        return build.record(source, cell_id, warnings=warnings)

    def test_renames_imports_and_calls(self, build):
        source = self.OLD + self.USE
        record = self.used(build, source, "GradScaler", "autocast")
        advice = only(build, "deprecated-cuda-amp", record)
        assert advice.title == (
            "`torch.cuda.amp.autocast` and `torch.cuda.amp.GradScaler` will be removed from "
            "PyTorch."
        )
        assert advice.severity == "low"
        assert advice.lines == [2]
        assert advice.fix.safe
        assert apply_edits(source, advice.fix.edits) == (
            "from torch.amp import autocast, GradScaler\n"
            'scaler = GradScaler("cuda")\nwith autocast("cuda"):\n    loss = model(x).mean()\n'
        )

    def test_renames_in_other_cells(self, build):
        setup = build.record(self.OLD, "setup")
        record = self.used(build, self.USE, "autocast")
        advice = only(build, "deprecated-cuda-amp", setup, record)
        assert {edit.cell_id for edit in advice.fix.edits} == {"setup", "train"}

    def test_refuses_what_a_package_calls(self, build):
        record = self.used(build, "trainer.fit()", "autocast", line=1)
        advice = only(build, "deprecated-cuda-amp", record)
        assert advice.fix is None
        assert advice.refusal == ("No cell of the notebook calls it: update the package that does.")

    @pytest.mark.parametrize(
        "message",
        [
            "`torch.cuda.amp.custom_fwd(args...)` is deprecated.",
            "`torch.cpu.amp.autocast(args...)` is deprecated.",
            "lr_scheduler.step() before optimizer.step()",
        ],
    )
    def test_silent_for_other_warnings(self, build, message):
        warning = RaisedWarning(category="FutureWarning", message=message, place=at(1))
        record = build.record(self.OLD + self.USE, warnings=[warning])
        assert only(build, "deprecated-cuda-amp", record) is None

    def test_silent_without_a_warning(self, build):
        assert only(build, "deprecated-cuda-amp", self.used(build, self.OLD + self.USE)) is None
