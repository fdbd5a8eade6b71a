"""gpu-output-accumulation on records that are built by hand."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import Collected

RULE = "gpu-output-accumulation"
LOOP = """\
outs = []
with torch.no_grad():
    for x in loader:
        outs.append(model(x.to(device)))
"""


def gathered(build, source=LOOP, size=256 << 20, **more):
    values = {
        "variable": "outs",
        "kind": "list",
        "tensors": 32,
        "new_tensors": 32,
        "scalars": 0,
        "storage_bytes": {"cuda:0": size},
    }
    entry = Collected(**{**values, **more})
    memory = [build.memory(after=300 << 20, peak=400 << 20)]
    return build.record(source, "gather", collected=[entry], memory=memory)


def advised(build, *records):
    return [advice for advice in build.Session(*records).advised() if advice.rule == RULE]


def test_fires_when_the_values_go_to_the_host(build):
    source = f"{LOOP}probabilities = torch.cat(outs).cpu().numpy()"
    (advice,) = advised(build, gathered(build, source))
    assert advice.title == "`outs` gathers 256 MiB of outputs on cuda:0, where nobody uses them."
    assert advice.severity == "high"
    assert advice.lines == [4]
    prediction = advice.prediction
    assert (prediction.metric, prediction.before - prediction.after) == (
        "allocated_after_bytes",
        256 << 20,
    )
    fixed = apply_edits(source, advice.fix.edits)
    assert "outs.append(model(x.to(device)).cpu())" in fixed
    assert advice.fix.safe


def test_fires_when_a_later_cell_takes_them_to_the_host(build):
    later = build.record("result = torch.stack(outs)\nplt.plot(result.tolist())", "later")
    (advice,) = advised(build, gathered(build), later)
    assert advice.cell_id == "gather"


def test_fires_when_nobody_reads_them(build):
    others = [build.record(f"a = {number}", f"other{number}") for number in range(2)]
    (advice,) = advised(build, gathered(build), *others)
    assert "Two other cells have run and none has read `outs`." in advice.evidence


@pytest.mark.parametrize(
    "text", ["del outs", "del a, outs", "outs = None", "outs = []", "outs.clear()"]
)
def test_over_when_a_cell_has_let_go_of_them(build, text):
    run = gathered(build, f"{LOOP}probabilities = torch.cat(outs).cpu().numpy()")
    session = build.Session(run)
    assert session.advised()[0].leftover
    still = build.record(text, "del")
    still.collected = list(run.collected)
    session.add(still)
    assert session.advised(), "it was found again"
    session.add(build.record("a = 1", "other"))
    assert not session.advised()


def test_not_over_when_something_else_is_deleted(build):
    run = gathered(build, f"{LOOP}probabilities = torch.cat(outs).cpu().numpy()")
    others = [build.record(text, text) for text in ("del a", "losses.clear()")]
    assert advised(build, run, *others)


def test_a_comprehension_and_a_graph(build):
    source = "outs = [net(x) for x in batches]\nvalues = [o.detach().cpu() for o in outs]"
    (advice,) = advised(build, gathered(build, source, with_graph=32))
    assert "[net(x).detach().cpu() for x in batches]" in apply_edits(source, advice.fix.edits)


def test_a_result_that_is_computed_with_may_differ_in_the_last_bit(build):
    source = f"{LOOP}p = torch.cat(outs).softmax(-1).cpu()"
    (advice,) = advised(build, gathered(build, source))
    assert not advice.fix.safe


def test_a_function(build):
    body = LOOP.replace("\n", "\n    ").rstrip()
    defined = build.record(f"def predict(model):\n    {body}\n    return outs\n", "define")
    ran = gathered(build, "preds = predict(model)\nn = torch.cat(preds).numpy()", variable="preds")
    (advice,) = advised(build, defined, ran)
    assert (advice.code_cell_id, advice.lines) == ("define", [5])


@pytest.mark.parametrize(
    "use",
    [
        "loss = criterion(torch.cat(outs), labels)",
        "hits = (torch.cat(outs).argmax(1) == labels).sum().item()",
        "features = head(torch.stack(outs))",
        "keep(outs)",
        "def f():\n    return outs",
        "state['outs'] = outs",
    ],
)
def test_silent_when_they_are_used_on_the_device(build, use):
    others = [build.record(f"a = {number}", f"other{number}") for number in range(2)]
    assert not advised(build, gathered(build, LOOP + use), *others)
    assert not advised(build, gathered(build), build.record(use, "later"), *others)


def test_silent_as_long_as_nothing_is_known(build):
    assert not advised(build, gathered(build))
    assert not advised(build, gathered(build), build.record("a = 1", "other"))


@pytest.mark.parametrize(
    "more",
    [
        {"size": 900_000},
        {"storage_bytes": {"cpu": 256 << 20}},
        {"new_tensors": 0},
        {"kind": "sum"},
        {"variable": "cache"},
    ],
)
def test_silent_for_other_collections(build, more):
    others = [build.record(f"a = {number}", f"other{number}") for number in range(2)]
    assert not advised(build, gathered(build, **more), *others)


def test_silent_for_the_fixed_cell(build):
    source = LOOP.replace("x.to(device))", "x.to(device)).cpu()") + "n = torch.cat(outs).numpy()"
    assert not advised(build, gathered(build, source, storage_bytes={"cpu": 256 << 20}))


def test_little_is_of_low_severity(build):
    source = f"{LOOP}n = torch.cat(outs).cpu()"
    (advice,) = advised(build, gathered(build, source, size=2 << 20))
    assert advice.severity == "low"


def test_silent_where_a_later_cell_trains_through_them(build):
    source = "outs = []\nfor x in loader:\n    outs.append(model(x.to(device)))\n"
    run = gathered(build, source, with_graph=32)
    train = build.record("loss = torch.cat(outs).mean()\nloss.backward()", "train", backwards=1)
    others = [build.record(f"a = {number}", f"other{number}") for number in range(2)]
    assert advised(build, run, *others)
    assert not advised(build, run, *others, train)
