"""Advice from the operators of deep profiles, on records built by hand."""

from __future__ import annotations

from typing import Any

import pytest
from builders import at, fixed, machine, only
from jupyterlab_torchprof.record import (
    CellRecord,
    DeepCheckpoint,
    DeepHeld,
    DeepInput,
    DeepLine,
    DeepMemory,
    DeepMoment,
    DeepOperator,
    DeepPart,
    DeepProfile,
    DeepReplay,
    DeepStep,
    DeepWindow,
    DeepWork,
    MemoryEntry,
    Optimizer,
    ParameterGroup,
    PlacedModule,
    Placement,
)

MADE = "optimizer = torch.optim.Adam(model.parameters(), lr=0.1)\n"
TRAIN = "for x in loader:\n    model(x).sum().backward()\n    optimizer.step()\n"


def deep(*, steps: int = 5, step_s: float = 0.1, whole: bool = True, **more: Any) -> DeepProfile:
    """Steps of 20 % optimizer and 30 % backward."""
    phases = {"optimizer": 0.2 * step_s, "backward": 0.3 * step_s, "forward": 0.5 * step_s}
    return DeepProfile(
        steps_asked=5,
        window=DeepWindow(begin_s=0.0, end_s=steps * step_s, whole_steps=whole),
        steps=[DeepStep(duration_s=step_s, phases=phases) for _ in range(steps)],
        **more,
    )


def tried(alternative: str, times: float, **more: Any) -> DeepReplay:
    """An alternative that was so many times faster."""
    values = {
        "original_s": 1e-3,
        "alternative_s": 1e-3 / times,
        "original_spread_s": 1e-6,
        "alternative_spread_s": 1e-6,
        "rounds": 40,
        "threads": 4,
    }
    return DeepReplay(alternative=alternative, **{**values, **more})


def work(kind: str = "operator", name: str = "aten::mm", **more: Any) -> DeepWork:
    """Half a second of a window, in float32 on the CPU."""
    values: dict[str, Any] = {
        "phase": "forward",
        "device": "cpu",
        "inputs": [DeepInput(shape=[8, 64, 16], dtype="float32") for _ in range(3)],
        "calls": 5,
        "total_s": 0.2,
        "place": at(2),
    }
    return DeepWork(kind=kind, name=name, **{**values, **more})


class TestOptimizerSmallOps:
    RULE = "optimizer-small-ops"

    def trained(self, build: Any, profile: DeepProfile, **more: Any) -> CellRecord:
        group = {"lr": 0.1, "weight_decay": 0.0, "parameters": 10, "decoupled_weight_decay": False}
        values: dict[str, Any] = {
            "variable": "optimizer",
            "class_name": "Adam",
            "steps": 50,
            "groups": [ParameterGroup(**{**group, **more.pop("group", {})})],
            "devices": ["cpu"],
            "parameter_bytes": {"float32": 100},
        }
        entry = Optimizer(**{**values, **more})
        return build.record(MADE + TRAIN, optimizers=[entry], deep=profile, optimizer_steps=50)

    def profile(self, each: int = 7, **more: Any) -> DeepProfile:
        rows = [("aten::addcdiv_", "optimizer", each * 50), ("aten::mul_", "forward", 999)]
        operators = [
            DeepOperator(name=name, phase=phase, calls=calls, self_s=0.1, total_s=0.1)
            for name, phase, calls in rows
        ]
        return deep(operators=operators, **more)

    def test_fuses_it(self, build):
        advice = only(build, self.RULE, self.trained(build, self.profile()))
        assert advice.title == (
            "Steps of `optimizer` took 20% of the recorded time, with 7 operators for each "
            "parameter."
        )
        assert advice.lines == [1] and not advice.fix.safe
        assert "lr=0.1, fused=True)" in fixed(advice, MADE + TRAIN)
        assert advice.prediction is None

    def test_promises_what_was_tried(self, build):
        profile = self.profile(work=[work("optimizer", "Adam", replays=[tried("fused", 2.0)])])
        advice = only(build, self.RULE, self.trained(build, profile))
        assert advice.prediction.before - advice.prediction.after == pytest.approx(0.5)
        assert advice.evidence[-1] == "Tried on random numbers, it was 2.0 times faster."
        slow = self.profile(work=[work("optimizer", "Adam", replays=[tried("fused", 1.05)])])
        assert only(build, self.RULE, self.trained(build, slow)) is None

    @pytest.mark.parametrize(
        "more",
        [
            {"devices": ["cuda:0"]},
            {"class_name": "SGD"},
            {"group": {"fused": False}},
            {"group": {"foreach": True}},
            {"parameter_bytes": {"complex64": 100}},
        ],
    )
    def test_is_silent_about_others(self, build, more):
        assert only(build, self.RULE, self.trained(build, self.profile(), **more)) is None

    @pytest.mark.parametrize(
        "profile", [{"each": 5}, {"steps": 2}, {"step_s": 0.03}, {"whole": False}]
    )
    def test_is_silent_about_little(self, build, profile):
        assert only(build, self.RULE, self.trained(build, self.profile(**profile))) is None


class TestAttentionUnfused:
    RULE = "attention-unfused"
    SOURCE = "def forward(q, k, v):\n    w = softmax(q @ k.mT, -1)\n    y = w @ v\n    return y\n"

    def computed(self, build: Any, source: str = SOURCE, **more: Any) -> CellRecord:
        values = {"alternatives": ["sdpa"], "backward_s": 0.1, "device": "cuda:0"}
        found = work("attention", "attention", **{**values, **more})
        return build.record(source, deep=deep(work=[found]), optimizer_steps=50)

    def test_names_the_line(self, build):
        advice = only(build, self.RULE, self.computed(build))
        assert advice.title == "Attention in single operators took 60% of the recorded time."
        assert advice.lines == [2] and "scaled_dot_product_attention" in advice.refusal
        assert advice.prediction is None

    def test_promises_what_was_tried(self, build):
        advice = only(build, self.RULE, self.computed(build, replays=[tried("sdpa", 3.0)]))
        assert advice.prediction.after == 0.0  # more than the run took, as it was cut
        assert only(build, self.RULE, self.computed(build, replays=[tried("sdpa", 1.0)])) is None

    @pytest.mark.parametrize("end", ["return y, w", "cache.append(w)", "self.w = w.detach()"])
    def test_is_silent_where_the_weights_are_wanted(self, build, end):
        source = self.SOURCE.replace("return y", end)
        assert only(build, self.RULE, self.computed(build, source)) is None

    def test_follows_their_names(self, build):
        source = self.SOURCE.replace("y = w @ v", "d = drop(w)").replace("return y", "return d")
        assert only(build, self.RULE, self.computed(build, source)) is None

    def test_speaks_of_a_library_in_its_words(self, build):
        advice = only(build, self.RULE, self.computed(build, "for x in loader:\n    y = net(x)\n"))
        assert "need_weights=False" in advice.refusal
        source = "for x in loader:\n    y, w = attention(x, x, x)\n    print(w.mean())\n"
        assert only(build, self.RULE, self.computed(build, source)) is None

    def test_waits_for_a_try_on_the_cpu(self, build):
        assert only(build, self.RULE, self.computed(build, device="cpu")) is None
        for times, is_said in ((1.0, False), (1.5, True)):
            tries = [tried("sdpa", times)]
            found = only(build, self.RULE, self.computed(build, device="cpu", replays=tries))
            assert (found is not None) == is_said

    @pytest.mark.parametrize("more", [{"alternatives": []}, {"total_s": 0.01, "backward_s": 0.0}])
    def test_is_silent_about_the_rest(self, build, more):
        assert only(build, self.RULE, self.computed(build, **more)) is None


class TestSmallOpLoop:
    RULE = "small-op-loop"

    def looped(self, build: Any, body: str, head: str = "for i in range(n):", **more: Any) -> Any:
        source = f"for x in loader:\n    {head}\n        {body}\n"
        values = {"host_s": 0.1, "operators_s": 0.01, "calls": 2000, "entered": 1000}
        values |= {"alike": 300, "looked_at": 310}
        line = DeepLine(place=at(3), **{**values, **more})
        return only(build, self.RULE, build.record(source, deep=deep(lines=[line])))

    def test_names_the_loop(self, build):
        advice = self.looped(build, "rows.append(x[i].exp())")
        assert advice.lines == [2] and "`torch.stack`" in advice.refusal
        assert advice.evidence[1] == "2,000 operators in 1,000 passes took 5 µs each."

    @pytest.mark.parametrize("body", ["s += x[i].exp()", "s = s + x[i].exp()", "y[i] = x[i].exp()"])
    def test_a_sum_is_no_recurrence(self, build, body):
        assert self.looped(build, body) is not None

    @pytest.mark.parametrize(
        "body",
        [
            "h = torch.tanh(w @ h)",
            "y[i] = y[i - 1] * 2",
            "s += x[i] * s",
            "rows.append(rows[-1] + x[i])",
            "h.mul_(0.9).add_(h)",
            "net(x[i]).sum().backward()",
        ],
    )
    def test_is_silent_about_recurrences(self, build, body):
        assert self.looped(build, body) is None

    @pytest.mark.parametrize("head", ["while n:", "for p in net.parameters():"])
    def test_is_silent_about_other_loops(self, build, head):
        assert self.looped(build, "y.append(x.exp())", head) is None

    @pytest.mark.parametrize(
        "more",
        [
            {"alike": 200},
            {"looked_at": 0},
            {"operators_s": 0.05},
            {"host_s": 0.02},
            {"entered": 200},
            {"calls": 0},
        ],
    )
    def test_is_silent_without_evidence(self, build, more):
        assert self.looped(build, "rows.append(x[i].exp())", **more) is None


def peak(nbytes: int) -> DeepMoment:
    """What stood, or would."""
    return DeepMoment(
        at_s=0.0,
        phase="backward",
        parts=[DeepPart(category="activations", held_bytes=nbytes, blocks=1)],
    )


class TestActivationsByLine:
    RULE = "activations-by-line"

    def trained(self, build: Any, source: str = TRAIN, total: int = 1000, **more: Any) -> Any:
        held = DeepHeld(place=at(2), phase="forward", held_bytes=400, blocks=7)
        values = {"device": "cpu", "peak_bytes": 800, "peak_s": 0.1, "end_bytes": 0}
        values["checkpoints"] = more.pop("checkpoints", [])
        values["moments"] = [peak(900)]
        memory = DeepMemory(**values, held=[DeepHeld(**{**_fields(held), **more})])
        host = MemoryEntry(
            device="host",
            allocated_before_bytes=0,
            allocated_after_bytes=0,
            peak_bytes=900,
            peak_is="exact",
            total_bytes=total,
        )
        lines = [DeepLine(place=at(2), host_s=0.05)]
        profile = deep(memory=[memory], lines=lines)
        return only(build, self.RULE, build.record(source, deep=profile, memory=[host]))

    def test_names_the_line_and_what_it_costs_again(self, build):
        advice = self.trained(build)
        assert advice.title == "One line's activations are 50% of the peak on the host: 400 B."
        assert advice.lines == [2] and "takes 10 ms in each step" in advice.explanation
        assert len(advice.evidence) == 1

    def test_names_the_modules_and_the_peak_that_is_left(self, build):
        modules = ["Net.a.0", "Net.a.1", "Net.a.2"]
        way = DeepCheckpoint(
            modules=modules, calls=3, again_s=0.02, moments=[peak(500)], least=[peak(450)]
        )
        assert self.trained(build, checkpoints=[way]).evidence[1] == (
            "With checkpoints of `Net.a.0` and 2 other modules the peak of a step, 900 B with "
            "what stood before, would be between 450 B and 500 B, and 20 ms of forwards would run "
            "twice in it."
        )

    @pytest.mark.parametrize(
        "more",
        [
            {"total": 2000},
            {"held_bytes": 300},
            {"phase": "optimizer"},
            {"source": "from torch.utils.checkpoint import checkpoint\ny = checkpoint(f, x)\n"},
        ],
    )
    def test_is_silent_otherwise(self, build, more):
        assert self.trained(build, **more) is None


def _fields(part: Any) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.__struct_fields__}


class TestReplayed:
    @pytest.mark.parametrize(
        ("rule", "alternative", "least"),
        [
            ("fp32-gemm", "bfloat16", 1.5),
            ("fewer-threads", "fewer_threads", 1.15),
            ("gemm-alignment", "padded", 1.1),
        ],
    )
    def test_speaks_when_it_was_tried_and_paid(self, build, rule, alternative, least):
        def advised(*replays: DeepReplay) -> Any:
            found = work(alternatives=[alternative], replays=list(replays))
            record = build.record(
                TRAIN, deep=deep(work=[found]), optimizer_steps=5, torch=machine(num_threads=4)
            )
            return only(build, rule, record)

        assert advised() is None
        assert advised(tried(alternative, least - 0.05)) is None
        assert advised(tried("channels_last", 9.0)) is None
        advice = advised(tried(alternative, 2.0))
        assert advice.lines == [2] and advice.fix is None
        assert advice.prediction.before - advice.prediction.after == pytest.approx(0.1)
        noisy = tried(alternative, 2.0, original_spread_s=1e-3, rounds=5)
        assert advised(noisy) is None

    def test_threads_only_where_no_try_says_otherwise(self, build):
        works = [work(replays=[tried("fewer_threads", times)]) for times in (2.0, 0.5)]
        assert only(build, "fewer-threads", build.record(TRAIN, deep=deep(work=works))) is None


class TestPointwiseChain:
    RULE = "pointwise-chain"

    def computed(self, build: Any, source: str = TRAIN, **more: Any) -> Any:
        values = {"operators": 6, "moved_bytes": 5 << 20, "backward_s": 0.1}
        found = work("pointwise", "pointwise", **{**values, **more})
        return only(build, self.RULE, build.record(source, deep=deep(work=[found])))

    def test_names_the_line_and_the_traffic(self, build):
        advice = self.computed(build)
        assert advice.title == "6 elementwise operators in a row took 60% of the recorded time."
        assert "is 1 MiB in each step" in advice.explanation
        assert advice.lines == [2] and "@torch.compile" in advice.refusal

    @pytest.mark.parametrize(
        "more",
        [
            {"operators": 4},
            {"total_s": 0.05, "backward_s": 0.02},
            {"source": "net = torch.compile(net)\n" + TRAIN},
            {"source": "net.compile()\n" + TRAIN},
        ],
    )
    def test_is_silent_otherwise(self, build, more):
        assert self.computed(build, **more) is None


class TestCastChurn:
    RULE = "cast-churn"

    def predicted(self, build: Any, **more: Any) -> Any:
        net = PlacedModule(
            path="net",
            class_name="Net",
            training=False,
            parameters=250,
            parameter_bytes=1000,
            buffer_bytes=0,
            gradient_bytes=0,
            devices={"cpu": 1000},
            dtypes={"float32": 1000},
        )
        found = work("casts", "bfloat16", **{"moved_bytes": 1000, "calls": 20, **more})
        where = Placement(torch_name="torch", modules=[net])
        record = build.record(
            "for x in xs:\n    net(x)\n", deep=deep(work=[found]), placement=where
        )
        return only(build, self.RULE, record)

    def test_names_the_line(self, build):
        advice = self.predicted(build)
        assert advice.title == (
            "Weights were cast to bfloat16 again in each step, for 40% of the recorded time."
        )
        assert advice.lines == [2] and "model.to(torch.bfloat16)" in advice.refusal
        assert advice.prediction.before - advice.prediction.after == pytest.approx(0.2)

    @pytest.mark.parametrize("more", [{"total_s": 0.02}, {"moved_bytes": 2000}])
    def test_is_silent_about_little_and_about_inputs(self, build, more):
        assert self.predicted(build, **more) is None


class TestLayoutCopies:
    RULE = "layout-copies"
    SOURCE = "for x in xs:\n    y = net(x) @ known.t().contiguous()\n"

    def searched(self, build: Any, source: str = SOURCE, **more: Any) -> Any:
        inputs = [
            DeepInput(shape=[64, 512], dtype="float32"),
            DeepInput(shape=[512, 6000], dtype="float32", strides=[1, 512]),
        ]
        values = {"inputs": inputs, "numbers": [[1]], "replays": [tried("no_copy", 2.0)]}
        found = work("layout", "aten::mm", **{**values, **more})
        return only(build, self.RULE, build.record(source, deep=deep(work=[found])))

    def turned(self, build: Any, source: str = "", *, times: float = 1.0, **more: Any) -> Any:
        convolution = work(
            name="aten::convolution", total_s=0.1, replays=[tried("channels_last", times)]
        )
        values = {"inputs": [DeepInput(shape=[8, 50, 50, 32], dtype="float32")]}
        copies = work("layout", "channels_last", **{**values, **more})
        source = source or "for x in xs:\n    y = net(x)\n"
        record = build.record(source, deep=deep(work=[convolution, copies]))
        return only(build, self.RULE, record)

    def test_names_the_line_and_what_was_measured(self, build):
        advice = self.searched(build)
        assert advice.title == (
            "A copy in another order costs 20% of the recorded time, and `aten::mm` does not need "
            "it."
        )
        assert advice.lines == [2] and ".contiguous()" in advice.refusal
        assert "512 by 6000 elements, with strides of 1 by 512" in advice.evidence[1]
        assert "2.0 times faster" in advice.evidence[2]
        assert advice.prediction.before - advice.prediction.after == pytest.approx(0.1)

    @pytest.mark.parametrize(
        "more",
        [
            {"replays": []},
            {"replays": [tried("no_copy", 0.9)]},
            {"total_s": 0.05},
            {"source": "for x in xs:\n    y = torch.einsum('nd,kd->nk', net(x), known)\n"},
        ],
    )
    def test_is_silent_until_it_pays_and_where_a_library_copies(self, build, more):
        assert self.searched(build, **more) is None

    def test_images_want_one_order(self, build):
        advice = self.turned(build)
        assert advice.title == (
            "Images are turned between channels first and last, for 40% of the recorded time."
        )
        assert "memory_format=torch.channels_last" in advice.refusal
        assert advice.prediction is None

    @pytest.mark.parametrize(
        "more",
        [
            {"times": 0.8},
            {"total_s": 0.03},
            {"source": "x = x.to(memory_format=torch.channels_last)\nnet(x)\n"},
        ],
    )
    def test_is_silent_where_that_order_is_slower_or_chosen(self, build, more):
        assert self.turned(build, **more) is None
