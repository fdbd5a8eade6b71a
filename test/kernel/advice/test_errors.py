"""Advice on PyTorch's errors, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, failed, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import Load, Move, NamedObject, Place, Placement

MIB = 1 << 20
SAME_DEVICE = "Expected all tensors to be on the same device, but got mat1 is on cpu"
TWICE = "Trying to backward through the graph a second time (or directly access saved tensors)"
NOT_HERE = (
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. "
    "If you are running on a CPU-only machine, please use torch.load with map_location"
)
REFUSED = (
    "Weights only load failed. This file can still be loaded.\n"
    "WeightsUnpickler error: Unsupported global: GLOBAL {} was not an allowed global by default."
)


def tensor(name, device, size=MIB, *, shape=(64, 512), kind="tensor", class_name="Tensor"):
    return NamedObject(
        name=name, kind=kind, class_name=class_name, devices={device: size}, shape=list(shape)
    )


def model(*devices, name="model"):
    return NamedObject(
        name=name, kind="module", class_name="Net", devices={each: 4 * MIB for each in devices}
    )


class TestInputDeviceMismatch:
    RULE = "input-device-mismatch"
    SOURCE = "import torch\nout = model(x)\n"

    def mismatch(self, build, *objects, source=SOURCE, message=SAME_DEVICE, named=None, **more):
        placement = Placement(torch_name="torch", devices_named=named or {})
        line = source.count("\n")
        values = {"facts": {"objects": list(objects)}, "placement": placement, **more}
        return failed(build, source, message, line, **values)

    def test_moves_the_input(self, build):
        record = self.mismatch(build, model("cuda:0"), tensor("x", "cpu"), named={"dev": "cuda:0"})
        advice = only(build, self.RULE, record)
        assert advice.title == "`x` (1 MiB) is on cpu, `model` on cuda:0."
        assert advice.severity == "high"
        assert advice.lines == [2]
        assert advice.evidence == [
            "`x` (Tensor) has 1 MiB on cpu.",
            "`model` (Net) has 4 MiB on cuda:0.",
        ]
        assert advice.prediction is None
        fixed = apply_edits(self.SOURCE, advice.fix.edits)
        assert fixed == "import torch\nout = model(x.to(dev))\n"

    def test_follows_the_other_tensor(self, build):
        source = "y = a @ b\n"
        record = self.mismatch(build, tensor("a", "cuda:1"), tensor("b", "cpu"), source=source)
        advice = only(build, self.RULE, record)
        assert apply_edits(source, advice.fix.edits) == "y = a @ b.to(a.device)\n"

    def test_says_it_of_convolutions(self, build):
        message = (
            "Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor) "
            "should be the same"
        )
        record = self.mismatch(build, model("cuda:0"), tensor("x", "cpu"), message=message)
        assert only(build, self.RULE, record).fix is not None

    def test_fixes_the_cell_of_the_function(self, build):
        text = "def predict(x):\n    return model(x)\n"
        define = build.record(text, "define")
        run = self.mismatch(
            build,
            model("cuda:0"),
            tensor("x", "cpu"),
            source="out = predict(batch)\n",
            inside=[(text, "predict", 2)],
            named={"device": "cuda"},
        )
        advice = only(build, self.RULE, define, run)
        assert advice.code_cell_id == "define"
        assert advice.lines == [2]
        assert "model(x.to(device))" in apply_edits(text, advice.fix.edits)

    def test_finds_the_items_of_a_batch_in_any_quotes(self, build):
        source = 'out = model(batch["image"], mask=batch["mask"])\n'
        items = [tensor(f"batch['{key}']", "cpu") for key in ("image", "mask")]
        record = self.mismatch(
            build, model("cuda:0"), *items, source=source, named={"device": "cuda"}
        )
        advice = only(build, self.RULE, record)
        assert apply_edits(source, advice.fix.edits) == (
            'out = model(batch["image"].to(device), mask=batch["mask"].to(device))\n'
        )

    def test_refuses_a_model_on_the_cpu(self, build):
        record = self.mismatch(build, model("cpu"), tensor("x", "cuda:0"))
        advice = only(build, self.RULE, record)
        assert advice.title == "`model` (4 MiB) is on cpu, `x` on cuda:0."
        assert advice.fix is None
        assert advice.refusal == "`model` must be moved where it is made."

    def test_tells_which_call_has_moved_the_model(self, build):
        move = Move(
            what="model (Net)",
            source={"cuda:0 float32": 8},
            target={"cpu float32": 8},
            moved_bytes=8,
            duration_s=0.0,
            no_op=False,
        )
        before = build.record("summary(model)\n", "before", moves=[move], execution_count=3)
        before.places.append(Place(parent=0, kind="library", function="summary"))
        before.places.append(
            Place(parent=len(before.places) - 1, kind="library", function="Module.to")
        )
        move.place = len(before.places) - 1
        record = self.mismatch(build, model("cpu"), tensor("x", "cuda:0"))
        advice = only(build, self.RULE, before, record)
        assert advice.evidence[-1] == (
            "`model (Net)` was brought to cpu float32 by `summary()` in [3], line 1."
        )

    def test_refuses_collections(self, build):
        batch = tensor("batch", "cpu", kind="other", class_name="dict")
        record = self.mismatch(build, model("cuda:0"), batch, source="out = model(**batch)\n")
        assert only(build, self.RULE, record).fix is None

    def test_refuses_a_cell_that_has_changed(self, build):
        old = "def predict(x):\n    return model(x)\n"
        run = self.mismatch(
            build,
            model("cuda:0"),
            tensor("x", "cpu"),
            source="out = predict(batch)\n",
            inside=[(old, "predict", 2)],
        )
        advice = only(build, self.RULE, run)
        assert advice.refusal == "The cell with the failing line has changed since."

    @pytest.mark.parametrize(
        "objects",
        [
            [],
            [model("cuda:0"), tensor("x", "cuda:0")],
            [model("cpu"), tensor("x", "cpu")],
            [model("cuda:0"), tensor("x", "cuda:1")],
            [model("cuda:0"), tensor("scale", "cpu", 4, shape=())],
        ],
        ids=["nothing known", "one device", "the CPU", "two accelerators", "a number"],
    )
    def test_silent_where_devices_explain_nothing(self, build, objects):
        assert only(build, self.RULE, self.mismatch(build, *objects)) is None

    @pytest.mark.parametrize(
        "message",
        [
            "mat1 and mat2 shapes cannot be multiplied (64x512 and 10x512)",
            "Input type (torch.cuda.HalfTensor) and weight type (torch.cuda.FloatTensor) "
            "should be the same",
            "Expected target size [4, 2], got [4]",
        ],
    )
    def test_silent_for_other_errors(self, build, message):
        record = self.mismatch(build, model("cuda:0"), tensor("x", "cpu"), message=message)
        assert only(build, self.RULE, record) is None

    def test_silent_for_runs_that_ended_well(self, build):
        assert only(build, self.RULE, build.record(self.SOURCE)) is None


class TestBackwardTwice:
    RULE = "backward-twice"

    def test_adds_two_losses(self, build):
        source = "main = f(h)\nextra = g(h)\nmain.backward()\nextra.backward()\n"
        advice = only(build, self.RULE, failed(build, source, TWICE, 4))
        assert advice.title == (
            "The graph of `extra`, or a part of it, has been freed by an earlier backward."
        )
        assert advice.severity == "high"
        assert advice.lines == [3, 4]
        assert advice.evidence[1] == "Line 3 runs `main.backward()`, line 4 `extra.backward()`."
        assert "`main` and `extra` share" in advice.explanation
        fixed = apply_edits(source, advice.fix.edits)
        assert fixed == "main = f(h)\nextra = g(h)\n(main + extra).backward()\n"

    def test_keeps_the_graph_of_one_loss(self, build):
        source = "loss.backward()\nprint(w.grad)\nloss.backward()\n"
        advice = only(build, self.RULE, failed(build, source, TWICE, 3))
        assert advice.lines == [1, 3]
        assert apply_edits(source, advice.fix.edits).startswith("loss.backward(retain_graph=True)")

    def test_computes_the_loss_of_another_cell_again(self, build):
        make = build.record("loss = model(x).mean()", "make")
        advice = only(build, self.RULE, make, failed(build, "loss.backward()", TWICE, 1))
        assert advice.fix is None
        (action,) = advice.actions
        assert (action.kind, action.targets) == ("run_cell", ["make"])
        assert action.title == "Compute loss again"
        assert "Run the cell that computes it again" in advice.explanation

    def test_explains_a_hidden_state(self, build):
        source = "for x in steps:\n    h = cell(x, h)\n    loss = h.sum()\n    loss.backward()\n"
        advice = only(build, self.RULE, failed(build, source, TWICE, 4))
        assert advice.fix is None
        assert not advice.actions
        assert advice.refusal == "The text does not show which backward came first."
        assert ".detach()" in advice.explanation

    def test_does_not_keep_a_graph_over_a_step(self, build):
        source = "loss.backward()\noptimizer.step()\nloss.backward()\n"
        assert only(build, self.RULE, failed(build, source, TWICE, 3)).fix is None

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("RuntimeError", "element 0 of tensors does not require grad"),
            ("RuntimeError", "one of the variables needed for gradient computation has been"),
            ("RuntimeError", "grad can be implicitly created only for scalar outputs"),
            ("ValueError", TWICE),
        ],
    )
    def test_silent_for_other_errors(self, build, name, message):
        source = "a.backward()\nb.backward()\n"
        assert only(build, self.RULE, failed(build, source, message, 2, name=name)) is None

    def test_silent_for_runs_that_ended_well(self, build):
        assert only(build, self.RULE, build.record("a.backward()\nb.backward()\n")) is None


class TestWeightsOnlyUnpickling:
    RULE = "weights-only-unpickling"

    def load(self, path="model.pt", ended=True, **more):
        return Load(
            **more,
            path=path,
            file_bytes=MIB,
            duration_s=0.1,
            map_location=None,
            weights_only=None,
            mmap=None,
            place=at(2),
            failed=ended,
        )

    def refused(self, build, what="models.config.Config", name="UnpicklingError", **more):
        message = more.pop("message", REFUSED.format(what))
        values = {"loads": [self.load()], **more}
        source = "import torch\nstate = torch.load('model.pt')\n"
        return failed(build, source, message, 2, name=name, **values)

    def test_tells_both_ways(self, build):
        advice = only(build, self.RULE, self.refused(build))
        assert (
            advice.title == "`model.pt` holds a `models.config.Config`, which torch.load refuses."
        )
        assert advice.severity == "high"
        assert advice.lines == [2]
        assert "`from models.config import Config`" in advice.explanation
        assert "safe_globals([Config])" in advice.explanation
        assert "`weights_only=False`" in advice.explanation
        assert advice.fix is None
        assert advice.refusal == "Whether the file may run code is for you to decide."

    def test_says_whose_argument_it_would_be(self, build):
        loads = [self.load(library="lightning", call="load_from_checkpoint")]
        advice = only(build, self.RULE, self.refused(build, loads=loads))
        assert "`weights_only=False`, if lightning lets you pass it, loads" in advice.explanation

    def test_imports_no_class_of_the_notebook(self, build):
        advice = only(build, self.RULE, self.refused(build, "__main__.Config"))
        assert "safe_globals([Config])" in advice.explanation
        assert "import" not in advice.explanation

    def test_without_a_name(self, build):
        record = self.refused(build, message="Weights only load failed.", loads=[])
        advice = only(build, self.RULE, record)
        assert advice.title == "The file holds more than tensors, which torch.load refuses."
        assert "safe_globals" not in advice.explanation

    @pytest.mark.parametrize(
        "more",
        [
            {"message": "invalid load key, '<'."},
            {"message": "pickle data was truncated"},
            {"name": "RuntimeError"},
            {"name": "FileNotFoundError", "message": "No such file or directory: 'model.pt'"},
        ],
    )
    def test_silent_for_other_errors(self, build, more):
        assert only(build, self.RULE, self.refused(build, **more)) is None

    def test_silent_for_loads_that_succeed(self, build):
        record = build.record("state = torch.load('model.pt')", loads=[self.load(ended=False)])
        assert only(build, self.RULE, record) is None


class TestMapLocationMissing:
    RULE = "map-location-missing"
    SOURCE = 'import torch\nstate = torch.load("model.pt")\n'

    def test_names_a_device(self, build):
        load = TestWeightsOnlyUnpickling().load()
        record = failed(build, self.SOURCE, NOT_HERE, 2, loads=[load])
        advice = only(build, self.RULE, record)
        assert advice.title == "`model.pt` was saved on an accelerator that is not here."
        assert advice.severity == "high"
        assert advice.lines == [2]
        assert advice.evidence[0].startswith("RuntimeError: Attempting to deserialize object on a")
        fixed = apply_edits(self.SOURCE, advice.fix.edits)
        assert 'torch.load("model.pt", map_location=device)' in fixed
        assert "torch.cuda.is_available()" in fixed

    def test_refuses_a_load_that_the_text_does_not_show(self, build):
        record = failed(build, "state = library.restore()\n", NOT_HERE, 1)
        advice = only(build, self.RULE, record)
        assert advice.title.startswith("The checkpoint was saved")
        assert advice.fix is None
        assert 'map_location="cpu"' in advice.refusal

    @pytest.mark.parametrize(
        ("more", "told"),
        [
            (
                {"library": "timm"},
                "timm calls torch.load here: name the device by its own argument",
            ),
            (
                {"call": "torch.hub.load_state_dict_from_url"},
                'Pass map_location="cpu" (or your device) to the '
                "`torch.hub.load_state_dict_from_url` of this line.",
            ),
        ],
    )
    def test_a_load_that_is_not_the_user_s_own(self, build, more, told):
        # The line may have another, which is not the one that failed.
        source = "import torch\nmodel = restore(name); state = torch.load('other.pt')\n"
        loads = [TestWeightsOnlyUnpickling().load(**more)]
        advice = only(build, self.RULE, failed(build, source, NOT_HERE, 2, loads=loads))
        assert advice.fix is None
        assert advice.refusal.startswith(told)
        assert advice.lines == [2]

    @pytest.mark.parametrize(
        "message",
        [
            "PytorchStreamReader failed reading zip archive",
            "Error(s) in loading state_dict for Net",
            "CUDA error: out of memory",
        ],
    )
    def test_silent_for_other_errors(self, build, message):
        assert only(build, self.RULE, failed(build, self.SOURCE, message, 2)) is None

    def test_silent_for_loads_that_succeed(self, build):
        assert only(build, self.RULE, build.record(self.SOURCE)) is None
