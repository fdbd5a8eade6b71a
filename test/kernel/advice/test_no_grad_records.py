"""no-grad-inference on records that are built by hand: one condition at a time."""

from __future__ import annotations

import msgspec
import pytest
from builders import at
from jupyterlab_torchprof.record import GradState, Optimizer, PlacedModule, Placement, Sample

LOOP = "outs = []\nfor b in loader:\n    outs.append(model(b))\n"
COUNT = "hits = 0\nfor b in loader:\n    hits += int(model(b).argmax())\n"
TRAIN = "for b in loader:\n    loss = model(b).sum()\n    loss.backward()\n    opt.step()\n"


def held(build, **more):
    """A loop in eval mode whose outputs are kept: fires."""
    values = {
        "source": LOOP,
        "forwards": [build.forwards(line=3)],
        "forward_graphs": [build.graph(line=3) for _ in range(3)],
        "retained": [build.retained("outs")],
    }
    return build.record(**{**values, **more})


def dropped(build, **more):
    """A loop whose graphs are freed at once: fires."""
    values = {
        "source": COUNT,
        "forwards": [build.forwards(line=3, calls=100, training=True)],
        "forward_graphs": [build.graph(line=3, fate="dropped", training=True) for _ in range(3)],
        "memory": [
            build.memory(before=100 * build.MIB, after=101 * build.MIB, peak=160 * build.MIB)
        ],
    }
    return build.record(**{**values, **more})


def advised(build, *records):
    return build.Session(*records).advised()


def test_held(build):
    (advice,) = advised(build, held(build))
    assert advice.rule == "no-grad-inference"
    assert advice.title == (
        "Line 3 records graphs for a backward that never comes: 32 MiB stay allocated."
    )
    assert advice.evidence == [
        "Line 3 ran 4 forwards of `Net` with gradients on.",
        "`outs` (4 tensors) keeps 32 MiB of saved tensors alive on cuda:0.",
        "No backward ran in the cell.",
        "The model is in eval mode, and no backward followed its forwards.",
    ]
    prediction = advice.prediction
    assert (prediction.metric, prediction.before, prediction.after) == (
        "graph_bytes",
        32 * build.MIB,
        0,
    )
    assert prediction.device == "cuda:0"
    assert advice.lines == [3]
    assert advice.fix.title == "Wrap line 3 in torch.no_grad()"


def test_dropped(build):
    (advice,) = advised(build, dropped(build))
    prediction = advice.prediction
    # 8 MiB saved less twice the largest, 1 MiB.
    assert prediction.metric == "peak_bytes"
    assert prediction.before == 160 * build.MIB
    assert prediction.before - prediction.after == 6 * build.MIB
    assert "about 6 MiB" in advice.title
    assert "The first 3 graphs were freed without a backward having used them." in advice.evidence


def test_the_promise_is_no_more_than_the_peak_rose(build):
    memory = build.memory(before=100 * build.MIB, after=90 * build.MIB, peak=102 * build.MIB)
    (advice,) = advised(build, dropped(build, memory=[memory]))
    assert advice.prediction.before - advice.prediction.after == 2 * build.MIB


@pytest.mark.parametrize(
    ("saved", "total", "severity"),
    [(32 << 20, 1 << 36, "low"), (64 << 20, 1 << 36, "high"), (32 << 20, 1 << 31, "high")],
)
def test_severity(build, saved, total, severity):
    memory = [build.memory(total=total)]
    record = held(build, retained=[build.retained("outs", saved=saved)], memory=memory)
    (advice,) = advised(build, record)
    assert advice.severity == severity


def test_refusal_is_told(build):
    source = "async for b in loader: outs.append(model(b))\n"
    record = held(
        build,
        source=source,
        forwards=[build.forwards(line=1)],
        forward_graphs=[build.graph(line=1)],
    )
    (advice,) = advised(build, record)
    assert advice.fix is None
    assert "coroutines" in advice.refusal
    assert advice.lines == [1]


def test_several_variables_and_devices(build):
    retained = [
        build.retained("outs", saved=20 * build.MIB),
        build.retained('extra["a"]', saved=10 * build.MIB, tensors=1),
        build.retained("third", saved=15 * build.MIB, device="cuda:1"),
    ]
    source = LOOP + 'extra = {"a": outs[0] * 2}\nthird = outs[1].to("cuda:1")\n'
    (advice,) = advised(build, held(build, source=source, retained=retained))
    assert advice.prediction.before == 30 * build.MIB
    assert advice.prediction.device == "cuda:0"
    assert "`outs`, `third` and `extra` keep" in advice.explanation
    assert "`extra` keeps 10 MiB of saved tensors alive on cuda:0." in advice.evidence


def test_a_bounded_measurement_says_so(build):
    record = held(
        build,
        retained=[build.retained("outs", truncated=True)],
        retained_complete=False,
        forwards_complete=False,
    )
    (advice,) = advised(build, record)
    assert advice.evidence[0] == "Line 3 ran at least 4 forwards of `Net` with gradients on."
    assert "keeps at least 32 MiB" in advice.evidence[1]
    assert "at least 32 MiB stay" in advice.title


def test_only_lines_that_record(build):
    source = "a = frozen(x)\nb = [model(x) for _ in range(3)]\nwith quiet:\n    c = model(x)\n"
    record = build.record(
        source=source,
        forwards=[
            build.forwards(line=1, module="Frozen"),
            build.forwards(line=2),
            build.forwards(line=4, grad=False),
        ],
        forward_graphs=[build.graph(line=2)],
        retained=[build.retained("b")],
    )
    (advice,) = advised(build, record)
    assert advice.lines == [2]


def test_the_floor(build):
    """1 MB or 1 % of the device, whichever is less."""
    small = [build.retained("outs", saved=999_999)]
    assert not advised(build, held(build, retained=small))
    tiny_device = [build.memory(total=99_000_000)]
    assert advised(build, held(build, retained=small, memory=tiny_device))
    assert advised(build, held(build, retained=[build.retained("outs", saved=1_000_000)]))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "error"},
        {"status": "interrupted"},
        {"forwards": lambda b: [b.forwards(line=3, training=True)]},
        {"forwards": lambda b: [b.forwards(line=3, calls=1)]},
        {"forwards": lambda b: [b.forwards(line=None)]},
        {"forwards": lambda b: [b.forwards(line=3, grad=False)]},
        {"forwards": lambda b: [b.forwards(line=3, inference=True)]},
        {"forward_graphs": lambda b: [b.graph(line=3, other_leaves=True)]},
        {"forward_graphs": lambda b: [b.graph(line=3, fate="consumed"), b.graph(line=3)]},
        {"retained": lambda b: [b.retained("outs", other_leaves=True)]},
        {"retained": lambda b: [b.retained("outs", elements=1)]},
        {"retained": lambda b: [b.retained("outs"), b.retained("loss", elements=1)]},
        {
            "placement": lambda b: Placement(tensors=[b.placed("outs"), b.placed("loss", ())]),
            "source": LOOP + "loss = outs[0].sum()\n",
        },
        {"placement": lambda b: Placement(truncated=True)},
        {"placement": None},
        {"retained_complete": False},
        {"source": LOOP + "if False: outs[0].sum().backward()\n"},
        {"source": LOOP + "def later(): return torch.autograd.grad(outs[0], x)\n"},
        {"backwards": 1},
        {"backwards": 1, "last_backward_place": at(3)},
        {"optimizer_steps": 1, "last_step_place": at(3)},
        {"source": LOOP.replace("(b))", "(b))  # torchprof: ignore[other, no-grad-inference]")},
        {"source": LOOP + "# torchprof: ignore"},
        {"grad": None},
    ],
)
def test_silent_on_held_graphs(build, change):
    values = {name: value(build) if callable(value) else value for name, value in change.items()}
    if values.get("grad", True) is None:
        record = msgspec.structs.replace(held(build), grad=None)
    else:
        values["source"] = values.get("source", LOOP + "loss = 1\n")
        record = held(build, **values)
    assert not advised(build, record)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "error"},
        {"forward_graphs": lambda b: [b.graph(line=3, fate="dropped"), b.graph(line=3)]},
        {"forward_graphs": lambda b: [b.graph(line=3, fate="dropped", other_leaves=True)]},
        {"forward_graphs": lambda b: [b.graph(line=3, fate="consumed")]},
        {
            "forward_graphs": lambda b: [
                b.graph(line=3, fate="dropped", saved=3 * b.MIB, largest=b.MIB * 2)
            ]
        },
        {"retained": lambda b: [b.retained("hits", elements=1)]},
        {"placement": lambda b: Placement(truncated=True)},
        {"memory": lambda b: []},
        {"memory": lambda b: [b.memory(before=5, after=200 * b.MIB, peak=200 * b.MIB)]},
        {
            "samples": lambda b: [
                Sample(t_s=0.1, host_bytes=1, devices={"cuda:0": 160 * b.MIB}, place=at(1)),
                Sample(t_s=0.2, host_bytes=1, devices={"cuda:0": 110 * b.MIB}, place=at(3)),
            ]
        },
        {"source": COUNT + "# torchprof: ignore[no-grad-inference]"},
    ],
)
def test_silent_on_freed_graphs(build, change):
    values = {name: value(build) if callable(value) else value for name, value in change.items()}
    assert not advised(build, dropped(build, **values))


def test_freed_lines_speak_beside_a_waiting_one(build):
    """A line is sure if every graph of it was measured."""
    record = dropped(
        build,
        source="a = int(model(x).argmax())\nb = other(x)\n",
        forwards=[build.forwards(line=1, calls=1), build.forwards(line=2, calls=1, training=True)],
        forward_graphs=[build.graph(line=1, fate="dropped"), build.graph(line=2, training=True)],
        retained=[build.retained("b")],
    )
    (advice,) = advised(build, record)
    assert advice.lines == [1]


# --- cells that train ---------------------------------------------------------------------------


def trains(build, tail, **more):
    values = {
        "source": TRAIN + tail,
        "backwards": 10,
        "last_backward_place": at(3),
        "optimizer_steps": 10,
        "last_step_place": at(4),
        "forwards": [build.forwards(line=2, calls=10, training=True), build.forwards(line=6)],
        "forward_graphs": [
            *(build.graph(line=2, fate="consumed", training=True) for _ in range(3)),
            *(build.graph(line=6) for _ in range(3)),
        ],
        "retained": [build.retained("outs")],
    }
    return build.record(**{**values, **more})


BELOW = "for b in val:\n    outs.append(model(b))\n"


def test_below_the_training_loop(build):
    (advice,) = advised(build, trains(build, BELOW))
    assert advice.lines == [6]
    assert "The cell's last training step was above, on line 4." in advice.evidence


def test_variables_of_the_training_loop_are_not_counted(build):
    retained = [build.retained("outs"), build.retained("loss", saved=5 * build.MIB, elements=1)]
    (advice,) = advised(build, trains(build, BELOW, retained=retained))
    assert advice.prediction.before == 32 * build.MIB


def test_within_the_training_loop_only_measured_graphs_count(build):
    source = TRAIN + "    hits += int(model(b).argmax())\n"
    memory = [build.memory(peak=100 * build.MIB)]
    forwards = [
        build.forwards(line=2, calls=10, training=True),
        build.forwards(line=5, calls=10, training=True),
    ]
    values = {"source": source, "memory": memory, "forwards": forwards, "retained": []}
    consumed = build.graph(line=2, fate="consumed", training=True)
    unknown = trains(build, "", **{**values, "forward_graphs": [consumed] * 9})
    assert not advised(build, unknown)
    measured = [consumed, build.graph(line=5, fate="dropped"), consumed]
    (advice,) = advised(build, trains(build, "", **{**values, "forward_graphs": measured}))
    assert advice.lines == [5]


# --- later cells --------------------------------------------------------------------------------


def once(build, **more):
    """One forward whose result is kept: waits."""
    values = {
        "source": "out = model(x)",
        "cell_id": "a",
        "forwards": [build.forwards(calls=1)],
        "forward_graphs": [build.graph()],
        "retained": [build.retained("out", tensors=1)],
    }
    return build.record(**{**values, **more})


def after(build, source, *, out=True, cell_id=None, **more):
    """A later cell, after which ``out`` is as it was, or has no graph any more."""
    more.setdefault("retained", [build.retained("out", tensors=1)] if out else [])
    return build.record(source=source, cell_id=cell_id or source, **more)


def test_two_other_cells_in_eval_mode(build):
    first = once(build)
    session = build.Session(first, after(build, "1"))
    assert not session.advised()
    assert session.add(after(build, "1")) == [], "the same cell once more is no other"
    assert session.add(after(build, "2")) == [first]
    (advice,) = first.advice
    assert "2 other cells have run without a backward" in advice.evidence[-1]


def loss_of(build, **more):
    """A later cell that computes a loss which may wait for its backward."""
    kept = [build.retained("out", tensors=1), build.retained("loss", saved=8, elements=1)]
    return after(build, "loss = out.sum()", retained=kept, **more)


def test_two_other_cells_are_no_proof_where_a_loss_waits(build):
    assert not advised(build, once(build), loss_of(build), after(build, "1"), after(build, "2"))


# --- graphs that are still whole when something has trained -------------------------------------

IN_TRAINING_MODE = {"training": True}


def stepped(build, model="model", **more):
    """A later cell that trains a model, and names nothing of the first."""
    source = "for b in loader:\n    net(b).sum().backward()\n    opt.step()"
    optimizer = Optimizer(variable="opt", class_name="SGD", steps=4, module=model)
    values = {"backwards": 4, "optimizer_steps": 4, "optimizers": [optimizer], **more}
    return after(build, source, **values)


def once_in_training_mode(build, **more):
    """One forward of `model` in training mode whose result is kept."""
    module = PlacedModule(
        path="model",
        class_name="Net",
        training=True,
        parameters=9,
        parameter_bytes=36,
        buffer_bytes=0,
        gradient_bytes=0,
    )
    values = {
        "forwards": [build.forwards(calls=1, training=True)],
        "forward_graphs": [build.graph(training=True)],
        "placement": Placement(torch_name="torch", modules=[module]),
    }
    return once(build, **{**values, **more})


def test_its_own_model_was_trained(build):
    first = once_in_training_mode(build)
    session = build.Session(first)
    assert session.add(stepped(build)) == [first]
    (advice,) = first.advice
    assert advice.evidence[-1] == (
        "The model was trained on in another cell, and the graphs are still whole."
    )


def test_a_loss_that_its_own_model_has_outlived(build):
    retained = [build.retained("out", tensors=1, elements=1)]
    first = once_in_training_mode(build, retained=retained)
    assert advised(build, first, stepped(build, retained=retained))
    again = once_in_training_mode(build, retained=retained)
    assert not advised(build, again, stepped(build, "other", retained=retained))


def test_another_model_was_trained(build):
    (advice,) = advised(build, once_in_training_mode(build), stepped(build, "other"))
    assert advice.evidence[-1] == "1 other cell trained since then, and the graphs are still whole."


@pytest.mark.parametrize(
    "later",
    [
        lambda b: [loss_of(b), stepped(b, "other", retained=loss_of(b).grad.retained)],
        lambda b: [stepped(b, "other", retaining_backwards=1)],
        lambda b: [stepped(b, retaining_backwards=1)],
        lambda b: [stepped(b, retained=[b.retained("out", tensors=1, truncated=True)])],
        lambda b: [stepped(b, retained=[b.retained("out", tensors=1, saved=b.MIB)])],
    ],
)
def test_not_known_to_be_without_use(build, later):
    assert not advised(build, once_in_training_mode(build), *later(build))


@pytest.mark.parametrize(
    ("waiting", "fires"),
    [
        ("y = 1", True),
        ("criterion(out, y).backward()", False),
        ("loss = F.cross_entropy(out, y)", False),
        ("print(out.argmax(1))", False),
        ("globals()", False),
    ],
)
def test_a_cell_to_come_that_names_it(build, waiting, fires):
    records = [once_in_training_mode(build), stepped(build, "other")]
    assert bool(build.Session(*records, waiting=[waiting]).advised()) is fires
    assert not build.Session(*records, known=False).advised()


@pytest.mark.parametrize("source", ["out = 1", "del out", "import torch as out", "out = out2 = 3"])
def test_overwritten(build, source):
    training = {
        "forwards": [build.forwards(calls=1, training=True)],
        "forward_graphs": [build.graph(training=True)],
    }
    first = once(build, **training)
    session = build.Session(first)
    assert session.add(after(build, source, out=False)) == [first]
    (advice,) = first.advice
    assert advice.evidence[-1] == "`out` was rebound or deleted before any backward ran."


@pytest.mark.parametrize(
    "later",
    [
        # Read before it is rebound: the new value may carry the graph.
        lambda b: [after(b, "out = out * 2")],
        lambda b: [after(b, "out = out.softmax(1)"), after(b, "out.sum().backward()", backwards=1)],
        # The branch did not run.
        lambda b: [after(b, "if no: out = 1")],
        # Something computed from it lives on.
        lambda b: [
            after(b, "z = out + 1", retained=[b.retained("out"), b.retained("z", saved=9)]),
            after(b, "out = 1", retained=[b.retained("z", saved=9)]),
        ],
        # A function reads it.
        lambda b: [after(b, "step()", backwards=1, out=False), after(b, "out = 1", out=False)],
        # The cell failed, perhaps before that line.
        lambda b: [after(b, "out = 1", status="error")],
    ],
)
def test_not_overwritten(build, later):
    training = {
        "forwards": [build.forwards(calls=1, training=True)],
        "forward_graphs": [build.graph(training=True)],
    }
    assert not advised(build, once(build, **training), *later(build))


def test_overwritten_with_all_that_came_from_it(build):
    first = once(
        build,
        forwards=[build.forwards(calls=1, training=True)],
        forward_graphs=[build.graph(training=True)],
    )
    session = build.Session(first)
    session.add(after(build, "z = out + 1", retained=[build.retained("z")]))
    session.add(after(build, "out = 1", retained=[build.retained("z")]))
    assert session.add(after(build, "z = 1", out=False)) == [first]


@pytest.mark.parametrize(
    ("source", "fires"),
    [
        ("out.sum().backward()", False),
        ("train()", False),
        ("loss = crit(model(x)); loss.backward()", True),
        ("out = model(x); out.sum().backward()", True),
    ],
)
def test_a_backward_later(build, source, fires):
    """Refuted if it may have gone through the graph."""
    first = once(build, forwards=[build.forwards(calls=4)])
    session = build.Session(first)
    assert first.advice
    keeps = source.startswith("loss")
    changed = session.add(after(build, source, out=keeps, backwards=1))
    assert changed == ([] if fires else [first])
    assert bool(first.advice) is fires


def test_a_cell_that_was_trained_through_stays_silent(build):
    session = build.Session(
        once(build), after(build, "out.sum().backward()", out=False, backwards=1)
    )
    session.add(once(build, forwards=[build.forwards(calls=4)]))
    session.add(after(build, "1"))
    session.add(after(build, "2"))
    assert not session.advised()


def test_run_again(build):
    """In eval mode the earlier run's fate counts, in training mode it does not."""
    session = build.Session(once(build), once(build))
    assert [bool(record.advice) for record in session.history] == [False, True]
    training = {
        "forwards": [build.forwards(calls=1, training=True)],
        "forward_graphs": [build.graph(training=True)],
    }
    assert not advised(build, once(build, **training), once(build, **training))


def test_a_variable_of_an_earlier_cell_is_not_this_cells(build):
    earlier = once(build)
    later = held(
        build, retained=[build.retained("out", tensors=1)], source="n = model(out).sum()\n"
    )
    later.grad.forwards[0].place = later.grad.forward_graphs[0].place = at(1)
    build.Session(earlier, later)
    assert not later.advice


def test_an_outer_list_that_grew_is(build):
    source = "for b in loader:\n    outs.append(model(b))\n"
    first = build.record(source="outs = []", retained=[])
    forwards = {"forwards": [build.forwards(line=2)], "forward_graphs": [build.graph(line=2)]}
    second = held(build, source=source, **forwards)
    build.Session(first, second)
    assert second.advice


def test_records_without_torch(build):
    record = msgspec.structs.replace(build.record(), grad=None, placement=None)
    assert not advised(build, record)
    assert not advised(build, build.record(source="%%bash\nls", forwards=[build.forwards()]))
    empty = msgspec.structs.replace(build.record(), grad=GradState())
    assert not advised(build, empty)


@pytest.mark.parametrize(("nodes", "used"), [(40, True), (80, False), (92, False)])
def test_nodes_shared_with_the_loss_of_another_training(build, nodes, used):
    """They are counted for `outs` once the variable that had them goes; fewer tell of a use."""
    training = build.record(
        cell_id="training",
        source="loss = other(x).sum()\nloss.backward()",
        backwards=1,
        retained=[build.retained("outs", nodes=nodes)],
    )
    session = build.Session(held(build), training)
    assert bool(session.advised()) is not used
