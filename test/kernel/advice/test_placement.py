"""Advice on where models and tensors are, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import at, made_in, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    Forwards,
    Layers,
    LineCost,
    Move,
    Optimizer,
    ParameterGroup,
    Place,
    PlacedModule,
    PlacedTensor,
    Transfer,
)
from jupyterlab_torchprof.source import source_hash

MIB, GIB = 1 << 20, 1 << 30
MODEL = "model = Net()\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
TRAIN = "for x, y in loader:\n    loss = F.cross_entropy(model(x), y)\n    loss.backward()\n"
DEVICE = 'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")\n'


def module(name="model", kind="Net", device="cpu", size=40 * MIB):
    return PlacedModule(
        path=name,
        class_name=kind,
        training=True,
        parameters=size // 4,
        parameter_bytes=size,
        buffer_bytes=0,
        gradient_bytes=0,
        devices={device: size},
        dtypes={"float32": size},
    )


def tensor(path, device="cpu"):
    return PlacedTensor(
        path=path, device=device, dtype="float32", shape=[8], storage_bytes=32, requires_grad=False
    )


def placed(*modules, tensors=(), **named):
    return builders.placed(*modules, tensors=list(tensors), devices_named=named)


machine = partial(builders.machine, accelerator="cuda", device_count=1, num_threads=4)


def loading(wait=0.0):
    return builders.loading(variable="loader", batch_size=256, place=at(2), batches=40, wait_s=wait)


def forwards(line=2, calls=40, device="cpu", shape=(256, 512), **layers):
    return Forwards(
        place=at(line),
        module="Net",
        calls=calls,
        grad=True,
        inference=False,
        training=True,
        device=device,
        layers=Layers(**layers),
        shapes=[list(shape)],
        looked_at=calls,
    )


class TestModelOnCpu:
    def cells(
        self, build, source=TRAIN, *, model=MODEL, wait=0.0, share=0.5, placement=None, **more
    ):
        """The cell of the model, and one that trains it for ten seconds."""
        values = {
            "torch": machine(),
            "duration_s": 10.0,
            "forwards": [forwards()],
            "lines": [
                LineCost(line=2, time_share=share, host_growth_bytes=0, device_growth_bytes=0)
            ],
            "placement": placement or placed(module()),
            "data_loading": [loading(wait)],
        }
        made = build.record(model, "model")
        return made, build.record(source, "train", **{**values, **more})

    def advised(self, build, *args, **more):
        return only(build, "model-on-cpu-gpu-idle", *self.cells(build, *args, **more))

    def test_fires(self, build):
        advice = self.advised(build)
        assert advice.title == "`model` runs on the CPU while cuda is idle."
        assert advice.severity == "high"
        assert advice.lines == [2]
        assert advice.evidence == [
            "Line 2 took about 5 s without waits for data, with 40 forwards on the CPU.",
            "All 40 MiB of `model` are on the CPU.",
            "PyTorch can use 1 cuda device, and no forward of the cell ran there.",
        ]
        assert advice.prediction is None

    def test_moves_model_and_batches(self, build):
        advice = self.advised(build)
        assert not advice.fix.safe
        by_cell = {edit.cell_id: [] for edit in advice.fix.edits}
        for edit in advice.fix.edits:
            by_cell[edit.cell_id].append(edit)
        model = apply_edits(MODEL, by_cell["model"]).splitlines()
        assert model[-3:-1] == ["model = Net()", "model = model.to(device)"]
        train = apply_edits(TRAIN, by_cell["train"]).splitlines()
        assert train[1] == "    x, y = x.to(device), y.to(device)"

    def test_reuses_the_name_of_the_device(self, build):
        setup = build.record(DEVICE, "setup")
        cells = self.cells(build, placement=placed(module(), device="cuda"))
        advice = only(build, "model-on-cpu-gpu-idle", setup, *cells)
        assert not any("torch.device" in edit.new_text for edit in advice.fix.edits)

    def test_fires_for_a_function_without_fix(self, build):
        advice = self.advised(build, "data = read()\nout = predict(model, data)\n")
        assert advice.fix is None
        assert "`predict`" in advice.refusal

    @pytest.mark.parametrize(
        "source",
        [
            "for x, y in loader:\n    out = model(x).detach().numpy()\n",
            "for batch in loader:\n    out = model(batch)\n",
            "for x, y, path in loader:\n    out = model(x)\n",
            "for x, y in loader:\n    out = model(x) * scale\n",
            "for x, y in loader:\n    out = model(x.float())\n",
            "for x, y in loader:\n    out = model.encode(x)\n    model(x)\n",
            "z = 1\nout = model(images)\n",
        ],
    )
    def test_refuses_what_a_move_at_the_top_would_not_do(self, build, source):
        placement = placed(module(), tensors=[tensor("scale"), tensor("images")])
        advice = self.advised(build, source, placement=placement)
        assert advice.fix is None
        assert advice.refusal.endswith(".")

    def test_moves_a_single_tensor(self, build):
        placement = placed(module(), tensors=[tensor("x")])
        advice = self.advised(build, "for x in loader:\n    out = model(x)\n", placement=placement)
        assert advice.fix is not None

    @pytest.mark.parametrize(
        "more",
        [
            {"torch": machine(accelerator=None, device_count=0)},
            {"torch": machine(device_count=0)},
            {"share": 0.05},  # half a second
            {"wait": 4.5},  # waits for data
            {"forwards": [forwards(calls=2)]},
            {"forwards": [forwards(calls=4000)]},  # 1.25 ms each
            {"forwards": [forwards(), forwards(4, device="cuda:0")]},
            {"forwards": [forwards(quantized=True)]},
            {"status": "interrupted"},
            {"placement": placed(module(), device="cpu")},
            {"memory": [None]},
        ],
    )
    def test_silent(self, build, more):
        if more.get("memory"):
            more = {"memory": [build.memory(total=64 * MIB)]}
        assert self.advised(build, **more) is None

    def test_silent_for_a_small_policy_in_a_slow_simulation(self, build):
        small = placed(module(size=20_000))
        entry = forwards(calls=1000, shape=(1, 4))
        source = "env = make()\nplay(env, model)\n"
        assert self.advised(build, source, placement=small, forwards=[entry]) is None

    @pytest.mark.parametrize(
        "text",
        [
            'device = "cpu"\n',
            'device = torch.device("cpu")  # for now\n',
            'torch.set_default_device("cpu")\n',
            "model.cpu()\n",
            'model.to("cpu")\n',
        ],
    )
    def test_silent_where_the_text_wants_the_cpu(self, build, text):
        assert self.advised(build, model=MODEL + text) is None

    @pytest.mark.parametrize(
        "text",
        ['weights = torch.load(path, map_location="cpu")\n', 'log = {"where": "cpu"}\n', DEVICE],
    )
    def test_other_mentions_of_the_cpu(self, build, text):
        assert self.advised(build, model=MODEL + text)

    def test_does_not_take_a_name_that_stands_for_something_else(self, build):
        sensor = build.record("device = find_sensor()\n", "sensor")
        advice = only(build, "model-on-cpu-gpu-idle", sensor, *self.cells(build))
        assert advice.fix is None
        assert advice.refusal.startswith("device may stand")

    @pytest.mark.parametrize(
        "head",
        [
            "for i, (x, y) in enumerate(loader):",
            "for i, (x, y) in enumerate(tqdm(loader)):",
            "for i, (x, y) in tqdm(enumerate(loader), total=40):",
            "for x, y in islice(loader, 40):",
        ],
    )
    def test_sees_through_what_yields_the_same_batches(self, build, head):
        source = f"{head}\n    out = model(x)\n"
        (edit,) = (e for e in self.advised(build, source).fix.edits if e.cell_id == "train")
        assert "x, y = x.to(device), y.to(device)" in edit.new_text

    def test_two_lists_side_by_side(self, build):
        source = "for (x, y), z in zip(loader, others):\n    out = model(x)\n"
        assert self.advised(build, source).fix is None

    def test_counts_steps_where_forwards_were_not_all_counted(self, build):
        entry = forwards(calls=200)
        many = {"forwards": [entry], "forwards_complete": False, "optimizer_steps": 2000}
        assert "2,000 forwards" in self.advised(build, **many).evidence[0]
        assert self.advised(build, **{**many, "optimizer_steps": 4000}) is None
        assert self.advised(build, **{**many, "optimizer_steps": 0}) is None

    @pytest.mark.parametrize(
        ("shape", "layers", "fires"),
        [
            ((32, 3, 224, 224), {"convs": 20}, True),  # 100,000 weights, each used often
            ((32, 3, 8, 8), {"convs": 20}, False),
            ((32, 64), {}, False),
            ((32, 640), {"norms_other": 12}, True),  # tokens
            ((32, 640, 64), {}, True),
        ],
    )
    def test_weighs_how_often_weights_are_used(self, build, shape, layers, fires):
        small = placed(module(size=400_000))
        entry = forwards(calls=1000, shape=shape, **layers)
        found = self.advised(build, placement=small, forwards=[entry])
        assert (found is not None) == fires

    def test_a_model_loaded_to_the_cpu_is_for_another_rule(self, build):
        text = 'model = torch.load(path, map_location="cpu", weights_only=False)\n'
        assert self.advised(build, model=text) is None


def move(line, source, target, *, seconds=0.02, name="model", no_op=False, size=40 * MIB):
    return Move(
        what=f"{name} (Net)",
        source={f"{source} float32": size},
        target={f"{target} float32": size},
        moved_bytes=0 if no_op else size,
        duration_s=seconds,
        no_op=no_op,
        place=at(line),
    )


def again(line, count, **more):
    return [move(line, "cuda:0", "cuda:0", no_op=True, **more) for _ in range(count)]


PREDICT = "for x in batches:\n    model.to(device)\n    outs.append(model(x))\n"


class TestRedundantMove:
    def advised(self, build, moves, source=PREDICT, **more):
        return only(build, "redundant-move", build.record(source, moves=moves, **more))

    def test_fires(self, build):
        advice = self.advised(build, again(2, 11))
        assert advice.title == "The loop moves `model` to where it is, 11 times."
        assert advice.severity == "low"
        assert advice.lines == [2]
        assert advice.evidence == [
            "11 calls on line 2 moved nothing; all but the first of them took 200 ms of 1 s."
        ]
        assert advice.prediction.before - advice.prediction.after == pytest.approx(0.2)

    def test_takes_the_call_out(self, build):
        advice = self.advised(build, again(2, 11))
        assert advice.fix.safe
        assert apply_edits(PREDICT, advice.fix.edits) == (
            "model.to(device)\nfor x in batches:\n    outs.append(model(x))\n"
        )

    def test_the_first_may_move(self, build):
        assert self.advised(build, [move(2, "cpu", "cuda:0"), *again(2, 11)])

    @pytest.mark.parametrize("name", ["lab.model", 'models["a"]'])
    def test_a_module_in_an_object(self, build, name):
        moves = again(2, 11, name=name)
        source = PREDICT.replace("model.to", "lab.model.to")
        advice = self.advised(build, moves, source)
        assert advice.title.startswith("The loop moves `lab.model` to where it is")
        assert advice.fix.safe

    @pytest.mark.parametrize(
        ("source", "fires"),
        [
            ("for x in batches:\n    net.to(device)\n", True),
            ("for net in nets:\n    net.to(device)\n", False),  # another one in each round
            ("for x in batches:\n    net = make().to(device)\n", False),
            ("for x in batches:\n    net.to(device), x.to(device)\n", False),
        ],
    )
    def test_a_module_that_no_variable_has_in_the_end(self, build, source, fires):
        moves = again(2, 11)
        for each in moves:
            each.what = "Net"
        assert (self.advised(build, moves, source) is not None) == fires

    def test_silent_where_a_function_moves_it(self, build):
        source = "for x in batches:\n    prepare(model); x.to(device)\n"
        places = [
            Place(parent=None, kind="cell", source_hash=source_hash(source), line=2),
            Place(parent=0, kind="library", function="Module.to"),
            Place(parent=0, kind="cell", source_hash="elsewhere", function="prepare", line=1),
            Place(parent=2, kind="library", function="Module.to"),
        ]
        for place, fires in ((1, True), (3, False)):
            moves = again(2, 11)
            for each in moves:
                each.place = place
            assert (self.advised(build, moves, source, places=places) is not None) == fires

    def test_refuses_what_the_loop_binds(self, build):
        source = "for device in devices:\n    model.to(device)\n"
        advice = self.advised(build, again(2, 11), source)
        assert advice.fix is None
        assert advice.refusal

    def test_refuses_a_call_on_a_condition(self, build):
        source = PREDICT.replace("    model.to(device)", "    if flag: model.to(device)")
        advice = self.advised(build, again(2, 11), source)
        assert advice.refusal.startswith("The call depends on a condition")

    def test_silent_when_something_takes_it_away_at_times(self, build):
        moves = [*again(2, 5), move(4, "cuda:0", "cpu"), move(2, "cpu", "cuda:0"), *again(2, 5)]
        source = PREDICT + "    if late:\n        model.cpu()\n"
        assert self.advised(build, moves, source) is None

    @pytest.mark.parametrize(
        ("moves", "source", "more"),
        [
            (again(1, 11), "model.to(device)\n", {}),
            (again(2, 1), PREDICT, {}),
            (again(2, 11, seconds=0.0001), PREDICT, {}),
            (again(2, 11), PREDICT, {"duration_s": 60.0}),
            (again(3, 11), "def f(x):\n    return model(x)\n[model.to(d) for d in ds]\n", {}),
        ],
    )
    def test_silent(self, build, moves, source, more):
        assert self.advised(build, moves, source, **more) is None


OFFLOAD = "for x in batches:\n    model.to(device)\n    out = model(x)\n    model.cpu()\n"


def rounds(count, there=2, back=4, **more):
    return [
        each
        for _ in range(count)
        for each in (move(there, "cpu", "cuda:0", **more), move(back, "cuda:0", "cpu", **more))
    ]


class TestModelPingPong:
    def advised(self, build, moves, source=OFFLOAD, **more):
        return only(build, "model-ping-pong", build.record(source, moves=moves, **more))

    def test_fires(self, build):
        advice = self.advised(build, rounds(6))
        assert advice.title == "`model` goes from cpu to cuda:0 and back 6 times in the loop."
        assert advice.severity == "medium"
        assert advice.lines == [2, 4]
        assert "copied 480 MiB in all" in advice.explanation
        assert advice.evidence[1].endswith("took 200 ms of 1 s.")
        assert advice.prediction.before - advice.prediction.after == pytest.approx(0.2)

    def test_takes_both_moves_out(self, build):
        advice = self.advised(build, rounds(6))
        assert apply_edits(OFFLOAD, advice.fix.edits) == (
            "model.to(device)\nfor x in batches:\n    out = model(x)\nmodel.cpu();\n"
        )

    def test_promises_nothing_where_the_owner_of_the_module_may_use_it(self, build):
        source = OFFLOAD.replace("model", "self.model") + "    self.check(out)\n"
        advice = self.advised(build, rounds(6, name="trainer.model"), source)
        assert advice.prediction is None
        assert advice.fix is None
        assert "may use `self.model`" in advice.refusal
        assert "both devices" not in advice.explanation
        calm = self.advised(
            build, rounds(6, name="trainer.model"), source.replace("check(out)", "n = 1")
        )
        assert calm.fix is not None

    def test_silent_where_it_is_not_known_what_else_moved(self, build):
        elsewhere = [move(None, "cpu", "cuda:0", name="other"), *rounds(6)]
        assert self.advised(build, elsewhere) is None

    def test_promises_nothing_for_a_module_that_both_devices_use(self, build):
        advice = self.advised(build, rounds(6), OFFLOAD + "    check(model)\n")
        assert advice.prediction is None
        assert advice.fix is None
        assert "both devices" in advice.explanation

    @pytest.mark.parametrize(
        ("moves", "source"),
        [
            (rounds(1), OFFLOAD),
            (rounds(6, seconds=0.001), OFFLOAD),
            (rounds(6)[::2], OFFLOAD),
            (rounds(6) + rounds(6, name="other"), OFFLOAD),
            (rounds(6, 1, 2), "model.to(device)\nmodel.cpu()\n"),
            (rounds(6, 3, 5), OFFLOAD.replace("    model.to", "    if due:\n      model.to")),
        ],
    )
    def test_silent(self, build, moves, source):
        assert self.advised(build, moves, source) is None

    def test_silent_where_it_makes_room(self, build):
        memory = [build.memory(peak=15 * GIB, total=16 * GIB)]
        assert self.advised(build, rounds(6, size=2 * GIB), memory=memory) is None


MAKE = "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"


def optimizer(lost, steps=5, **more):
    return Optimizer(
        **{
            "variable": "optimizer",
            "class_name": "SGD",
            "steps": steps,
            "place": at(1),
            "groups": [ParameterGroup(lr=0.1, parameters=6)],
            "lost": lost,
            "lost_module": "model" if lost else None,
            **more,
        }
    )


class TestLostOptimizers:
    def advised(self, build, rule, *optimizers, make=MAKE, cell="make"):
        made = build.record(make, cell)
        for entry in optimizers:
            entry.made = made_in(make, "optimizer", made.run_id)
        train = build.record("train()", "train", optimizers=list(optimizers), optimizer_steps=5)
        return only(build, rule, made, train)

    def test_stale(self, build):
        advice = self.advised(build, "optimizer-stale", optimizer("module"))
        assert advice.title == "`optimizer` updates an old model, not `model`."
        assert advice.severity == "high"
        assert advice.evidence == [
            "`optimizer` took 5 steps with 6 tensors, none of which is a parameter of `model`."
        ]
        assert advice.fix is None
        assert advice.prediction is None

    def test_swapped(self, build):
        advice = self.advised(build, "optimizer-before-param-swap", optimizer("parameters"))
        assert advice.title == "`optimizer` has none of the parameters of `model`."
        assert advice.severity == "high"

    @pytest.mark.parametrize(
        ("rule", "lost"),
        [("optimizer-stale", "module"), ("optimizer-before-param-swap", "parameters")],
    )
    def test_runs_the_cell_again(self, build, rule, lost):
        (action,) = self.advised(build, rule, optimizer(lost)).actions
        assert action.kind == "run_cell"
        assert action.targets == ["make"]
        assert action.title == "Make optimizer again"
        assert "`optimizer`" in action.description

    @pytest.mark.parametrize(
        "make",
        [
            "import torch.optim as O\noptimizer = O.SGD(model.parameters(), **options)\n",
            "optimizer = configure(model)\n",
            "self.optimizer = OPTIMIZERS[name](model.parameters())\n",
        ],
    )
    def test_runs_the_cell_again_however_it_makes_the_optimizer(self, build, make):
        advice = self.advised(build, "optimizer-stale", optimizer("module"), make=make)
        assert [action.targets for action in advice.actions] == [["make"]]

    def test_no_action_without_a_cell(self, build):
        advice = self.advised(build, "optimizer-stale", optimizer("module"), cell=None)
        assert not advice.actions
        assert advice.refusal

    @pytest.mark.parametrize("later", ["optimizer = None\n", MAKE + "# again\n"])
    def test_no_action_for_a_cell_that_was_changed_since(self, build, later):
        made, edited = build.record(MAKE, "make"), build.record(later, "make")
        entry = optimizer("module", made=made_in(MAKE, "optimizer", made.run_id))
        train = build.record("train()", "train", optimizers=[entry], optimizer_steps=5)
        advice = only(build, "optimizer-stale", made, edited, train)
        assert not advice.actions
        assert advice.refusal

    def test_one_of_them_only(self, build):
        stale = optimizer("module")
        assert self.advised(build, "optimizer-before-param-swap", stale) is None
        swapped = optimizer("parameters")
        assert self.advised(build, "optimizer-stale", swapped) is None

    @pytest.mark.parametrize(
        "entry",
        [
            optimizer(None),
            optimizer("module", steps=0),
            optimizer("module", lost_module=None),
            optimizer(None, module="model", shared_parameters=2),
        ],
    )
    def test_silent(self, build, entry):
        assert self.advised(build, "optimizer-stale", entry) is None
        assert self.advised(build, "optimizer-before-param-swap", entry) is None


CREATE = "import torch\nfor row in rows:\n    mask = torch.zeros(n, n).to(device)\n"


def copied(line=3, calls=10, seconds=0.2, **more):
    return Transfer(
        **{
            "method": "to",
            "source": "cpu",
            "target": "cuda:0",
            "place": at(line),
            "calls": calls,
            "moved_bytes": calls * 16 * MIB,
            "duration_s": seconds,
            **more,
        }
    )


class TestCreateOnDevice:
    def advised(self, build, source=CREATE, transfer=None, **more):
        transfers = [transfer or copied()]
        return only(build, "create-on-device", build.record(source, transfers=transfers, **more))

    def test_fires(self, build):
        advice = self.advised(build)
        assert advice.title == ("Line 3 makes tensors in host memory and copies 160 MiB to cuda:0.")
        assert advice.severity == "low"
        assert advice.evidence == ["10 copies of 160 MiB in all took 200 ms of 1 s."]
        assert advice.prediction is None
        assert advice.fix.safe
        assert "torch.zeros(n, n, device=device)\n" in apply_edits(CREATE, advice.fix.edits)

    @pytest.mark.parametrize("where", ["self.device", "cfg.DEVICE", "args.dev"])
    def test_a_device_in_an_object(self, build, where):
        assert self.advised(build, CREATE.replace("to(device", f"to({where}")).fix.safe

    @pytest.mark.parametrize("factory", ["arange", "linspace"])
    def test_not_bit_equal(self, build, factory):
        advice = self.advised(build, CREATE.replace("zeros", factory))
        assert advice.fix
        assert not advice.fix.safe

    @pytest.mark.parametrize("factory", ["rand", "randn"])
    def test_no_fix_for_random_numbers(self, build, factory):
        advice = self.advised(build, CREATE.replace("zeros", factory))
        assert advice.fix is None
        assert "other numbers" in advice.refusal

    @pytest.mark.parametrize(
        ("source", "transfer"),
        [
            (CREATE, copied(seconds=0.01)),
            (CREATE, copied(source="cuda:0", target="cpu")),
            (CREATE, copied(line=2)),
            (CREATE, copied(method="cpu")),
            (CREATE.replace("zeros", "tensor"), None),
            (CREATE.replace("torch.zeros(n, n)", "batch"), None),
            (CREATE.replace("torch.zeros(n, n)", "make(torch)"), None),
            (CREATE.replace(".to(device)", ".to(torch.float16)"), None),
            (CREATE.replace(".to(device)", ".to(other)"), None),
            (CREATE.replace(".to(device)", ".to(device).to(kind)"), None),
        ],
    )
    def test_silent(self, build, source, transfer):
        assert self.advised(build, source, transfer) is None

    def test_silent_in_a_long_cell(self, build):
        assert self.advised(build, duration_s=100.0) is None
