"""Advice on types and indices that do not go together, from records built by hand."""

from __future__ import annotations

import pytest
from builders import failed, fixed, in_function, in_layer, named, only
from jupyterlab_torchprof.record import Move, Place

LAYER = "mat1 and mat2 must have the same dtype, but got Double and Float"
CLASSES = "expected target dtype to be Long or Byte, but got Int"
OLD_CLASSES = "expected scalar type Long but found Int"
SOURCE = "out = model(x)\n"


class TestDtypeMismatch:
    RULE = "dtype-mismatch"

    def advice(self, build, source, message, facts, name="RuntimeError", **more):
        record = failed(build, source, message, 1, name=name, facts=facts, **more)
        return only(build, self.RULE, record)

    def test_converts_the_input(self, build):
        x = named("x", 4, 6, dtype="float64")
        facts = in_layer("Linear", "model", x, in_features=6)
        advice = self.advice(build, SOURCE, LAYER, facts)
        assert advice.title == "`x` is float64; `model` has float32 weights."
        assert "NumPy" in advice.explanation
        assert advice.lines == [1]
        assert fixed(advice, SOURCE) == "out = model(x.float())\n"

    def test_does_not_convert_what_does_not_fit(self, build):
        x = named("x", 4, 7, dtype="int64")
        facts = in_layer("Linear", "model", x, in_features=6)
        assert self.advice(build, SOURCE, LAYER, facts).fix is None

    def test_tells_which_call_made_the_weights_half(self, build):
        place = Place(parent=0, kind="library", function="Module.half", package="torch")
        move = Move(
            what="model (Net)",
            source={"cpu float32": 8},
            target={"cpu float16": 4},
            moved_bytes=4,
            duration_s=0.0,
            no_op=False,
        )
        before = build.record("model.half()\n", "before", moves=[move], execution_count=3)
        before.places.append(place)
        move.place = len(before.places) - 1
        facts = in_layer("Linear", "model", named("x", 4, 6), "float16", in_features=6)
        record = failed(build, SOURCE, LAYER, 1, facts=facts)
        advice = only(build, self.RULE, before, record)
        assert advice.evidence[1] == (
            "`model (Net)` was brought to cpu float16 by `half()` in [3], line 1."
        )
        assert "torch.autocast" in advice.explanation
        assert fixed(advice, SOURCE) == "out = model(x.half())\n"

    @pytest.mark.parametrize("message", [CLASSES, OLD_CLASSES])
    def test_labels(self, build, message):
        source = "loss = F.cross_entropy(out, y)\n"
        facts = in_function(
            "cross_entropy", input=named("out", 4, 3), target=named("y", 4, dtype="int32")
        )
        advice = self.advice(build, source, message, facts)
        assert fixed(advice, source) == "loss = F.cross_entropy(out, y.long())\n"

    def test_does_not_make_classes_of_numbers(self, build):
        facts = in_function("cross_entropy", input=named("out", 4, 3), target=named("y", 4))
        advice = self.advice(build, "loss = F.cross_entropy(out, y)\n", CLASSES, facts)
        assert advice.fix is None
        assert "mse_loss" in advice.explanation

    def test_two_operands(self, build):
        facts = {"objects": [named("a", 2, 3), named("b", 3, 4, dtype="float64")]}
        message = "expected m1 and m2 to have the same dtype, but got: float != double"
        advice = self.advice(build, "c = a @ b\n", message, facts)
        assert advice.title == "`a` is float32, `b` float64."
        assert "`b.float()`" in advice.explanation
        assert advice.fix is None

    @pytest.mark.parametrize(
        ("message", "facts"),
        [
            (LAYER, in_layer("Linear", "model", named("x", 4, 6), in_features=6)),
            (LAYER, {}),
            (
                "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be "
                "the same",
                in_layer("Conv2d", "model", named("x", 4, 6, dtype="float64"), in_channels=6),
            ),
            (LAYER, in_layer("Linear", "m", named("x", 4, 6), "float8_e4m3fn", in_features=6)),
        ],
        ids=["alike", "nothing known", "devices", "quantised weights"],
    )
    def test_silent_where_types_explain_nothing(self, build, message, facts):
        assert self.advice(build, SOURCE, message, facts) is None

    def test_silent_for_runs_that_ended_well(self, build):
        assert only(build, self.RULE, build.record(SOURCE)) is None


class TestIndexOutOfRange:
    RULE = "index-out-of-range"

    def labels(self, build, low, high, message, shape=(4, 10)):
        target = named("y", 4, dtype="int64", low=low, high=high)
        facts = in_function("cross_entropy", input=named("out", *shape), target=target)
        record = failed(
            build, "F.cross_entropy(out, y)\n", message, 1, name="IndexError", facts=facts
        )
        return only(build, self.RULE, record)

    @pytest.mark.parametrize(
        ("low", "high", "message", "part"),
        [
            (1, 10, "Target 10 is out of bounds.", "`y - 1`"),
            (0, 17, "Target 17 is out of bounds.", "at least 18 outputs"),
            (-1, 9, "Target -1 is out of bounds.", "`ignore_index=-1`"),
            (-100, 11, "Target 11 is out of bounds.", "at least 12 outputs"),
        ],
    )
    def test_labels_against_classes(self, build, low, high, message, part):
        advice = self.labels(build, low, high, message)
        assert part in advice.explanation
        assert advice.title.endswith("has 10 classes: 0 to 9.")
        assert advice.severity == "high"

    def test_what_may_be_left_out_is_not_denied(self, build):
        title = self.labels(build, -100, 11, "Target 11 is out of bounds.").title
        assert "labels up to 11" in title

    def test_tokens(self, build):
        tokens = named("tokens", 2, 3, dtype="int64", low=1, high=100)
        facts = in_layer("Embedding", "model.embed", tokens, num_embeddings=100)
        message = "index out of range in self"
        record = failed(build, "model(tokens)\n", message, 1, name="IndexError", facts=facts)
        advice = only(build, self.RULE, record)
        assert advice.title == (
            "`tokens` has indices from 1 to 100, and `model.embed` has 100 rows: 0 to 99."
        )

    def test_silent_where_values_are_not_known(self, build):
        assert self.labels(build, None, None, "Target 10 is out of bounds.") is None

    def test_silent_where_they_fit(self, build):
        assert self.labels(build, 0, 9, "Target 10 is out of bounds.") is None

    def test_silent_for_other_errors(self, build):
        record = failed(build, "[1][3]\n", "list index out of range", 1, name="IndexError")
        assert only(build, self.RULE, record) is None


class TestDeviceAssert:
    RULE = "device-assert"

    @pytest.mark.parametrize("name", ["RuntimeError", "AcceleratorError"])
    def test_says_that_the_device_is_lost(self, build, name):
        message = "CUDA error: device-side assert triggered\nCUDA kernel errors might be"
        advice = only(build, self.RULE, failed(build, "loss.item()\n", message, 1, name=name))
        assert "until a restart" in advice.title
        assert advice.evidence == [f"{name}: CUDA error: device-side assert triggered."]

    def test_silent_for_other_errors_of_cuda(self, build):
        record = failed(build, "loss.item()\n", "CUDA error: out of memory", 1)
        assert only(build, self.RULE, record) is None
