"""Advice on checkpoints, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    Checkpoint,
    DataLoading,
    Forwards,
    Layers,
    LineCost,
    Load,
    PlacedModule,
    Placement,
    TorchState,
)

MIB = 1 << 20
LOAD = "import torch\nstate = torch.load(path)\n"
UNSAFE = "import torch\nstate = torch.load(path, weights_only=False)\n"
INTO = 'checkpoint = torch.load(path)\nmodel.load_state_dict(checkpoint["model"])\nx = 1\n'
WHOLE = 'import torch\nmodel = torch.load(path, map_location="cpu", weights_only=False)\n'
USE = "for x, y in loader:\n    total += loss_of(model(x), y)\n"


def load(**more):
    values = {
        "path": "model.pt",
        "file_bytes": 600 * MIB,
        "duration_s": 0.4,
        "map_location": None,
        "weights_only": None,
        "mmap": None,
        "landed": {"cpu": 600 * MIB},
        "place": at(2),
        "zip_format": True,
        "host_growth_bytes": 590 * MIB,
    }
    return Load(**{**values, **more})


class TestLoadMmap:
    RULE = "load-mmap"

    def test_maps_the_file(self, build):
        advice = only(build, self.RULE, build.record(LOAD, loads=[load()]))
        assert advice.title == "All 600 MiB of `model.pt` were read."
        assert advice.severity == "medium"
        assert advice.prediction is None
        assert "590 MiB" in advice.evidence[0]
        assert apply_edits(LOAD, advice.fix.edits).endswith("torch.load(path, mmap=True)\n")

    def test_refuses_where_checkpoints_are_written(self, build):
        source = LOAD + "torch.save(state, path)\n"
        advice = only(build, self.RULE, build.record(source, loads=[load()]))
        assert advice.fix is None
        assert "saves checkpoints" in advice.refusal

    @pytest.mark.parametrize(
        "change",
        [
            {"file_bytes": 100 * MIB},
            {"file_bytes": None},
            {"zip_format": False},
            {"zip_format": None},
            {"mmap": True},
            {"failed": True},
            {"host_growth_bytes": 20 * MIB},
            {"host_growth_bytes": None},
            {"landed": {"cuda:0": 600 * MIB}},
            {"library": "timm"},
            {"call": "torch.hub.load_state_dict_from_url"},
            {"call": "safetensors.torch.load_file", "format": "safetensors", "zip_format": None},
        ],
    )
    def test_silent(self, build, change):
        record = build.record(LOAD, loads=[load(**change)])
        assert only(build, self.RULE, record) is None

    def test_silent_for_open_files(self, build):
        source = "with open(path, 'rb') as file:\n    state = torch.load(file)\n"
        assert only(build, self.RULE, build.record(source, loads=[load()])) is None


class TestWeightsOnlyOff:
    RULE = "weights-only-off"

    def record(self, build, source=UNSAFE, **more):
        return build.record(source, loads=[load(**{"weights_only": False, **more})])

    def test_drops_what_nothing_needs(self, build):
        advice = only(build, self.RULE, self.record(build, needs_code=[]))
        assert advice.title == "`model.pt` needs no `weights_only=False`."
        assert advice.severity == "medium"
        assert advice.fix.safe
        assert apply_edits(UNSAFE, advice.fix.edits) == LOAD

    def test_names_what_a_file_asks_for(self, build):
        advice = only(build, self.RULE, self.record(build, needs_code=["models.Config"]))
        assert advice.severity == "high"
        assert advice.title == "`model.pt` may run any code when it is loaded."
        assert advice.evidence[1] == "The file asks for `models.Config`."
        assert "safe_globals" in advice.explanation
        assert advice.fix is None

    @pytest.mark.parametrize(
        "saves",
        ["# torch.save(model, path)\n", 'torch.save(other, "runs/other.pt")\n', "save(model)\n"],
    )
    def test_a_file_that_something_else_saved(self, build, saves):
        before = build.record(f"import torch\n{saves}", "save")
        record = self.record(build, needs_code=["models.Config"])
        assert only(build, self.RULE, before, record).severity == "high"

    @pytest.mark.parametrize(
        "saves",
        [
            "torch.save(model, path)\n",
            "from torch import save as keep\nkeep(model, f=path)\n",
            'torch.save(model, "runs/model.pt")\n',
            "def checkpoint(m):\n    torch.save(m, path)\n",
        ],
    )
    def test_silent_for_a_file_of_the_session(self, build, saves):
        before = build.record(f"import torch\n{saves}", "save")
        record = self.record(build, needs_code=["models.Config"])
        assert only(build, self.RULE, before, record) is None

    def test_what_is_saved_later_counts_for_nothing(self, build):
        record = self.record(build, needs_code=["models.Config"])
        later = build.record("torch.save(model, path)", "save")
        assert only(build, self.RULE, record, later)

    def test_refuses_what_the_call_does_not_show(self, build):
        source = UNSAFE.replace("weights_only=False", "**options")
        advice = only(build, self.RULE, self.record(build, source, needs_code=[]))
        assert "does not show it" in advice.refusal

    @pytest.mark.parametrize(
        "change",
        [
            {"needs_code": None},
            {"needs_code": [], "weights_only": True},
            {"needs_code": [], "weights_only": None},
            {"needs_code": ["__main__.Net", "torch.nn.Linear"]},
            {"needs_code": [], "failed": True},
            {"needs_code": [], "library": "lightning"},
            {"needs_code": [], "call": "torch.hub.load_state_dict_from_url"},
        ],
    )
    def test_silent(self, build, change):
        assert only(build, self.RULE, self.record(build, **change)) is None

    def test_silent_with_an_unpickler_of_its_own(self, build):
        source = UNSAFE.replace("weights_only=False", "weights_only=False, pickle_module=dill")
        assert only(build, self.RULE, self.record(build, source, needs_code=[])) is None

    def test_silent_for_files_of_this_session(self, build):
        save = build.record("torch.save(model, path)", "save")
        record = self.record(build, needs_code=["torch.nn.Linear"])
        assert only(build, self.RULE, save, record) is None


class TestStateDictKept:
    RULE = "state-dict-kept"

    def checkpoint(self, size=200 * MIB, **more):
        values = {"variable": "checkpoint", "place": at(1), "unique_bytes": {"cuda:0": size}}
        return Checkpoint(**{**values, "loaded_into": "model", "loaded_place": at(2), **more})

    def session(self, build, *sources, checkpoint=None, after=None):
        first = checkpoint or self.checkpoint()
        later = after if after is not None else first
        memory = [build.memory(after=900 * MIB, peak=900 * MIB)]
        kept = [later] if later else []
        return [
            build.record(INTO, "load", checkpoints=[first], memory=memory),
            *(build.record(each, each, checkpoints=kept, memory=memory) for each in sources),
        ]

    def test_deletes_it_after_two_other_cells(self, build):
        advice = only(build, self.RULE, *self.session(build, "a = 1", "b = 2"))
        assert advice.title == "`checkpoint` keeps 200 MiB on cuda:0 beside `model`."
        assert advice.severity == "medium"
        assert advice.lines == [2]
        assert advice.prediction.before - advice.prediction.after == 200 * MIB
        assert apply_edits(INTO, advice.fix.edits).endswith("x = 1\ndel checkpoint\n")
        (action,) = advice.actions
        assert (action.kind, action.targets) == ("delete_names", ["checkpoint"])
        assert action.expected_bytes == {"cuda:0": 200 * MIB}

    def test_a_file_of_safetensors(self, build):
        source = INTO.replace("torch.load(path)", "load_file(path, device='cuda')")
        first, *later = self.session(build, "a = 1", "b = 2")
        first = build.record(
            source,
            "load",
            checkpoints=first.checkpoints,
            memory=first.memory,
            loads=[load(call="safetensors.torch.load_file", format="safetensors", place=at(1))],
        )
        advice = only(build, self.RULE, first, *later)
        assert advice.title == "`checkpoint` keeps 200 MiB on cuda:0 beside `model`."
        assert apply_edits(source, advice.fix.edits) == source + "del checkpoint\n"

    def test_promises_nothing_of_the_host(self, build):
        kept = self.checkpoint(unique_bytes={"cpu": 200 * MIB})
        advice = only(build, self.RULE, *self.session(build, "a = 1", "b = 2", checkpoint=kept))
        assert "in host memory" in advice.title
        assert advice.prediction is None

    def parts(self, build, source):
        entries = [self.checkpoint(), self.checkpoint(50 * MIB, variable="weights")]
        records = self.session(build, "a = 1", "b = 2")
        first, *later = records
        first = build.record(source, "load", checkpoints=entries, memory=first.memory)
        for record in later:
            record.checkpoints = entries
        return first, *later

    def test_takes_the_whole_and_its_parts_for_one(self, build):
        source = (
            "checkpoint = torch.load(path)\nweights = checkpoint['model']\n"
            "model.load_state_dict(weights)\nx = 1\n"
        )
        advice = only(build, self.RULE, *self.parts(build, source))
        assert advice.title == "`checkpoint` and `weights` keep 200 MiB on cuda:0 beside `model`."
        assert advice.prediction.before - advice.prediction.after == 200 * MIB
        assert apply_edits(source, advice.fix.edits) == source + "del checkpoint, weights\n"
        assert advice.actions[0].targets == ["checkpoint", "weights"]

    def test_leaves_a_cell_that_has_it_from_another(self, build):
        source = "weights = checkpoint['model']\nmodel.load_state_dict(weights)\n"
        advice = only(build, self.RULE, *self.parts(build, source))
        assert advice.fix is None
        assert advice.refusal.startswith("Another cell makes `checkpoint`, and this one")
        assert advice.actions

    def of_an_attribute(self, build, owner, later):
        """Advice on an attribute when a cell has run, and while it waits."""
        source = (
            'run.weights = torch.load(path)\nmodel.load_state_dict(run.weights["model"])\nx = 1\n'
        )
        kept = self.checkpoint(variable="run.weights")
        _own, *others = self.session(build, "a = 1", later, checkpoint=kept)
        record = build.record(source, "load", checkpoints=[kept], memory=others[0].memory)
        other = build.record("b = 2", "b = 2", checkpoints=[kept], memory=others[0].memory)
        above = build.record(owner, "above")
        waiting = build.Session(above, record, others[0], other, waiting=[later]).advised()
        return source, only(build, self.RULE, above, record, *others), waiting

    @pytest.mark.parametrize(
        ("later", "silent"),
        [
            ("print(run, 1)", True),
            ("run", True),
            ("f'{run}'", True),
            ("loss, run", True),
            ("fit(run)", True),
            ("values = vars(other)['weights' * 1]", True),
            ("values = [getattr(other, each) for each in names]", True),
            ("values = getattr(other, 'bias')", False),
            ("print(run.epoch)", False),
        ],
    )
    def test_keeps_an_attribute_that_may_be_read_without_its_name(self, build, later, silent):
        owner = "class Run:\n    pass\nrun = Run()\n"
        source, advice, waiting = self.of_an_attribute(build, owner, later)
        assert (advice is None) is silent
        assert (waiting == []) is silent
        assert silent or apply_edits(source, advice.fix.edits) == source + "del run.weights\n"

    @pytest.mark.parametrize(
        ("owner", "silent"),
        [
            ("import types\nrun = types.SimpleNamespace()\n", False),
            ("from torch import nn\nclass Run(nn.Module):\n    pass\nrun = Run().cuda()\n", False),
            ("from lab import Run\nrun = Run()\n", True),
            ("from lab import Base\nclass Run(Base):\n    pass\nrun = Run()\n", True),
            ("class Run(metaclass=Kind):\n    pass\nrun = Run()\n", True),
            ("@shown\nclass Run:\n    pass\nrun = Run()\n", True),
            ("class Run:\n    def show(self):\n        show(self)\nrun = Run()\n", True),
            ("class Run:\n    pass\nfor run in map(Run, range(3)):\n    pass\n", True),
            ("x = 1", True),
        ],
    )
    def test_keeps_an_attribute_that_unknown_methods_may_read(self, build, owner, silent):
        _source, advice, _waiting = self.of_an_attribute(build, owner, "print(run.epoch)")
        assert (advice is None) is silent

    @pytest.mark.parametrize(
        ("function", "silent"),
        [
            ("def resume():\n    optimizer.load_state_dict(checkpoint['optimizer'])\n", True),
            ("epoch = lambda: checkpoint['epoch']\n", True),
            ("def read(path):\n    checkpoint = torch.load(path)\n    return checkpoint\n", False),
            ("def size(checkpoint):\n    return len(checkpoint)\n", False),
        ],
    )
    def test_functions_may_need_it(self, build, function, silent):
        records = build.record(function, "before"), *self.session(build, "a = 1", "b = 2")
        assert (only(build, self.RULE, *records) is None) is silent

    @pytest.mark.parametrize("sources", [(), ("a = 1",), ("a = 1", "a = 1")])
    def test_waits(self, build, sources):
        assert only(build, self.RULE, *self.session(build, *sources)) is None

    @pytest.mark.parametrize(
        "sources",
        [
            ("a = 1", 'optimizer.load_state_dict(checkpoint["optimizer"])'),
            ("a = 1", "b = 2", "print(checkpoint.keys())"),
        ],
    )
    def test_silent_while_it_is_mentioned(self, build, sources):
        assert only(build, self.RULE, *self.session(build, *sources)) is None

    @pytest.mark.parametrize(
        "change",
        [
            {"unique_bytes": {"cuda:0": MIB}},
            {"unique_bytes": {}},
            {"loaded_into": None, "loaded_place": None},
            {"variable": 'runs["checkpoint"]'},
        ],
    )
    def test_silent(self, build, change):
        kept = self.checkpoint(**change)
        session = self.session(build, "a = 1", "b = 2", checkpoint=kept)
        assert only(build, self.RULE, *session) is None


class TestMapLocationCpu:
    RULE = "map-location-cpu"

    def session(self, build, whole=WHOLE, **more):
        module = PlacedModule(
            path="model",
            class_name="Net",
            training=False,
            parameters=10_000_000,
            parameter_bytes=40_000_000,
            buffer_bytes=0,
            gradient_bytes=0,
            devices={"cpu": 40_000_000},
        )
        entry = Forwards(
            place=at(2),
            module="Net",
            calls=40,
            grad=False,
            inference=False,
            training=False,
            device="cpu",
            dtype="float32",
            layers=Layers(linears=4, linear_bytes=40_000_000),
            shapes=[[512, 1024]],
            looked_at=40,
        )
        loading = DataLoading(
            variable="loader",
            dataset="TensorDataset",
            dataset_in_notebook=False,
            workers=0,
            pin_memory=False,
            prefetch_factor=None,
            persistent_workers=False,
            batch_size=512,
            start_method=None,
            place=at(1),
            iterators=1,
            batches=40,
            startup_s=0.0,
            wait_s=0.1,
            first_wait_s=0.0,
        )
        values = {
            "forwards": [entry],
            "placement": Placement(torch_name="torch", modules=[module]),
            "torch": TorchState(version="2.13.0", accelerator="cuda", device_count=1),
            "lines": [LineCost(2, 0.9, 0, 0)],
            "data_loading": [loading],
            "duration_s": 8.0,
        }
        return build.record(whole, "load"), build.record(USE, "use", **{**values, **more})

    def test_loads_to_the_device_and_moves_batches(self, build):
        advice = only(build, self.RULE, *self.session(build))
        assert advice.title == "`model` was loaded to the CPU and stayed there."
        assert advice.severity == "medium"
        load_edits = [edit for edit in advice.fix.edits if edit.cell_id == "load"]
        use_edits = [edit for edit in advice.fix.edits if edit.cell_id == "use"]
        assert "map_location=device" in apply_edits(WHOLE, load_edits)
        assert "x, y = x.to(device), y.to(device)" in apply_edits(USE, use_edits)
        assert not advice.fix.safe

    def test_state_dicts_are_the_other_rules(self, build):
        whole = 'model = Net()\nmodel.load_state_dict(torch.load(path, map_location="cpu"))\n'
        records = self.session(build, whole)
        assert only(build, self.RULE, *records) is None
        assert only(build, "model-on-cpu-gpu-idle", *records) is not None

    def test_torchscript(self, build):
        whole = 'import torch\nmodel = torch.jit.load(path, map_location="cpu")\n'
        advice = only(build, self.RULE, *self.session(build, whole))
        load_edits = [edit for edit in advice.fix.edits if edit.cell_id == "load"]
        assert "torch.jit.load(path, map_location=device)" in apply_edits(whole, load_edits)

    def of_a_library(self, build, landed):
        source = "model = Net.from_pretrained(name)\n"
        _whole, use = self.session(build)
        entry = load(
            call="from_pretrained", library="transformers", class_name="Net", landed=landed
        )
        made = build.record(source, "load", loads=[entry])
        return source, only(build, "model-on-cpu-gpu-idle", made, use)

    def test_a_library_that_loaded_the_model_to_the_cpu(self, build):
        source, advice = self.of_a_library(build, {"cpu": 40_000_000})
        assert advice.evidence[-1] == (
            "`from_pretrained` of transformers loaded a `Net` to the CPU."
        )
        edits = [edit for edit in advice.fix.edits if edit.cell_id == "load"]
        assert "model.to(device)" in apply_edits(source, edits)

    def test_of_a_model_that_went_elsewhere_nothing_is_said(self, build):
        _source, advice = self.of_a_library(build, {"cuda:0": 40_000_000})
        assert not any("from_pretrained" in fact for fact in advice.evidence)

    @pytest.mark.parametrize(
        "change",
        [
            {"torch": TorchState(version="2.13.0")},
            {"duration_s": 0.5},
            {"lines": [LineCost(2, 0.05, 0, 0)]},
            {"whole": WHOLE.replace('map_location="cpu", ', "")},
            {"whole": WHOLE + "model.to('cpu')\n"},
            {"status": "interrupted"},
        ],
    )
    def test_silent(self, build, change):
        assert only(build, self.RULE, *self.session(build, **change)) is None
