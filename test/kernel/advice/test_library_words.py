"""Advice where a library has the loop: its own arguments, at the constructor that takes them."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import fixed, forward, made_in, only, placed
from jupyterlab_torchprof.record import (
    Evaluation,
    ForwardGraph,
    LineCost,
    Optimizer,
    ParameterGroup,
    Place,
    PlacedModule,
    Transfer,
)
from jupyterlab_torchprof.source import source_hash

MB = 1_000_000
GIB = 1 << 30
CUDA = "cuda:0"
ARGS = """\
from transformers import Trainer, TrainingArguments
args = TrainingArguments("out", per_device_train_batch_size=32)
trainer = Trainer(model=model, args=args, train_dataset=data)
"""
TRAIN = "trainer.train()\n"
NET = """\
from skorch import NeuralNetClassifier
net = NeuralNetClassifier(Module, max_epochs=5)
"""
LIGHT = """\
import lightning as L
trainer = L.Trainer(max_epochs=3)
"""
FIT = "trainer.fit(lit, data)\n"

machine = partial(builders.machine, cpu_count=16, num_threads=16, start_method="fork")
gpu = partial(machine, accelerator="cuda", capability=[9, 0], bf16=True, matmul_precision="highest")


def below(source, package="transformers", function="Trainer.train", line=None):
    """A line that calls a library: what happened there has place 1."""
    line = line or source.count("\n")
    return [
        Place(parent=None, kind="cell", line=line, source_hash=source_hash(source)),
        Place(parent=0, kind="library", package=package, function=function),
    ]


skorch = partial(below, package="skorch", function="NeuralNet.fit")
lightning = partial(below, package="lightning", function="Trainer.fit")


def waits(source, call=".train()", **more):
    """A loader that a library made in the call, whose batches cost 100 ms each."""
    values = {
        "variable": None,
        "place": 1,
        "made": made_in(source, call),
        "wait_s": 10.0,
        "first_wait_s": 0.1,
        "wait_p50_s": 0.1,
        "wait_p95_s": 0.12,
        "loop_s": 12.0,
        "wait_cpu_s": 9.0,
        "batch_bytes": 1 << 20,
        "batch_devices": ["cpu"],
    }
    return builders.loading(**{**values, **more})


class TestLoaders:
    RULE = "dataloader-workers-zero"

    def run(self, build, source=TRAIN, places=below, **more):
        values = {
            "duration_s": 12.5,
            "torch": machine(),
            "places": places(source),
            "data_loading": [waits(source)],
            "optimizer_steps": 100,
            "backwards": 100,
        }
        return build.record(source, "train", **{**values, **more})

    def advise(self, build, make=ARGS, source=TRAIN, **more):
        return only(build, self.RULE, build.record(make, "make"), self.run(build, source, **more))

    def test_says_it_at_the_arguments_of_the_trainer(self, build):
        advice = self.advise(build)
        assert advice.fix is not None
        assert (advice.code_cell_id, advice.lines) == ("make", [2])
        assert "`dataloader_num_workers=8` in `TrainingArguments` starts them." in (
            advice.explanation
        )
        assert "batch_size=32, dataloader_num_workers=8)" in fixed(advice, ARGS)
        assert advice.fix.title == "Load with 8 worker processes"
        assert not advice.fix.safe

    @pytest.mark.parametrize(
        ("make", "wanted"),
        [
            (
                "import transformers\n"
                "trainer = transformers.Trainer(model, transformers.TrainingArguments('out'))\n",
                "TrainingArguments('out', dataloader_num_workers=8)",
            ),
            (
                "from trl import SFTConfig, SFTTrainer\n"
                "config = SFTConfig(output_dir='out')\n"
                "trainer = SFTTrainer(model=model, args=config)\n",
                "SFTConfig(output_dir='out', dataloader_num_workers=8)",
            ),
            (
                "from transformers import Trainer as T, TrainingArguments as A\n"
                "class Own(T):\n    pass\n"
                "class Mine(Own):\n    pass\n"
                "a = A('out', dataloader_num_workers=0)\n"
                "trainer = Mine(model=model, args=a)\n",
                "A('out', dataloader_num_workers=8)",
            ),
        ],
    )
    def test_finds_the_arguments(self, build, make, wanted):
        assert wanted in fixed(self.advise(build, make), make)

    def test_finds_them_in_a_function(self, build):
        source = (
            "from transformers import Trainer, TrainingArguments\n"
            "def main():\n"
            "    args = TrainingArguments('out')\n"
            "    trainer = Trainer(model=model, args=args)\n"
            "    trainer.train()\n"
            "main()\n"
        )
        own = source_hash(source)
        places = [
            Place(parent=None, kind="cell", line=6, source_hash=own),
            Place(parent=0, kind="cell", line=5, source_hash=own, function="main"),
            Place(parent=1, kind="library", package="transformers", function="Trainer.train"),
        ]
        loader = waits(source, place=2)
        run = self.run(build, source, places=lambda _: places, data_loading=[loader])
        advice = only(build, self.RULE, run)
        assert advice.lines == [3]
        assert "('out', dataloader_num_workers=8)" in fixed(advice, source)

    @pytest.mark.parametrize(
        ("make", "why"),
        [
            ("args = parse()\ntrainer = make(args)\n", "Set `dataloader_num_workers=8` in"),
            (ARGS.replace("args=args", "args=parse()"), "Set `dataloader_num_workers=8` in"),
            (ARGS.replace('"out"', "**options"), "Line 2 passes arguments"),
            (ARGS.replace('"out"', '"out", True'), "Line 2 gives settings by their positions."),
            (
                ARGS.replace('"out"', '"out", dataloader_num_workers=workers'),
                "Line 2 takes dataloader_num_workers from elsewhere.",
            ),
            (
                ARGS + "args.dataloader_num_workers = 0\n",
                "A cell sets `dataloader_num_workers` itself: set `dataloader_num_workers=8` "
                "there.",
            ),
        ],
    )
    def test_leaves_it_to_the_user_in_the_librarys_words(self, build, make, why):
        advice = self.advise(build, make)
        assert advice.fix is None
        assert advice.refusal.startswith(why)

    def test_two_candidates_are_none(self, build):
        advice = self.advise(build, ARGS + ARGS.replace("out", "other"))
        assert advice.refusal == "Set `dataloader_num_workers=8` in `TrainingArguments`."

    def test_the_users_own_loader_is_the_users(self, build):
        """One that a subclass's ``get_train_dataloader`` makes, or that is handed over."""
        own = "from torch.utils.data import DataLoader\nloader = DataLoader(data)\n"
        run = self.run(build, data_loading=[waits(own, made=made_in(own))])
        advice = only(build, self.RULE, build.record(ARGS, "make"), build.record(own, "own"), run)
        assert advice.code_cell_id == "own"
        assert "num_workers=8" in fixed(advice, own)
        assert "TrainingArguments" not in advice.explanation

    def test_without_a_library_nothing_is_new(self, build):
        run = self.run(build, places=lambda s: below(s, package="somelib"))
        advice = only(build, self.RULE, build.record(ARGS, "make"), run)
        assert advice.refusal.startswith("The call that makes the loader was not found")

    @pytest.mark.parametrize(
        ("batches", "argument"),
        [(100, "iterator_train__num_workers"), (120, "iterator_valid__num_workers")],
    )
    def test_tells_skorchs_loaders_apart(self, build, batches, argument):
        source = "net.fit(X, y)\n"
        loader = waits(source, ".fit(", batches=batches)
        advice = self.advise(build, NET, source, places=skorch, data_loading=[loader])
        assert f"`{argument}=8` in `NeuralNetClassifier`" in advice.explanation
        assert f"max_epochs=5, {argument}=8)" in fixed(advice, NET)

    def test_a_chained_call(self, build):
        source = NET.replace("net = ", "").replace("max_epochs=5)", "max_epochs=5).fit(X, y)")
        loader = waits(source, ".fit(")
        advice = only(
            build, self.RULE, self.run(build, source, places=skorch, data_loading=[loader])
        )
        assert "max_epochs=5, iterator_train__num_workers=8).fit(X, y)" in fixed(advice, source)

    def test_a_loader_that_accelerate_has_prepared(self, build):
        source = (
            "from torch.utils.data import DataLoader\n"
            "train = DataLoader(data, batch_size=32)\n"
            "valid = DataLoader(held, batch_size=64)\n"
            "model, train, valid = accelerator.prepare(model, train, valid)\n"
            "for x, y in train:\n    step(x, y)\n"
        )
        loader = waits(source, ".prepare(")
        accelerate = partial(below, package="accelerate", function="DataLoaderShard.__iter__")
        run = self.run(build, source, places=lambda s: accelerate(s, line=5), data_loading=[loader])
        advice = only(build, self.RULE, run)
        assert advice.lines == [2]
        assert "DataLoader(data, batch_size=32, num_workers=8)" in fixed(advice, source)

    def test_keeps_workers(self, build):
        loader = waits(TRAIN, workers=2, iterators=5, startup_s=5.0, wait_s=0.1, wait_p50_s=0.001)
        advice = only(
            build,
            "persistent-workers",
            build.record(ARGS, "make"),
            self.run(build, data_loading=[loader]),
        )
        words = "`dataloader_persistent_workers=True` in `TrainingArguments`"
        assert f"With {words} they stay" in advice.explanation
        assert "dataloader_persistent_workers=True)" in fixed(advice, ARGS)

    def test_pins(self, build):
        source = "net.fit(X, y)\n"
        loader = waits(source, ".fit(", workers=2, wait_s=0.1, wait_p50_s=0.001)
        copy = Transfer(
            source="cpu", target=CUDA, calls=200, moved_bytes=10 * GIB, duration_s=3.0,
            pinned=False, non_blocking=False, method="to", place=1,
        )  # fmt: skip
        run = self.run(
            build, source, places=skorch, data_loading=[loader], transfers=[copy], torch=gpu()
        )
        advice = only(build, "dataloader-pin-memory", build.record(NET, "make"), run)
        assert "iterator_train__pin_memory=True)" in fixed(advice, NET)


def module(path="model", **more):
    values = {
        "path": path,
        "class_name": "Net",
        "training": True,
        "parameters": 20 * MB,
        "parameter_bytes": 80 * MB,
        "buffer_bytes": 0,
        "gradient_bytes": 0,
        "devices": {CUDA: 80 * MB},
        "dtypes": {"float32": 80 * MB},
    }
    return PlacedModule(**{**values, **more})


def line_cost(line):
    return LineCost(line=line, time_share=1.0, host_growth_bytes=0, device_growth_bytes={})


class TestLoops:
    def run(self, build, source=TRAIN, places=below, **more):
        values = {
            "duration_s": 12.0,
            "torch": gpu(),
            "places": places(source),
            "placement": placed(module()),
            "forwards": [forward()],
            "backwards": 20,
            "optimizer_steps": 20,
            "last_backward_place": 1,
        }
        return build.record(source, "train", **{**values, **more})

    def advise(self, build, rule, make=ARGS, source=TRAIN, **more):
        return only(build, rule, build.record(make, "make"), self.run(build, source, **more))

    @pytest.mark.parametrize(("bf16", "argument"), [(True, "bf16=True"), (False, "fp16=True")])
    def test_mixed_precision_of_the_trainer(self, build, bf16, argument):
        advice = self.advise(build, "amp-training", torch=gpu(bf16=bf16))
        assert advice.title == "`model` is trained in float32 on a GPU with tensor cores."
        assert f"`{argument}` in `TrainingArguments` asks for that" in advice.explanation
        assert f"{argument})" in fixed(advice, ARGS)
        assert (advice.code_cell_id, advice.lines) == ("make", [2])

    def test_refuses_beside_the_other_half(self, build):
        make = ARGS.replace('"out"', '"out", bf16=True')
        advice = self.advise(build, "amp-training", make, torch=gpu(bf16=False))
        assert advice.refusal == "Line 2 gives bf16, which would have to go."

    def test_mixed_precision_of_lightning(self, build):
        places = [
            *lightning(FIT),
            Place(parent=1, kind="cell", line=9, function="Lit.training_step"),
        ]
        more = {
            "places": lambda _: places,
            "placement": placed(module("lit", class_name="Lit", children=[module("lit.net")])),
            "forwards": [forward(2)],
        }
        advice = self.advise(build, "amp-training", LIGHT, FIT, **more)
        assert advice.title.startswith("`lit.net` is trained in float32")
        assert '"bf16-mixed"' in fixed(advice, LIGHT)
        assert '`precision="bf16-mixed"` in `Trainer` asks for that' in advice.explanation

    def test_mixed_precision_of_accelerate(self, build):
        make = "from accelerate import Accelerator\naccelerator = Accelerator()\n"
        source = (
            "for x, y in loader:\n"
            "    loss = criterion(model(x), y)\n"
            "    accelerator.backward(loss)\n"
            "    optimizer.step()\n"
        )
        own = source_hash(source)
        places = [
            Place(parent=None, kind="cell", line=2, source_hash=own),
            Place(parent=None, kind="cell", line=3, source_hash=own),
            Place(parent=1, kind="library", package="accelerate", function="Accelerator.backward"),
        ]
        more = {
            "places": lambda _: places,
            "forwards": [forward(0)],
            "last_backward_place": 2,
        }
        advice = self.advise(build, "amp-training", make, source, **more)
        assert 'Accelerator(mixed_precision="bf16")' in fixed(advice, make)

    def test_silent_where_the_model_is_not_certain(self, build):
        two = placed(module(), module("other"))
        assert self.advise(build, "amp-training", placement=two) is None

    def test_silent_where_no_library_is_known(self, build):
        places = partial(below, package="somelib")
        assert self.advise(build, "amp-training", places=places) is None

    def test_tf32(self, build):
        advice = self.advise(build, "tf32-matmul")
        assert "tf32=True)" in fixed(advice, ARGS)

    def test_tf32_of_lightning_is_pytorchs_own_setting(self, build):
        more = {"places": lightning}
        advice = self.advise(build, "tf32-matmul", "import torch\n" + LIGHT, FIT, **more)
        assert "set_float32_matmul_precision" in fixed(advice, "import torch\n" + LIGHT)

    def test_silent_where_tf32_was_decided(self, build):
        make = ARGS.replace('"out"', '"out", tf32=False')
        assert self.advise(build, "tf32-matmul", make) is None

    def optimizer(self, source, call, kind="AdamW", **more):
        group = ParameterGroup(lr=1e-3, parameters=150, decoupled_weight_decay=kind == "AdamW")
        return Optimizer(
            variable=None,
            class_name=kind,
            steps=100,
            timed_steps=10,
            timed_s=0.5,
            devices=[CUDA],
            parameter_bytes={"float32": 10**8},
            groups=[group],
            place=1,
            **{"made": made_in(source, call), **more},
        )

    def test_a_fused_optimizer(self, build):
        make = ARGS.replace('"out"', '"out", optim="adamw_torch"')
        found = [self.optimizer(TRAIN, ".train(")]
        advice = self.advise(build, "fused-optimizer", make, optimizers=found)
        assert 'optim="adamw_torch_fused"' in fixed(advice, make)
        assert 'With `optim="adamw_torch_fused"` in `TrainingArguments` one kernel' in (
            advice.explanation
        )

    def test_a_fused_optimizer_of_skorch(self, build):
        source = "net.fit(X, y)\n"
        found = [self.optimizer(source, ".fit(", "Adam")]
        more = {"optimizers": found, "places": skorch}
        advice = self.advise(build, "fused-optimizer", NET, source, **more)
        assert "optimizer__fused=True)" in fixed(advice, NET)

    @pytest.mark.parametrize("more", [{"kind": "Adam"}, {"made": None}])
    def test_another_optimizer_is_left_to_the_user(self, build, more):
        """``optim`` would change its class, or be overruled by what the user made."""
        found = [self.optimizer(TRAIN, ".train(", **more)]
        advice = self.advise(build, "fused-optimizer", optimizers=found)
        assert advice.fix is None
        assert advice.refusal == "The text does not tell where this optimizer is made."

    def graph(self):
        return ForwardGraph(
            place=1, module="Net", training=True, nodes=20, saved_bytes=10 * GIB,
            largest_bytes=GIB, device=CUDA, fate="consumed", output_elements=1, other_leaves=False,
        )  # fmt: skip

    def full(self, build, **more):
        memory = build.memory(before=3 * GIB, after=3 * GIB, peak=15 * GIB, total=16 * GIB)
        return {"memory": [memory], "forward_graphs": [self.graph()], **more}

    def test_checkpointing(self, build):
        advice = self.advise(build, "activation-checkpointing", **self.full(build))
        assert "gradient_checkpointing=True)" in fixed(advice, ARGS)

    def test_checkpointing_of_a_model_of_the_notebooks_is_by_hand(self, build):
        make = ARGS + "class Net(Module):\n    pass\n"
        advice = self.advise(build, "activation-checkpointing", make, **self.full(build))
        assert "use_reentrant=False" in advice.refusal

    def loader(self, **more):
        return waits(TRAIN, batches=20, wait_s=0.1, wait_p50_s=0.001, **more)

    def test_accumulation(self, build):
        more = self.full(build, data_loading=[self.loader()])
        advice = self.advise(build, "grad-accumulation", **more)
        text = fixed(advice, ARGS)
        assert "per_device_train_batch_size=8, gradient_accumulation_steps=4)" in text
        assert "ask for that." in advice.explanation
        assert (advice.prediction.before, advice.prediction.after) == (15 * GIB, 6 * GIB)

    def test_accumulation_goes_on_from_what_there_is(self, build):
        make = ARGS.replace("_size=32", "_size=32, gradient_accumulation_steps=2")
        advice = self.advise(
            build, "grad-accumulation", make, **self.full(build, data_loading=[self.loader()])
        )
        assert "_size=8, gradient_accumulation_steps=8)" in fixed(advice, make)

    @pytest.mark.parametrize(
        "size",
        [16, 4],  # not what the constructor says; too small to divide
    )
    def test_silent_about_other_batches(self, build, size):
        more = self.full(build, data_loading=[self.loader(batch_size=size)])
        assert self.advise(build, "grad-accumulation", **more) is None

    def test_silent_where_an_evaluation_may_have_filled_the_device(self, build):
        loaders = [self.loader(), self.loader(batch_size=64)]
        more = self.full(build, data_loading=loaders)
        assert self.advise(build, "grad-accumulation", **more) is None

    PIPE = """\
import torch
from diffusers import DiffusionPipeline
pipe = DiffusionPipeline.from_pretrained("a/model").to("cuda")
"""

    def drawn(self, build, make, source="images = pipe(prompt)\n", **more):
        memory = build.memory(before=2 * GIB, after=2 * GIB, peak=3 * GIB, total=4 * GIB)
        unet = module("pipe.unet", dtypes={"float32": GIB}, parameter_bytes=GIB)
        values = {
            "places": partial(below, package="diffusers", function="Pipeline.__call__"),
            "placement": placed(unet),
            "forwards": [forward(grad=False, training=False)],
            "memory": [memory],
            "backwards": 0,
            "optimizer_steps": 0,
            "last_backward_place": None,
        }
        return self.advise(build, "half-inference", make, source, **{**values, **more})

    def test_half_weights_of_a_pipeline(self, build):
        make = self.PIPE.replace('.to("cuda")', "")
        advice = self.drawn(build, make)
        assert advice.title == "`pipe.unet` would take 512 MiB less in bfloat16."
        assert "With `torch_dtype=torch.bfloat16` in `from_pretrained` they take" in (
            advice.explanation
        )
        assert '("a/model", torch_dtype=torch.bfloat16)' in fixed(advice, make)

    def test_half_weights_of_a_pipeline_that_is_moved_at_once(self, build):
        advice = self.drawn(build, self.PIPE)
        assert '("a/model", torch_dtype=torch.bfloat16).to("cuda")' in fixed(advice, self.PIPE)

    def test_half_weights_of_an_evaluation(self, build):
        source = "trainer.predict(data)\n"
        places = partial(below, function="Trainer.predict")
        advice = self.drawn(build, ARGS, source, places=places)
        assert "bf16_full_eval=True)" in fixed(advice, ARGS)

    def test_silent_about_a_pipeline_in_half_precision(self, build):
        forwards = [forward(grad=False, training=False, dtype="bfloat16")]
        assert self.drawn(build, self.PIPE, forwards=forwards) is None

    def test_no_autocast_around_a_librarys_loop(self, build):
        wide = [build.memory(before=2 * GIB, after=2 * GIB, peak=3 * GIB, total=80 * GIB)]
        values = {
            "placement": placed(module("trainer.model", dtypes={"float32": GIB})),
            "forwards": [forward(grad=False, training=False)],
            "memory": wide,
            "lines": [line_cost(1)],
            "backwards": 0,
            "optimizer_steps": 0,
        }
        assert self.advise(build, "autocast-inference", **values) is None


class TestClipping:
    RULE = "unscale-before-clip"
    CALL = "torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)\n"

    def clipped(self, build, source, places):
        record = build.record(source, "train", places=places, clips=9, clips_scaled=9)
        record.grad.clip_place = len(places) - 1
        return record

    @pytest.mark.parametrize(
        ("make", "train", "places", "said"),
        [
            (LIGHT, FIT, lightning, "`gradient_clip_val=0.5` in `Trainer`"),
            (ARGS, TRAIN, below, "`max_grad_norm=0.5` in `TrainingArguments`"),
        ],
    )
    def test_the_library_divides_first(self, build, make, train, places, said):
        hook = f"import torch\ndef hook(model):\n    {self.CALL}"
        setup = build.record(make, "make"), build.record(hook, "hook")
        source = f"model.hook = hook\n{train}hook(model)\n"
        advice = only(build, self.RULE, *setup, self.clipped(build, source, places(source, line=2)))
        assert advice.fix is None
        assert advice.refusal == (
            f"Leave this call out and set {said}: the library divides the gradients first."
        )

    @pytest.mark.parametrize(
        ("backward", "said"),
        [
            ("accelerator.backward(loss)", "Call `accelerator.clip_grad_norm_` instead"),
            ("scaler.scale(loss).backward()", "Call scaler.unscale_(optimizer) above"),
        ],
    )
    def test_accelerate_has_a_function_of_that_name(self, build, backward, said):
        make = build.record("import torch, accelerate\naccelerator = accelerate.Accelerator()\n")
        source = f"for x in loader:\n    {backward}\n    {self.CALL}    optimizer.step()\n"
        place = Place(parent=None, kind="cell", line=3, source_hash=source_hash(source))
        advice = only(build, self.RULE, make, self.clipped(build, source, [place]))
        assert advice.refusal.startswith(said)


class TestOutputsOfAnEvaluation:
    RULE = "vram-near-limit"
    EVALUATE = "result = trainer.predict(held)\n"

    def near(self, build, make=ARGS, grad=False, **more):
        one = forward(1, grad=grad)
        memory = [build.memory(before=3 * GIB, after=3 * GIB, peak=15 * GIB, total=16 * GIB)]
        values = {"forwards": [one], "memory": memory, "places": below(self.EVALUATE)}
        run = build.record(self.EVALUATE, "predict", **{**values, **more})
        return only(build, self.RULE, build.record(make, "make"), run).explanation

    def test_can_go_to_the_host(self, build):
        assert (
            "The library keeps the outputs of all batches on cuda:0 until the evaluation has "
            "ended; `eval_accumulation_steps=1` in `TrainingArguments` takes them to the host"
        ) in self.near(build)

    @pytest.mark.parametrize(
        "more",
        [
            {"make": ARGS.replace("32", "32, eval_accumulation_steps=4")},
            {"grad": True},
            {"backwards": 3},
            {"places": below(EVALUATE, package="torch", function="Module")},
        ],
    )
    def test_silent(self, build, more):
        assert "eval_accumulation_steps" not in self.near(build, **more)

    def test_are_told_as_measured(self, build):
        said = self.near(build, evaluations=[self.measured()], backwards=3)
        assert "keeps the outputs of 40 batches, 3 GiB, on cuda:0 until" in said

    @pytest.mark.parametrize("more", [{"host_each": 4}, {"gathered_bytes": 1000}])
    def test_are_too_little_as_measured(self, build, more):
        assert "eval_accumulation_steps" not in self.near(
            build, evaluations=[self.measured(**more)]
        )

    def measured(self, **more):
        values = {
            "library": "transformers",
            "device": CUDA,
            "calls": 1,
            "gathered_bytes": 3 * GIB,
            "batches": 40,
            "allocated_bytes": 8 * GIB,
            "joined": True,
            "host_each": None,
            "failed": False,
            "peak_bytes": 15 * GIB,
            "place": 1,
        }
        return Evaluation(**{**values, **more})
