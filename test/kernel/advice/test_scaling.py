"""Advice on several devices and smaller models, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import at, only, placed
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    Layers,
    MemoryShare,
    Optimizer,
    OutOfMemory,
    PlacedModule,
    RaisedWarning,
)

GIB = 1 << 30
WRAP = "from torch import nn\nnet = Net()\nmodel = nn.DataParallel(net)\nx = 1\n"
PREDICT = "with torch.no_grad():\n    out = model(x)\n"
PRUNE = 'from torch.nn.utils import prune\nprune.l1_unstructured(model.fc, "weight", amount=0.5)\n'


def module(name="model", kind="Net", device="cuda:0", size=GIB, **layers):
    return PlacedModule(
        path=name,
        class_name=kind,
        training=False,
        parameters=size // 4,
        parameter_bytes=size,
        buffer_bytes=0,
        gradient_bytes=0,
        devices={device: size},
        dtypes={"float32": size},
        layers=Layers(**layers),
    )


machine = partial(builders.machine, accelerator="cuda", device_count=1)


class TestDataParallel:
    def wrapped(self, build, devices, source=WRAP, cell_id="wrap", **more):
        placement = placed(module(kind="DataParallel", device_ids=devices))
        return build.record(source, cell_id, placement=placement, **more)

    def test_unwraps_on_one_device(self, build):
        advice = only(build, "dataparallel", self.wrapped(build, [0]))
        assert (
            advice.title == "`model` is in `DataParallel` with 1 device, which only adds a layer."
        )
        assert advice.severity == "medium"
        assert advice.lines == [3]
        assert "model = net\n" in apply_edits(WRAP, advice.fix.edits)
        assert not advice.fix.safe

    def test_unwraps_without_devices(self, build):
        advice = only(build, "dataparallel", self.wrapped(build, []))
        assert "with no device" in advice.title
        assert advice.evidence == ["`model` found no device to divide batches among."]

    def test_outlines_a_cell_for_several(self, build):
        advice = only(build, "dataparallel", self.wrapped(build, [0, 1, 2, 3]))
        assert advice.title == "`model` is copied to 4 devices in every forward by `DataParallel`."
        assert 'start_processes(train, (4,), nprocs=4, start_method="fork")' in advice.explanation
        assert "model = torch.nn.parallel.DistributedDataParallel(net." in advice.explanation
        assert "torch.cuda.set_device(rank)" in advice.explanation
        assert len(advice.explanation) < 2000, "the panel shows no more"
        assert advice.fix is None
        assert "for you to say" in advice.refusal

    def test_refuses_where_module_is_read(self, build):
        later = build.record("torch.save(model.module.state_dict(), path)", "save")
        advice = only(build, "dataparallel", later, self.wrapped(build, [0]))
        assert advice.fix is None
        assert "`.module`" in advice.refusal

    def test_said_where_it_is_wrapped_only(self, build):
        use = self.wrapped(
            build, [0], PREDICT, "use", forwards=[build.forwards(2, module="DataParallel")]
        )
        found = build.Session(self.wrapped(build, [0]), use).advised()
        assert [advice.cell_id for advice in found if advice.rule == "dataparallel"] == ["wrap"]

    def test_said_at_the_forward_when_a_function_wraps(self, build):
        source = "def make():\n    return nn.DataParallel(Net())\n"
        define = build.record("from torch import nn\n" + source, "define")
        run = self.wrapped(
            build, [0], PREDICT, "use", forwards=[build.forwards(2, module="DataParallel")]
        )
        advice = only(build, "dataparallel", define, run)
        assert advice.cell_id == "use"
        assert advice.code_cell_id == "define"
        assert advice.fix.edits[0].cell_id == "define"

    def test_said_where_a_function_is_called_that_wraps(self, build):
        source = "def make():\n    return nn.DataParallel(Net())\n"
        define = build.record("from torch import nn\n" + source, "define")
        make = self.wrapped(build, [0], "model = make()\n", "make")
        use = self.wrapped(
            build, [0], PREDICT, "use", forwards=[build.forwards(2, module="DataParallel")]
        )
        found = build.Session(define, make, use).advised()
        (advice,) = (each for each in found if each.rule == "dataparallel")
        assert (advice.cell_id, advice.code_cell_id) == ("make", "define")

    @pytest.mark.parametrize("kind", ["Net", "DistributedDataParallel"])
    def test_silent_for_other_modules(self, build, kind):
        record = build.record(WRAP, placement=placed(module(kind=kind)))
        assert only(build, "dataparallel", record) is None

    def test_silent_where_it_does_nothing(self, build):
        assert only(build, "dataparallel", self.wrapped(build, [0], "y = 1", "other")) is None


class TestMultiGpuIdle:
    def trained(self, build, source="fit()", steps=1200, devices=("cuda:0",), **more):
        values = {
            "torch": machine(device_count=4),
            "memory": [build.memory(peak=GIB), build.memory(device="cuda:1")],
            "optimizers": [
                Optimizer(variable="o", class_name="SGD", steps=steps, devices=list(devices))
            ],
            "optimizer_steps": steps,
        }
        return build.record(source, "train", **{**values, **more})

    def test_fires_once(self, build):
        records = [self.trained(build), self.trained(build)]
        advice = only(build, "multi-gpu-idle", *records)
        assert advice.title == "Only cuda:0 trains, one of 4 devices."
        assert advice.severity == "info"
        assert advice.evidence[0].startswith("1,200 optimizer steps")

    def test_fires_after_a_minute(self, build):
        assert only(build, "multi-gpu-idle", self.trained(build, steps=3, duration_s=70.0))

    @pytest.mark.parametrize(
        "more",
        [
            {"steps": 20},
            {"torch": machine(device_count=1)},
            {"devices": ("cuda:0", "cuda:1")},
            {"devices": ("cpu",)},
            {"source": "model = DistributedDataParallel(net)\nfit()"},
            {"source": "accelerator = Accelerator()\nfit()"},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, "multi-gpu-idle", self.trained(build, **more)) is None

    def test_silent_when_another_device_is_used(self, build):
        memory = [build.memory(peak=GIB), build.memory(device="cuda:1", peak=GIB)]
        assert only(build, "multi-gpu-idle", self.trained(build, memory=memory)) is None


class TestModelCompression:
    def predicted(self, build, peak=19 * GIB, size=12 * GIB, forwards=None, **more):
        values = {
            "memory": [build.memory(peak=peak, total=20 * GIB)],
            "placement": placed(module(size=size, linears=9, linear_bytes=8 * GIB)),
            "forwards": forwards or [build.forwards(2, grad=False)],
        }
        return build.record(PREDICT, **{**values, **more})

    def test_fires(self, build):
        advice = only(build, "model-compression", self.predicted(build))
        assert advice.title == "The weights of `model` take 12 GiB of a full cuda:0."
        assert (
            "bfloat16 (its float32 weights would take 6 GiB); int8 linear weights (2 GiB for 8 "
            "GiB); a smaller model of the same family"
        ) in advice.explanation
        assert advice.severity == "info"
        assert advice.refusal

    def test_a_smaller_model_is_the_last_resort_of_bfloat16_weights_too(self, build):
        large = module(size=12 * GIB, linears=9, linear_bytes=8 * GIB)
        large.dtypes = {"bfloat16": 12 * GIB}
        advice = only(build, "model-compression", self.predicted(build, placement=placed(large)))
        assert "int8 linear weights (4 GiB for 8 GiB); a smaller model" in advice.explanation

    def test_fires_when_memory_ran_out(self, build):
        failed = OutOfMemory(
            device="cuda:0",
            requested_bytes=GIB,
            allocated_bytes=12 * GIB,
            reserved_bytes=None,
            total_bytes=20 * GIB,
            free_bytes=0,
            alloc_retries=None,
            holders=[MemoryShare(kind="parameters", name="model", held_bytes=12 * GIB)],
        )
        record = self.predicted(build, peak=13 * GIB, out_of_memory=failed)
        assert only(build, "model-compression", record)

    @pytest.mark.parametrize("more", [{"peak": 15 * GIB}, {"size": 6 * GIB}, {"backwards": 3}])
    def test_silent(self, build, more):
        assert only(build, "model-compression", self.predicted(build, **more)) is None

    def test_silent_with_gradients(self, build):
        record = self.predicted(build, forwards=[build.forwards(2, grad=True)])
        assert only(build, "model-compression", record) is None

    def test_silent_for_quantized_models(self, build):
        placement = placed(module(size=12 * GIB, quantized=True))
        record = self.predicted(build, placement=placement)
        assert only(build, "model-compression", record) is None


class TestQuantizeInference:
    def predicted(self, build, linear=GIB, size=GIB, torchao=True, source=PREDICT, **layers):
        entry = build.forwards(2, grad=False)
        entry.device = "cuda:0"
        entry.layers = Layers(linears=12, linear_bytes=linear, **layers)
        return build.record(
            source,
            torch=machine(torchao=torchao),
            memory=[build.memory(after=2 * GIB)],
            placement=placed(module(size=size)),
            forwards=[entry],
        )

    def test_fires(self, build):
        advice = only(build, "quantize-inference", self.predicted(build))
        assert advice.title == "Int8 weights would make `model` 768 MiB smaller."
        assert advice.severity == "low"
        assert advice.prediction.before - advice.prediction.after == GIB * 3 // 4
        assert "quantize_(model, Int8WeightOnlyConfig())" in advice.refusal

    @pytest.mark.parametrize(
        "more",
        [
            {"torchao": False},
            {"linear": 1 << 20},
            {"linear": 0},
            {"quantized": True},
            {"compiled": True},
            {"linear": GIB // 2, "size": 2 * GIB},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, "quantize-inference", self.predicted(build, **more)) is None

    def test_one_forward_only_tries_the_model_out(self, build):
        def tried(cell):
            record = self.predicted(build)
            record.cell_id, record.grad.forwards[0].calls = cell, 1
            return record

        assert only(build, "quantize-inference", tried("a")) is None
        assert only(build, "quantize-inference", tried("a"), tried("b"), tried("c"))

    def test_silent_in_a_session_that_trains(self, build):
        trained = build.record("fit()", "train", optimizer_steps=5)
        assert only(build, "quantize-inference", trained, self.predicted(build)) is None


class TestDeprecatedQuantization:
    @pytest.mark.parametrize("name", ["torch.ao.quantization", "torch.quantization"])
    def test_fires(self, build, name):
        raised = RaisedWarning(
            category="DeprecationWarning", message=f"{name} is deprecated and", place=at(3)
        )
        record = build.record("quantize()", warnings=[raised])
        advice = only(build, "deprecated-quantization", record)
        assert advice.lines == [3]
        assert advice.severity == "medium"
        assert "torchao" in advice.explanation

    @pytest.mark.parametrize(
        "message", ["torch.jit.trace is deprecated", "quantile() is deprecated", "torchao is new"]
    )
    def test_silent_for_other_warnings(self, build, message):
        raised = RaisedWarning(category="DeprecationWarning", message=message, place=at(3))
        record = build.record("import torch.ao.quantization", warnings=[raised])
        assert only(build, "deprecated-quantization", record) is None

    def test_silent_without_the_warning(self, build):
        record = build.record("import torch.ao.quantization")
        assert only(build, "deprecated-quantization", record) is None


class TestPruning:
    def placement(self, size=64 << 20):
        return placed(module(pruned=["fc.weight"], pruned_bytes=size))

    def pruned(self, build, source=PRUNE, size=64 << 20, **more):
        memory = [build.memory(after=1 << 30)]
        return build.record(
            source, "prune", **{"placement": self.placement(size), "memory": memory, **more}
        )

    def later(self, build, *cells, **more):
        return [build.record("y = 1", cell, placement=self.placement(), **more) for cell in cells]

    def test_fires_when_two_cells_have_run(self, build):
        first = self.pruned(build)
        assert only(build, "pruning-no-savings", first) is None
        records = [self.pruned(build), *self.later(build, "a", "b")]
        advice = only(build, "pruning-no-savings", *records)
        assert advice.cell_id == "prune"
        assert advice.title == "The masks of the pruned `model` take 32 MiB more."
        assert "`model.fc.weight`" in advice.evidence[0]
        assert advice.prediction.before - advice.prediction.after == 32 << 20
        fixed = apply_edits(PRUNE, advice.fix.edits)
        assert fixed == PRUNE + 'prune.remove(model.fc, "weight")\n'

    def test_predicts_no_less_memory_than_there_was(self, build):
        freed = self.pruned(build, memory=[build.memory(after=1 << 20)])
        advice = only(build, "pruning-no-savings", freed, *self.later(build, "a", "b"))
        assert advice.prediction is None

    def test_fires_where_a_function_of_another_cell_prunes(self, build):
        body = PRUNE.splitlines()[1].replace("model", "net")
        source = f"from torch.nn.utils import prune\ndef compress(net):\n    {body}\n"
        define = build.record(source, "define")
        pruned = self.pruned(build, "compress(model)\n")
        again = build.record("describe(model)", "a", placement=self.placement())
        records = [define, pruned, again, *self.later(build, "b", "c")]
        advice = only(build, "pruning-no-savings", *records)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("prune", "define", [3])
        assert apply_edits(source, advice.fix.edits).endswith('prune.remove(net.fc, "weight")\n')

    def test_silent_where_the_function_trains_too(self, build):
        source = f"def go():\n    {PRUNE.splitlines()[1]}\n    fit()\n"
        define = build.record("from torch.nn.utils import prune\n" + source, "define")
        pruned = self.pruned(build, "go()\n", optimizer_steps=5, last_step_place=at(1))
        records = [define, pruned, *self.later(build, "a", "b")]
        assert only(build, "pruning-no-savings", *records) is None

    def test_silent_when_training_goes_on(self, build):
        records = [
            self.pruned(build),
            *self.later(build, "a"),
            *self.later(build, "b", optimizer_steps=9),
        ]
        assert only(build, "pruning-no-savings", *records) is None

    def test_refuted_by_a_later_step(self, build):
        session = build.Session(self.pruned(build), *self.later(build, "a", "b"))
        assert session.advised()
        session.add(build.record("fit()", "fit", optimizer_steps=3, placement=self.placement()))
        assert not [each for each in session.advised() if each.rule == "pruning-no-savings"]

    def test_silent_when_the_masks_are_gone(self, build):
        records = [self.pruned(build), *self.later(build, "a")]
        removed = build.record("remove_masks()", "b", placement=placed(module()))
        assert only(build, "pruning-no-savings", *records, removed) is None

    @pytest.mark.parametrize(
        "more",
        [
            {"size": 1000},
            {"source": "load_pruned()"},
            {"optimizer_steps": 4, "last_step_place": at(3)},
            {"source": f"def go():\n    {PRUNE.splitlines()[1]}\n"},
        ],
    )
    def test_silent(self, build, more):
        records = [self.pruned(build, **more), *self.later(build, "a", "b")]
        assert only(build, "pruning-no-savings", *records) is None
