"""Advice on tensors whose sizes do not go together, from records built by hand."""

from __future__ import annotations

import pytest
from builders import failed, fixed, in_function, in_layer, named, only

RULE = "shape-mismatch"
PRODUCT = "mat1 and mat2 shapes cannot be multiplied ({} and {})"
CHANNELS = (
    "Given groups=1, weight of size [8, 3, 3, 3], expected input{} to have 3 channels, but got"
)


def of_layer(build, message, facts, name="RuntimeError"):
    return only(build, RULE, failed(build, "out = model(x)\n", message, 1, name=name, facts=facts))


def on_line(build, source, message, *objects):
    facts = {"objects": list(objects)}
    return only(build, RULE, failed(build, source, message, 1, facts=facts))


class TestTransformers:
    MESSAGE = "was expecting embedding dimension of 32, but got 16"

    def facts(self, source, inner):
        outer = in_layer("TransformerEncoderLayer", "encoder.layers[0]", source)["calls"][0]
        outer.arguments = {"src": source}
        attention = in_layer("MultiheadAttention", "encoder.layers[0].self_attn", inner)["calls"][0]
        attention.arguments = {"query": inner}
        attention.sizes = {"embed_dim": 32, "kdim": 32, "vdim": 32, "num_heads": 4}
        return {"direct": False, "calls": [outer, attention]}

    def test_names_the_layer_that_the_user_made(self, build):
        facts = self.facts(named("x", 2, 5, 16), named("", 5, 2, 16))
        advice = of_layer(build, self.MESSAGE, facts, "AssertionError")
        assert advice.title == (
            "`x` is [2, 5, 16]; `encoder.layers[0]` expects 32 features in the last dimension."
        )
        assert "`d_model=16`" in advice.explanation
        assert "flatten" not in advice.explanation

    def test_names_attention_itself_where_the_layer_got_something_else(self, build):
        facts = self.facts(named("x", 2, 5, 32), named("", 5, 2, 16))
        advice = of_layer(build, self.MESSAGE, facts, "AssertionError")
        assert "`encoder.layers[0].self_attn` expects 32 features" in advice.title
        assert "`embed_dim=16`" in advice.explanation

    def test_silent_where_the_sizes_fit(self, build):
        facts = self.facts(named("x", 2, 5, 32), named("", 5, 2, 32))
        assert of_layer(build, self.MESSAGE, facts, "AssertionError") is None


class TestLayers:
    def test_names_the_layer_and_its_input(self, build):
        message = PRODUCT.format("32x100", "128x10")
        facts = in_layer("Linear", "model.head", named("bad", 32, 100), in_features=128)
        advice = of_layer(build, message, facts)
        assert advice.title == (
            "`bad` is [32, 100]; `model.head` expects 128 features in the last dimension."
        )
        assert advice.severity == "high"
        assert advice.lines == [1]
        assert advice.fix is None
        assert "`in_features=100`" in advice.explanation
        assert advice.evidence == [
            f"RuntimeError: {message}.",
            "`model.head` (`Linear`) was made with in_features=128.",
        ]

    def test_wording_since_pytorch_2_15(self, build):
        facts = in_layer("Linear", "model.head", named("bad", 32, 100), in_features=128)
        message = f"addmm: {PRODUCT.format('32x100', '128x10')}"
        assert of_layer(build, message, facts) is not None

    @pytest.mark.parametrize(
        ("shape", "features", "part"),
        [
            ((2, 8, 4, 4), 128, "`x.flatten(1)`"),
            ((2, 8, 4, 4), 100, "behind `nn.Flatten()` it is `in_features=128`"),
        ],
    )
    def test_says_what_would_fit(self, build, shape, features, part):
        facts = in_layer("Linear", "head", named("x", *shape), in_features=features)
        assert part in of_layer(build, PRODUCT.format("a", "b"), facts).explanation

    @pytest.mark.parametrize(
        ("shape", "channels", "part"),
        [
            ((2, 28, 28, 3), 3, "`.permute(0, 3, 1, 2)`"),
            ((2, 1, 28, 28), 3, "`in_channels=1`"),
            ((2, 6, 8, 8), 8, "`in_channels=6`"),
            ((2, 28, 28), 1, "`.unsqueeze(1)`"),
            ((28, 28), 1, "`[None, None]`"),
        ],
    )
    def test_convolutions(self, build, shape, channels, part):
        facts = in_layer("Conv2d", "conv", named("x", *shape), in_channels=channels)
        assert part in of_layer(build, CHANNELS, facts).explanation

    def test_batch_norm_of_an_image_without_a_batch(self, build):
        facts = in_layer("BatchNorm2d", "norm", named("x", 8, 28, 28), num_features=8)
        advice = of_layer(build, "expected 4D input (got 3D input)", facts, "ValueError")
        assert "`.unsqueeze(0)`" in advice.explanation

    def test_batch_norm_of_sequences_with_channels_last(self, build):
        facts = in_layer("BatchNorm1d", "norm", named("x", 2, 5, 8), num_features=8)
        advice = of_layer(build, "running_mean should contain 5 elements not 8", facts)
        assert "`.transpose(1, 2)`" in advice.explanation

    def test_a_layer_without_a_name_is_told_by_its_class_once(self, build):
        facts = in_layer("Conv2d", None, named("x", 2, 1, 28, 28), in_channels=3)
        assert of_layer(build, CHANNELS, facts).evidence[-1] == (
            "The `Conv2d` was made with in_channels=3."
        )

    def test_a_batch_of_one(self, build):
        message = "Expected more than 1 value per channel when training, got input size [1, 4]"
        facts = in_layer("BatchNorm1d", "norm", named("x", 1, 4), num_features=4)
        assert "drop_last=True" in of_layer(build, message, facts, "ValueError").explanation

    @pytest.mark.parametrize(
        ("class_name", "sizes", "message"),
        [
            ("LSTM", {"input_size": 8}, "input.size(-1) must be equal to input_size"),
            ("BatchNorm1d", {"num_features": 8}, "running_mean should contain 12 elements not 8"),
            ("LayerNorm", {"normalized_shape[0]": 8}, "Given normalized_shape=[8], expected"),
            ("GroupNorm", {"num_channels": 8}, "equal to the number of channels in input, but"),
        ],
    )
    def test_other_layers(self, build, class_name, sizes, message):
        facts = in_layer(class_name, "layer", named("x", 4, 12), **sizes)
        assert of_layer(build, message, facts).title.startswith("`x` is [4, 12]; `layer` ")

    def test_silent_where_the_sizes_fit(self, build):
        facts = in_layer("Linear", "head", named("x", 32, 128), in_features=128)
        assert of_layer(build, PRODUCT.format("a", "b"), facts) is None

    def test_silent_where_the_users_own_code_failed(self, build):
        facts = in_layer("Linear", "head", named("x", 32, 100), in_features=128)
        facts["calls"][0].library = False
        assert of_layer(build, PRODUCT.format("a", "b"), facts) is None


class TestLosses:
    @pytest.mark.parametrize(
        ("function", "sizes", "message", "part"),
        [
            ("cross_entropy", ((4, 10), (4, 1)), "multi-target not supported", "`y.squeeze(1)`"),
            ("cross_entropy", ((4, 7, 9), (4, 7)), "Expected target size", "`out.transpose(1, 2)`"),
            ("cross_entropy", ((4, 10), (3,)), "to match target batch_size", "They differ in the"),
            ("mse_loss", ((4, 3), (4, 2)), "must match the size of tensor", "have the last layer"),
            ("l1_loss", ((6,), (5,)), "must match the size of tensor", "differ in the batch"),
        ],
    )
    def test_says_what_fits(self, build, function, sizes, message, part):
        out, target = sizes
        facts = in_function(function, input=named("out", *out), target=named("y", *target))
        assert part in of_layer(build, message, facts).explanation

    def test_silent_for_sizes_that_fit(self, build):
        facts = in_function("cross_entropy", input=named("out", 4, 10), target=named("y", 4))
        assert of_layer(build, "multi-target not supported", facts) is None


class TestBatches:
    MESSAGE = "stack expects each tensor to be equal size, but got [3, 8] at entry 0 and [3, 9] at "

    def test_items_of_different_sizes(self, build):
        advice = of_layer(build, f"{self.MESSAGE}entry 2", in_function("collate_tensor_fn"))
        assert advice.title == (
            "The loader's items are of different sizes: item 0 of the batch is [3, 8], item 2 "
            "[3, 9]."
        )
        assert "`collate_fn`" in advice.explanation

    def test_in_a_worker(self, build):
        message = (
            "Caught RuntimeError in DataLoader worker process 0.\nOriginal Traceback\n"
            f"  in collate_tensor_fn\nRuntimeError: {self.MESSAGE}entry 1"
        )
        assert of_layer(build, message, {"direct": False}) is not None

    def test_silent_for_the_users_own_stack(self, build):
        assert of_layer(build, f"{self.MESSAGE}entry 2", {"direct": False}) is None


class TestOperands:
    def test_a_product(self, build):
        message = PRODUCT.format("6x32", "9x32")
        advice = on_line(build, "s = q @ k\n", message, named("q", 6, 32), named("k", 9, 32))
        assert advice.title == "`q` is [6, 32], `k` [9, 32]."
        assert "`k.T` would fit" in advice.explanation

    def test_a_sum(self, build):
        message = "The size of tensor a (10) must match the size of tensor b (32) at non-singleton "
        advice = on_line(
            build, "d = a - b\n", f"{message}dimension 1", named("a", 32, 10), named("b", 32)
        )
        assert "`b.unsqueeze(-1)`" in advice.explanation

    def test_joining(self, build):
        message = "Sizes of tensors must match except in dimension 0. Expected size 4 but got"
        source = "j = torch.cat([a, b])\n"
        advice = on_line(build, source, message, named("a", 3, 4), named("b", 3, 5))
        assert "`dim=1` would fit" in advice.explanation

    def test_reshape_for_a_view(self, build):
        message = "view size is not compatible with input tensor's size and stride (at least one"
        advice = on_line(build, "flat = x.view(2, -1)\n", message, named("x", 2, 3, 4))
        assert fixed(advice, "flat = x.view(2, -1)\n") == "flat = x.reshape(2, -1)\n"
        assert advice.title.startswith("`x` [2, 3, 4] is not laid out")

    def test_a_view_of_something_computed_has_no_name(self, build):
        message = "view size is not compatible with input tensor's size and stride (at least one"
        advice = on_line(build, "flat = x.t().view(-1)\n", message, named("x", 2, 3))
        assert advice.title.startswith("What is viewed is not")

    def test_of_two_views_neither_is_named(self, build):
        message = "view size is not compatible with input tensor's size and stride (at least one"
        source = "both = a.view(6), a.t().view(6)\n"
        assert on_line(build, source, message, named("a", 2, 3)).title.startswith("What is viewed")

    def test_a_view_of_other_elements(self, build):
        message = "shape '[5, -1]' is invalid for input of size 12"
        advice = on_line(build, "x.view(5, -1)\n", message, named("x", 3, 4))
        assert advice.title == "`x` is [3, 4], 12 elements: they cannot become [5, -1]."

    @pytest.mark.parametrize(
        ("source", "objects"),
        [
            ("s = q.exp() @ k\n", [named("q", 6, 32), named("k", 9, 32)]),
            ("s = q @ k\n", [named("q", 6, 31), named("k", 9, 32)]),
            ("s = q @ k\n", [named("q", 6, 32)]),
            ("s = f(q) + g(k)\n", [named("q", 6, 32), named("k", 9, 32)]),
        ],
        ids=["computed", "other sizes", "one name", "not together"],
    )
    def test_silent_where_the_names_do_not_explain_it(self, build, source, objects):
        assert on_line(build, source, PRODUCT.format("6x32", "9x32"), *objects) is None

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("RuntimeError", "expected scalar type Float but found Double"),
            ("KeyError", PRODUCT.format("6x32", "9x32")),
        ],
    )
    def test_silent_for_other_errors(self, build, name, message):
        facts = {"objects": [named("q", 6, 32), named("k", 9, 32)]}
        record = failed(build, "s = q @ k\n", message, 1, name=name, facts=facts)
        assert only(build, RULE, record) is None

    def test_silent_for_runs_that_ended_well(self, build):
        assert only(build, RULE, build.record("s = q @ k\n")) is None
