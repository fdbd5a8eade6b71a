"""loss-history-graph on records that are built by hand."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.advice.text import spent
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import Collected

RULE = "loss-history-graph"
LIST = """\
losses = []
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss)
"""


def collected(**more) -> Collected:
    values = {
        "variable": "losses",
        "kind": "list",
        "tensors": 400,
        "new_tensors": 400,
        "scalars": 400,
        "storage_bytes": {"cpu": 1600},
        "with_graph": 400,
        "graph_nodes": 24_000,
    }
    return Collected(**{**values, **more})


def trained(build, source=LIST, cell_id="train", **more):
    values = {"backwards": 400, "optimizer_steps": 400, "collected": [collected()]}
    return build.record(source, cell_id, **{**values, **more})


def advised(build, *records):
    return [advice for advice in build.Session(*records).advised() if advice.rule == RULE]


def test_a_list(build):
    (advice,) = advised(build, trained(build))
    assert advice.title == "`losses` keeps the graphs of 400 steps of training."
    assert advice.severity == "high"
    assert advice.lines == [7]
    assert advice.evidence == [
        "400 tensors in `losses` still have a graph: 24,000 nodes.",
        "The loop that gathers `loss` on line 7 has run its backward.",
    ]
    assert advice.fix.safe
    assert apply_edits(LIST, advice.fix.edits) == LIST.replace("(loss)", "(loss.detach())")


@pytest.mark.parametrize(
    ("before", "after", "variable"),
    [
        ("losses.append(loss)", "losses.append(loss.detach())", "losses"),
        ("total += loss", "total += loss.detach()", "total"),
        ("total += loss * len(x)", "total += (loss * len(x)).detach()", "total"),
        ("total = total + loss", "total = total + loss.detach()", "total"),
        ("log['loss'].append(loss)", "log['loss'].append(loss.detach())", "log"),
        ("log[step] = loss", "log[step] = loss.detach()", "log"),
        ("losses += [loss]", "losses += [loss.detach()]", "losses"),
        ("outs.append(out)", "outs.append(out.detach())", "outs"),
        ("total += (loss / 4)", "total += ((loss / 4).detach())", "total"),
        ("total = loss + total", "total = loss.detach() + total", "total"),
        ("log['loss'] += loss", "log['loss'] += loss.detach()", 'log["loss"]'),
        ("run.log.losses.append(loss)", "run.log.losses.append(loss.detach())", "run.log.losses"),
        (
            "log.setdefault(1, []).append(loss)",
            "log.setdefault(1, []).append(loss.detach())",
            "log",
        ),
        ("log.append((step, loss))", "log.append((step, loss.detach()))", "log"),
        ("log.append({'loss': loss})", "log.append({'loss': loss.detach()})", "log"),
    ],
)
def test_forms(build, before, after, variable):
    lines = ["out = model(x)", "loss = criterion(out, y)", "loss.backward()", before]
    source = "for step, (x, y) in enumerate(loader):\n    " + "\n    ".join(lines)
    (advice,) = advised(build, trained(build, source, collected=[collected(variable=variable)]))
    assert apply_edits(source, advice.fix.edits) == source.replace(before, after)


def test_a_scaled_backward(build):
    source = LIST.replace("loss.backward()", "scaler.scale(loss).backward()")
    assert advised(build, trained(build, source))


def test_a_function_of_another_cell(build):
    body = LIST.replace("\n", "\n    ").rstrip()
    defined = build.record(f"def fit(model):\n    {body}\n    return losses\n", "define")
    ran = trained(build, "history = fit(model)", collected=[collected(variable="history")])
    (advice,) = advised(build, defined, ran)
    assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("train", "define", [8])
    assert "losses.append(loss.detach())" in apply_edits(defined.source, advice.fix.edits)


def test_a_function_that_is_called_twice(build):
    body = LIST.replace("\n", "\n    ").rstrip()
    defined = build.record(f"def fit(model):\n    {body}\n    return losses\n", "define")
    source = "history = fit(model)\nhistory = fit(other)"
    ran = trained(build, source, collected=[collected(variable="history")])
    (advice,) = advised(build, defined, ran)
    assert "losses.append(loss.detach())" in apply_edits(defined.source, advice.fix.edits)


def test_an_argument_that_is_gathered_in_two_ways(build):
    kept = "if self.on:\n            self.seen.append(value)\n"
    other = "        else:\n            self.seen = self.seen + [value]\n"
    meter = f"class Meter:\n    def update(self, value):\n        {kept}{other}"
    source = LIST.replace("losses.append(loss)", "meter.update(loss)")
    defined = build.record(meter, "define")
    ran = trained(build, source, collected=[collected(variable="meter.seen")])
    (advice,) = advised(build, defined, ran)
    assert "meter.update(loss.detach())" in apply_edits(source, advice.fix.edits)


STEP = """\
def update(loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
USED = """\
for x, y in loader:
    loss = criterion(model(x), y)
    update(loss)
    losses.append(loss)"""


def test_a_helper_that_runs_the_backward(build):
    defined = build.record(STEP, "define")
    (advice,) = advised(build, defined, trained(build, USED))
    assert apply_edits(USED, advice.fix.edits) == USED.replace("d(loss)", "d(loss.detach())")
    quiet = build.record(STEP.replace("loss.backward()", "optimizer.swap()"), "define")
    assert not advised(build, quiet, trained(build, USED))


def test_a_function_is_looked_at_once_however_often_it_is_called(build, monkeypatch):
    helpers = [
        f"def step{number}(loss):\n    step{number + 1}(loss)\n    step{number + 1}(loss)\n"
        for number in range(10)
    ]
    last = STEP.replace("update", "step10")
    defined = build.record("\n".join([*helpers, last]), "define")
    walked, bound_in = [], spent._bound_in
    monkeypatch.setattr(spent, "_bound_in", lambda node: walked.append(node) or bound_in(node))
    assert advised(build, defined, trained(build, USED.replace("update", "step0")))
    assert len(walked) <= 2 * 12


def test_functions_that_call_each_other(build):
    both = "def one(loss):\n    two(loss)\n\ndef two(loss):\n    one(loss)\n    loss.backward()\n"
    defined = build.record(both, "define")
    assert advised(build, defined, trained(build, USED.replace("update", "one")))
    assert advised(build, defined, trained(build, USED.replace("update", "two")))


def test_a_function_that_fills_a_global_variable(build):
    body = LIST.replace("\n", "\n    ").rstrip()
    defined = build.record(f"def fit():\n    global losses\n    {body}\n", "define")
    (advice,) = advised(build, defined, trained(build, "fit()"))
    assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("train", "define", [9])
    assert advice.fix.safe
    local = build.record(f"def fit():\n    {body}\n", "define")
    assert not advised(build, local, trained(build, "fit()"))
    assert not advised(build, defined, trained(build, "other()"))


def test_a_parameter_that_is_filled(build):
    body = LIST.replace("losses = []\n", "").replace("\n", "\n    ").rstrip()
    defined = build.record(f"def fit(model, losses):\n    {body}\n", "define")
    kept = [collected(variable="history")]
    assert advised(build, defined, trained(build, "fit(net, history)", collected=kept))
    assert not advised(build, defined, trained(build, "fit(net, other)", collected=kept))


def test_a_method_of_another_object(build):
    meter = "class Meter:\n    def update(self, value):\n        self.total += value\n"
    source = LIST.replace("losses.append(loss)", "seen.update(loss)")
    defined = build.record(meter, "define")
    total = [collected(variable="seen.total", kind="sum")]
    (advice,) = advised(build, defined, trained(build, source, collected=total))
    assert "seen.update(loss.detach())" in apply_edits(source, advice.fix.edits)
    assert not advice.fix.safe
    total = [collected(variable="other.total", kind="sum")]
    assert not advised(build, defined, trained(build, source, collected=total))


def test_silent_for_values_of_several_tensors(build):
    source = LIST.replace("append(loss)", "append(out)").replace("model(x), y", "out, y")
    source = source.replace("    loss = ", "    out = model(x)\n    loss = ")
    assert advised(build, trained(build, source))
    several = collected(tensors=798, new_tensors=798, with_graph=798)
    assert not advised(build, trained(build, source, collected=[several]))


@pytest.mark.parametrize(
    "backward", ["out.loss.backward()", "out['loss'].backward()", "sum(*out).backward()"]
)
def test_silent_for_what_holds_the_loss(build, backward):
    source = f"for x in loader:\n    out = model(x)\n    {backward}\n    losses.append(out)"
    assert not advised(build, trained(build, source))


def test_fewer_nodes_are_less_severe(build):
    (advice,) = advised(build, trained(build, collected=[collected(graph_nodes=5000)]))
    assert advice.severity == "medium"


@pytest.mark.parametrize(
    "source",
    [
        # The sum is what is trained on.
        "total = 0\nfor x in loader:\n    loss = f(x)\n    total += loss\ntotal.backward()",
        # Nothing says that the gathered ones have been used.
        "for x in loader:\n    loss = f(x)\n    losses.append(loss)",
        LIST.replace("append(loss)", "append(loss.detach())"),
        LIST.replace("append(loss)", "append(loss.item())"),
        LIST.replace("append(loss)", "append(float(loss))"),
        "losses = old_losses",
    ],
)
def test_silent_where_the_text_does_not_prove_it(build, source):
    assert not advised(build, trained(build, source))


@pytest.mark.parametrize(
    "more",
    [
        {"graph_nodes": 400},
        {"with_graph": 0},
        {"new_tensors": 0},
        {"variable": "something_else"},
    ],
)
def test_silent_for_other_collections(build, more):
    assert not advised(build, trained(build, collected=[collected(**more)]))


def test_silent_when_graphs_are_retained_or_nothing_trained(build):
    assert not advised(build, trained(build, retaining_backwards=3))
    assert not advised(build, trained(build, backwards=0))
