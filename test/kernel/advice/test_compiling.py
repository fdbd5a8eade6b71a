"""Advice on layout, compilation and cuDNN, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import at, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    DataLoading,
    DeepCompilation,
    DeepLine,
    DeepProfile,
    DeepStep,
    DeepWindow,
    Forwards,
    Layers,
    LineCost,
    Optimizer,
    PlacedModule,
    Placement,
    RaisedWarning,
)

SETUP = "import torch\nfrom torch import nn\nmodel = Net().to(device)\n"
PREDICT = "with torch.no_grad():\n    out = model(x)\n"
TRAIN = "for x, y in loader:\n    loss = f(model(x), y)\n    loss.backward()\n    opt.step()\n"


def placed(name="model", kind="Net"):
    module = PlacedModule(
        path=name,
        class_name=kind,
        training=False,
        parameters=8,
        parameter_bytes=32,
        buffer_bytes=0,
        gradient_bytes=0,
    )
    return Placement(torch_name="torch", modules=[module])


def ran(shapes=1, layers=None, **more):
    values = {
        "place": at(2),
        "module": "Net",
        "calls": 40,
        "grad": False,
        "inference": False,
        "training": False,
        "device": "cuda:0",
        "shapes": [[4, 3, 32 + n, 32] for n in range(shapes)],
        "looked_at": 40,
        "layers": layers or Layers(convs=4, convs_2d=4),
    }
    return Forwards(**{**values, **more})


machine = partial(
    builders.machine,
    accelerator="cuda",
    device_count=1,
    capability=[8, 0],
    cudnn_benchmark=False,
)


@pytest.fixture
def setup(build):
    return build.record(SETUP, "setup")


class TestCudnnBenchmark:
    def predicted(self, build, entry=None, source=PREDICT, **more):
        values = {"duration_s": 2.0, "torch": machine(), "forwards": [entry or ran()]}
        return build.record(source, "run", **{**values, **more})

    def test_turns_it_on(self, build, setup):
        advice = only(build, "cudnn-benchmark", setup, self.predicted(build))
        assert advice.severity == "low"
        assert advice.prediction is None
        assert advice.title == ("cuDNN does not time its algorithms, although the shapes repeat.")
        assert advice.evidence == [
            "40 forwards of `Net` on line 2 that were looked at had 1 input shape.",
            "The run took 2 s.",
        ]
        assert advice.code_cell_id == "setup"
        fixed = apply_edits(SETUP, advice.fix.edits)
        assert fixed.splitlines()[2] == "torch.backends.cudnn.benchmark = True"
        assert not advice.fix.safe

    def test_fires_at_three_shapes(self, build, setup):
        assert only(build, "cudnn-benchmark", setup, self.predicted(build, ran(shapes=3)))

    def test_turns_it_off(self, build):
        source = "import torch\ntorch.backends.cudnn.benchmark = True\n"
        first = build.record(source, "setup")
        run = self.predicted(build, ran(shapes=12), torch=machine(cudnn_benchmark=True))
        advice = only(build, "cudnn-benchmark", first, run)
        assert "each of 12 shapes" in advice.title
        assert advice.lines == [2]
        assert "benchmark = False\n" in apply_edits(source, advice.fix.edits)

    @pytest.mark.parametrize(
        "more",
        [
            {"torch": machine(deterministic=True)},
            {"torch": machine(cudnn_benchmark=None)},
            {"torch": machine(cudnn_benchmark=True)},
            {"duration_s": 0.5},
            {"status": "error"},
            {"entry": ran(shapes=4)},
            {"entry": ran(shapes=0)},
            {"entry": ran(looked_at=7)},
            {"entry": ran(device="cpu")},
            {"entry": ran(layers=Layers(linears=4))},
            {"source": "torch.backends.cudnn.benchmark = False\nout = model(x)\n"},
            {"source": "torch.backends.cudnn.deterministic = False\nout = model(x)\n"},
        ],
    )
    def test_silent(self, build, setup, more):
        assert only(build, "cudnn-benchmark", setup, self.predicted(build, **more)) is None

    def test_silent_where_it_is_on_by_other_means(self, build, setup):
        run = self.predicted(build, ran(shapes=12), torch=machine(cudnn_benchmark=True))
        assert only(build, "cudnn-benchmark", setup, run) is None


class TestChannelsLast:
    def predicted(self, build, entry=None, source=PREDICT, **more):
        values = {"duration_s": 2.0, "torch": machine(), "placement": placed()}
        values["forwards"] = [entry or ran(autocast="bfloat16")]
        return build.record(source, "run", **{**values, **more})

    def test_fires(self, build, setup):
        advice = only(build, "channels-last", setup, self.predicted(build))
        assert advice.severity == "low"
        assert advice.title == "The convolutions of `model` do not have their channels last."
        assert advice.evidence[0].startswith("None of the 4 2-D convolutions of `Net`")
        assert advice.evidence[1].startswith("At least 40 forwards")
        assert advice.lines == [3]
        fixed = apply_edits(SETUP, advice.fix.edits)
        assert fixed == SETUP + "model = model.to(memory_format=torch.channels_last)\n"
        assert not advice.fix.safe

    def test_refuses_at_the_place_of_the_change(self, build):
        made = build.record("net = Net()\nmodel = net\n", "made")
        run = self.predicted(build, placement=Placement(torch_name=None, modules=placed().modules))
        advice = only(build, "channels-last", made, run)
        assert advice.refusal.startswith("No cell imports torch")
        assert (advice.code_cell_id, advice.lines) == ("made", [2])

    def test_refuses_where_view_is_called(self, build, setup):
        run = self.predicted(build, source=PREDICT + "flat = out.view(4, -1)\n")
        advice = only(build, "channels-last", setup, run)
        assert advice.fix is None
        assert ".reshape()" in advice.refusal

    @pytest.mark.parametrize(
        "more",
        [
            {"torch": machine(capability=[6, 1])},
            {"torch": machine(capability=None)},
            {"duration_s": 0.5},
            {"entry": ran()},
            {"entry": ran(autocast="bfloat16", calls=7)},
            {"entry": ran(autocast="bfloat16", layers=Layers(convs=4, convs_2d=3))},
            {
                "entry": ran(
                    autocast="bfloat16",
                    layers=Layers(convs=4, convs_2d=4, convs_2d_channels_last=1),
                )
            },
            {"source": "x = x.to(memory_format=torch.channels_last)\n\nout = model(x)\n"},
            {"placement": Placement(torch_name="torch")},
        ],
    )
    def test_silent(self, build, setup, more):
        assert only(build, "channels-last", setup, self.predicted(build, **more)) is None


class TestTorchCompile:
    def trained(
        self, build, entry=None, source=TRAIN, *, busy=0.4, lines=(2, 3, 4), steps=900, **more
    ):
        memory = build.memory()
        memory.utilisation = busy
        optimizer = Optimizer(variable="opt", class_name="SGD", steps=steps, module="model")
        values = {
            "duration_s": 20.0,
            "memory": [memory],
            "placement": placed(),
            "forwards": [entry or ran(grad=True)],
            "optimizers": [optimizer],
            "optimizer_steps": steps,
            "last_backward_place": at(3),
            "last_step_place": at(4),
            "lines": [
                LineCost(line=n, time_share=0.3, host_growth_bytes=0, device_growth_bytes=0)
                for n in lines
            ],
        }
        return build.record(source, "run", **{**values, **more})

    def test_fires(self, build, setup):
        advice = only(build, "torch-compile", setup, self.trained(build))
        assert advice.severity == "low"
        assert advice.title == "cuda:0 was busy for 40% of the time that `model` ran."
        assert advice.prediction is None
        assert advice.evidence[0] == (
            "Line 2 ran at least 900 forwards; the 40 that were looked at had 1 input shape."
        )
        assert apply_edits(SETUP, advice.fix.edits) == SETUP + "model.compile()\n"

    def test_a_pattern_is_no_model(self, build, setup):
        words = "import re as r\nwords = r.compile('[a-z]+')\n"
        advice = only(
            build, "torch-compile", setup, build.record(words, "words"), self.trained(build)
        )
        assert advice.fix is not None

    def test_fires_in_inference(self, build, setup):
        loading = DataLoading(
            variable="loader",
            dataset="TensorDataset",
            dataset_in_notebook=False,
            workers=0,
            pin_memory=False,
            prefetch_factor=None,
            persistent_workers=False,
            batch_size=8,
            start_method=None,
            place=at(1),
            iterators=1,
            batches=300,
            startup_s=0.0,
            wait_s=0.5,
            first_wait_s=0.1,
        )
        entry = ran(grad=False)
        more = {"optimizers": [], "steps": 0, "lines": (2, 3)}
        run = self.trained(build, entry, data_loading=[loading], **more)
        advice = only(build, "torch-compile", setup, run)
        assert advice is None  # the forward's line has a third of the samples only
        run = self.trained(build, entry, data_loading=[loading], **{**more, "lines": (2, 2)})
        assert "300 forwards" in only(build, "torch-compile", setup, run).evidence[0]
        loading.wait_s = 3.0
        run = self.trained(build, entry, data_loading=[loading], **{**more, "lines": (2, 2)})
        assert only(build, "torch-compile", setup, run) is None

    def test_refuses_where_nothing_makes_the_model(self, build):
        advice = only(build, "torch-compile", self.trained(build))
        assert advice.fix is None
        assert advice.refusal.startswith("Call `model.compile()` where it is made")

    @pytest.mark.parametrize(
        "more",
        [
            {"busy": None},
            {"busy": 0.7},
            {"duration_s": 9.0},
            {"steps": 199},
            {"lines": ()},
            {"lines": (1, 5, 6)},
            {"entry": ran(grad=True, shapes=3)},
            {"entry": ran(grad=True, looked_at=7)},
            {"entry": ran(grad=True, device="cpu")},
            {"entry": ran(grad=True, layers=Layers(linears=2, compiled=True))},
            {"source": TRAIN + "fast = torch.compile(other)\n"},
            {"source": TRAIN + "other.compile()\n"},
            {"source": TRAIN + "@torch.compile\ndef g(x): return x\n"},
        ],
    )
    def test_silent(self, build, setup, more):
        assert only(build, "torch-compile", setup, self.trained(build, **more)) is None

    def test_silent_where_another_cell_s_function_does_the_work(self, build, setup):
        define = build.record("def fit(model):\n    prepare()\n    model(x)\n", "define")
        run = self.trained(build, source="x = 1\nfit(model)\n\n\n")
        assert only(build, "torch-compile", setup, define, run) is None

    def test_counts_the_steps_of_the_model_s_own_optimizer(self, build, setup):
        other = Optimizer(variable="o", class_name="SGD", steps=900, module="critic")
        mine = Optimizer(variable="p", class_name="SGD", steps=100, module="model")
        run = self.trained(build, optimizers=[other, mine])
        assert only(build, "torch-compile", setup, run) is None


SIZES = (
    "torch._dynamo hit config.recompile_limit (8)\n   function: 'd' (/tmp/a.py:9)\n"
    "   last reason: 0/7: tensor 'x' size mismatch at index 0. expected 9, actual 10\n"
    'To log all recompilation reasons, use TORCH_LOGS="recompiles".'
)
VALUES = (
    "torch._dynamo hit config.recompile_limit (8)\n   function: 'e' (/tmp/a.py:13)\n"
    "   last reason: 0/7: flag == 'aaa'        # def e(x, flag): return x.size()  # a.py:14 in e"
)


class TestRecompileStorm:
    define = "import torch\nfast = torch.compile(model)\n"

    def stormed(self, build, message=SIZES, category="log", source="fast(x)\n"):
        warnings = [RaisedWarning(category=category, message=message, place=at(1))]
        return build.record(source, "run", warnings=warnings)

    def test_fires(self, build):
        define = build.record(self.define, "define")
        advice = only(build, "recompile-storm", define, self.stormed(build))
        assert advice.severity == "medium"
        assert advice.evidence == [
            "The compiler said: torch._dynamo hit config.recompile_limit (8).",
            "Its last reason: tensor 'x' size mismatch at index 0. expected 9, actual 10.",
        ]
        assert advice.code_cell_id == "define"
        fixed = apply_edits(self.define, advice.fix.edits)
        assert fixed.splitlines()[1] == "fast = torch.compile(model, dynamic=True)"

    def test_refuses_where_no_size_is_to_blame(self, build):
        define = build.record(self.define, "define")
        advice = only(build, "recompile-storm", define, self.stormed(build, VALUES))
        assert advice.fix is None
        assert "dynamic=True would not help" in advice.refusal
        assert advice.evidence[1] == "Its last reason: flag == 'aaa'."

    @pytest.mark.parametrize(
        "source",
        [
            "import torch\nfast = torch.compile(model)\nother = torch.compile(net)\n",
            "import torch\nfast = torch.compile(model, dynamic=False)\n",
            "import torch\n@torch.compile\ndef fast(x): return x\n",
        ],
    )
    def test_refuses_where_the_call_is_unclear(self, build, source):
        advice = only(build, "recompile-storm", build.record(source, "a"), self.stormed(build))
        assert advice.fix is None
        assert advice.refusal

    def test_others_compile_too(self, build):
        """A decorator compiles the function; the only call of that name is of a pattern."""
        source = "import regex\n@torch.compile\ndef fast(x): return x\np = regex.compile('a')\n"
        advice = only(build, "recompile-storm", build.record(source, "a"), self.stormed(build))
        assert advice.fix is None
        define = build.record("model.compile()\np = regex.compile('a')\n", "define")
        define.placement = placed()
        advice = only(build, "recompile-storm", define, self.stormed(build))
        fixed = apply_edits(define.source, advice.fix.edits)
        assert fixed == "model.compile(dynamic=True)\np = regex.compile('a')\n"

    @pytest.mark.parametrize(
        ("category", "message"),
        [
            ("UserWarning", SIZES),
            ("log", "torch._dynamo: backend compiler failed"),
            ("log", ""),
            ("FutureWarning", "`torch.jit.trace` is deprecated."),
        ],
    )
    def test_silent(self, build, category, message):
        define = build.record(self.define, "define")
        run = self.stormed(build, message, category)
        assert only(build, "recompile-storm", define, run) is None


class TestGraphBreak:
    source = "for step in range(9):\n    y = fast(x)\n    print(y)\n"

    def broken(self, build, *, whole=True, steps=3, ran=(1, 2, 3), **more):
        one = {"kind": "break", "place": at(2), "function": "forward", "reason": "No `print`."}
        deep = DeepProfile(
            steps_asked=steps,
            window=DeepWindow(begin_s=0, end_s=1, whole_steps=whole),
            steps=[DeepStep(duration_s=0.1)] * steps,
            lines=[DeepLine(place=at(line)) for line in ran],
            compiler=[DeepCompilation(**{**one, "hints": ["Avoid it."], **more})],
        )
        return build.record(self.source, "run", deep=deep)

    def test_fires(self, build):
        advice = only(build, "graph-break", self.broken(build))
        assert advice.severity == "low"
        assert advice.evidence == [
            "Of line 2 of `forward` the compiler said: No `print`.",
            "The line ran in the 3 steps that were recorded.",
        ]
        assert (advice.fix, advice.refusal) == (None, "The compiler's hint: Avoid it.")
        assert advice.lines == [2]

    @pytest.mark.parametrize(
        "change",
        [
            {"whole": False},
            {"steps": 2},
            {"ran": (1, 3)},
            {"kind": "recompiled"},
            {"place": None},
            {"reason": ""},
            {"reason": "Skip calling `torch.compiler.disable()`d function"},
            {"reason": "Call to `torch._dynamo.graph_break()`"},
        ],
    )
    def test_silent(self, build, change):
        assert only(build, "graph-break", self.broken(build, **change)) is None


def guard(check: str) -> str:
    """As the compiler tells it, with the line that it is of."""
    return f"{check}            # return x * n  # nn/a.py:3 in f"


COUNTER = (
    "self.step == {}      # self.step += 1  # a.py:21 in forward (HINT: torch.compile considers "
    "integer attributes of the nn.Module to be static."
)


class TestRecompileCause:
    source = "import torch\nfast = torch.compile(model)\nfor x in xs:\n    fast(x)\n"

    def compiled(self, build, *reasons, seconds=0.2, source=source, **more):
        entries = [
            DeepCompilation(
                kind="recompiled", place=at(4), function="forward", reason=reason, seconds=seconds
            )
            for reason in reasons
        ]
        window = DeepWindow(begin_s=0, end_s=1, whole_steps=True)
        deep = DeepProfile(steps_asked=3, window=window, compiler=entries)
        return build.record(source, "run", deep=deep, **more)

    def test_a_counter_of_a_module(self, build):
        run = self.compiled(build, *(COUNTER.format(step) for step in range(4)))
        advice = only(build, "recompile-cause", run)
        assert advice.title == (
            "`forward` was compiled again 4 times, as the attribute `self.step` changed."
        )
        assert advice.evidence[1] == "It had been compiled for 0, 1, 2, …; then another value came."
        assert "allow_unspec_int_on_nn_module" in advice.refusal
        assert advice.prediction.before - advice.prediction.after == pytest.approx(0.8)

    def test_a_size_gets_the_fix_of_the_storm(self, build):
        sizes = (f"tensor 'x' size mismatch at index 0. expected {n}, actual 9" for n in (3, 4, 5))
        advice = only(build, "recompile-cause", self.compiled(build, *sizes))
        assert "size 0 of `x`" in advice.title
        assert "torch.compile(model, dynamic=True)" in apply_edits(self.source, advice.fix.edits)

    @pytest.mark.parametrize(
        ("check", "words", "remedy"),
        [
            ("G['N'] == {}", "the global variable `N`", "as an argument"),
            ("G['state'].epoch == {}", "the attribute `G['state'].epoch`", "make it a tensor"),
            ("scale == {}.5", "the value of `scale`", "make it a tensor"),
            ("mode == 'a{}'", "the value of `mode`", "outside of what is compiled"),
            ("len(G['xs']) == {}", "the length of `xs`", "into one tensor"),
            ("tensor 'x' rank mismatch. expected {}, actual 9", "the rank of `x`", "one rank"),
        ],
    )
    def test_what_changes_is_told(self, build, check, words, remedy):
        run = self.compiled(build, *(guard(check.format(n)) for n in range(3)))
        advice = only(build, "recompile-cause", run)
        assert f"as {words} changed." in advice.title
        assert remedy in advice.refusal and advice.fix is None

    def test_the_storm_tells_it_too_and_alone(self, build):
        message = VALUES.replace("flag == 'aaa'", COUNTER.format(7))
        warnings = [RaisedWarning(category="log", message=message, place=at(4))]
        reasons = [COUNTER.format(step) for step in range(8)]
        run = self.compiled(build, *reasons, warnings=warnings)
        assert only(build, "recompile-cause", run) is None
        advice = only(build, "recompile-storm", run)
        assert "No size made it start over but the attribute `self.step`" in advice.refusal
        assert "allow_unspec_int_on_nn_module" in advice.refusal

    @pytest.mark.parametrize(
        "reasons",
        [
            [],
            ["", "", ""],
            ["GLOBAL_STATE changed: grad_mode "] * 3,
            [guard("G['N'] == 1"), guard("G['N'] == 2")],
            [guard("G['N'] == 1"), guard("G['M'] == 2"), guard("a == 3")],
        ],
    )
    def test_silent(self, build, reasons):
        assert only(build, "recompile-cause", self.compiled(build, *reasons)) is None

    def test_silent_about_little(self, build):
        reasons = [COUNTER.format(step) for step in range(3)]
        run = self.compiled(build, *reasons, seconds=0.01)
        assert only(build, "recompile-cause", run) is None


class TestJitTraceDeprecated:
    def warned(self, build, name="trace", source="import torch\nt = torch.jit.trace(model, x)\n"):
        message = f"`torch.jit.{name}` is deprecated. Please switch to `torch.compile`."
        warnings = [RaisedWarning(category="DeprecationWarning", message=message, place=at(2))]
        return build.record(source, "run", warnings=warnings)

    def test_fires(self, build):
        advice = only(build, "jit-trace-deprecated", self.warned(build))
        assert advice.severity == "low"
        assert advice.lines == [2]
        assert advice.evidence == ["PyTorch warned: `torch.jit.trace` is deprecated."]
        assert advice.fix is None
        assert advice.refusal
        assert "torch.export.export" in advice.explanation

    def test_fires_for_a_decorator(self, build):
        source = "import torch\n@torch.jit.script\ndef f(x): return x\n"
        assert only(build, "jit-trace-deprecated", self.warned(build, "script", source))

    @pytest.mark.parametrize("name", ["script_method", "trace_method", "interface"])
    def test_silent_for_what_the_compiler_uses_itself(self, build, name):
        assert only(build, "jit-trace-deprecated", self.warned(build, name)) is None

    def test_silent_where_a_package_uses_it(self, build):
        run = self.warned(build, source="import package\npackage.load()\n")
        assert only(build, "jit-trace-deprecated", run) is None

    def test_silent_without_the_warning(self, build):
        record = build.record("import torch\nt = torch.jit.trace(model, x)\n")
        assert only(build, "jit-trace-deprecated", record) is None


class TestFuseConvBn:
    layers = Layers(convs=4, convs_2d=4, batchnorms=4, conv_bn_pairs=4)

    def predicted(self, build, entry=None, source=PREDICT, share=0.9, **more):
        lines = [LineCost(line=2, time_share=share, host_growth_bytes=0, device_growth_bytes=0)]
        values = {"duration_s": 2.0, "placement": placed(), "lines": lines}
        values["forwards"] = [entry or ran(layers=self.layers)]
        return build.record(source, "run", **{**values, **more})

    def test_fires(self, build, setup):
        advice = only(build, "fuse-conv-bn", setup, self.predicted(build))
        assert advice.severity == "low"
        assert advice.title == "4 batch norms of `model` could be folded into convolutions."
        assert advice.evidence == [
            "Line 2 ran 40 forwards without gradients in evaluation mode in about 1.8 s."
        ]
        assert advice.lines == [2]
        assert advice.fix is None
        assert advice.refusal

    def test_fires_in_inference_mode_on_the_cpu(self, build):
        entry = ran(layers=self.layers, grad=True, inference=True, device="cpu")
        assert only(build, "fuse-conv-bn", self.predicted(build, entry))

    def test_silent_for_what_is_trained(self, build, setup):
        optimizer = Optimizer(variable="opt", class_name="SGD", steps=3, module="model")
        before = build.record("opt.step()", "train", optimizers=[optimizer])
        assert only(build, "fuse-conv-bn", setup, before, self.predicted(build)) is None

    def test_taken_back_when_a_later_cell_trains_it(self, build, setup):
        def later(name):
            optimizer = Optimizer(variable="opt", class_name="SGD", steps=3, module=name)
            return build.record("opt.step()", "train", optimizers=[optimizer])

        assert only(build, "fuse-conv-bn", setup, self.predicted(build), later("model")) is None
        assert only(build, "fuse-conv-bn", setup, self.predicted(build), later("other"))

    @pytest.mark.parametrize(
        "more",
        [
            {"share": 0.4},
            {"duration_s": 0.9},
            {"entry": ran()},
            {"entry": ran(layers=layers, grad=True)},
            {"entry": ran(layers=layers, training=True)},
            {"entry": ran(layers=Layers(convs=4, conv_bn_pairs=4, batchnorms_training=1))},
            {"entry": ran(layers=Layers(convs=4, conv_bn_pairs=4, compiled=True))},
            {"entry": ran(layers=Layers(convs=4, conv_bn_pairs=4, quantized=True))},
            {"source": "from m import fuse_conv_bn_eval\nout = model(x)\n"},
        ],
    )
    def test_silent(self, build, setup, more):
        assert only(build, "fuse-conv-bn", setup, self.predicted(build, **more)) is None
