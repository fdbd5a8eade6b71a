"""Advice at the lines of the user's own modules, which no fix edits."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import Result, read, run
from jupyterlab_torchprof.advice.evidence.feeding import may_feed_training
from jupyterlab_torchprof.advice.evidence.functions.body import body_of
from jupyterlab_torchprof.advice.evidence.functions.reached import function_views
from jupyterlab_torchprof.advice.grammar import Case, Remedy
from jupyterlab_torchprof.advice.grammar.by_hand import to_do_by_hand
from jupyterlab_torchprof.advice.grammar.functions import of_the_cell, with_view
from jupyterlab_torchprof.deliver.redact import leave_source_out
from jupyterlab_torchprof.fixes.modes import evaluate_around
from jupyterlab_torchprof.fixes.wrap import wrap_no_grad
from jupyterlab_torchprof.record import (
    SCHEMA_VERSION,
    Advice,
    FileText,
    Fix,
    Place,
    Position,
    TextEdit,
)
from jupyterlab_torchprof.source import source_hash
from msgspec import to_builtins

MODULE = '''"""Trains and evaluates."""
import time
import torch


def train_epoch(model, optimizer, criterion, X, y):
    losses = []
    for i in range(0, len(X), 100):
        time.sleep(0.01)  # so long that the watch over forwards comes back
        logits = model(X[i:i + 100])
        loss = criterion(logits, y[i:i + 100])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def evaluate(model, X):
    preds = []
    for i in range(0, len(X), 500):
        preds.append(model(X[i:i + 500]))
    return torch.cat(preds)


class Scorer:
    """Scores with a model."""

    def __init__(self, model):
        self.model = model

    def score(self, X):
        with torch.no_grad():
            return [self.model(part).argmax(1) for part in X.split(500)]
'''
CALL = "classes = run(features, X, y, False)"
MENDED = '''"""Trains and evaluates."""
import torch


def evaluate(model, X):
    preds = []
    model.eval()
    for i in range(0, len(X), 500):
        with torch.no_grad():
            preds.append(model(X[i:i + 500]))
    model.train()
    return torch.cat(preds)


class Scorer:
    def __init__(self, model):
        self.model = model.eval()

    def score(self, X):
        with torch.no_grad():
            return [self.model(part).argmax(1) for part in X.split(500)]
'''
SETUP = """import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(2000, 32)
y = torch.randint(0, 4, (2000,))
layers = [nn.Linear(32, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 4)]
model = nn.Sequential(*layers)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()"""
IMPORT = "from own_training import Scorer, evaluate, train_epoch"
TRAIN = """history = []
for epoch in range(4):
    history += train_epoch(model, optimizer, criterion, X, y)
    out = evaluate(model, X)"""
CELLS = {
    "setup": SETUP,
    "imports": IMPORT,
    "run": TRAIN,
    "accuracy": "accuracy = (out.argmax(1) == y).float().mean().item()",
    "last": "last = history[-1]",
    "scores": "scores = Scorer(model).score(X)",
}
Session = Callable[..., Result]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Runs cells beside a module `own_training` of this text."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # or an edit within a second is not seen

    def run_beside(module: str, cells: dict[str, str], folder: str = ".") -> Result:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "own_training.py").write_text(module)
        monkeypatch.syspath_prepend(str(tmp_path / folder))
        importlib.invalidate_caches()
        text = "".join(f"# %% {name}\n{source}\n" for name, source in cells.items())
        (tmp_path / "notebook.py").write_text(f"# advice: none\n{text}")
        try:
            result = run(read(tmp_path / "notebook.py"), "cpu")
        finally:
            sys.modules.pop("own_training", None)
        assert not result.health
        return result

    return run_beside


def where(result: Result) -> dict[tuple[str, str], tuple[str | None, list[int]]]:
    return {key: (found.code_path, found.lines) for key, found in result.advice().items()}


def told(result: Result) -> set[str]:
    """The rules that speak of the module."""
    return {rule for (_cell, rule), (path, _lines) in where(result).items() if path is not None}


def with_evaluation(lines: str, imports: str = "import torch") -> str:
    """A module whose `evaluate` has these lines, in place of its loop's."""
    return f"{imports}\n\n\ndef evaluate(model, X):\n    preds = []\n{lines}\n    return preds\n"


EVALUATED = {"setup": SETUP, "imports": "from own_training import evaluate", "run": ""}


def test_a_function_of_a_module_is_advised_where_it_stands(session):
    result = session(MODULE, CELLS)
    advice = result.advice()
    assert where(result) == {
        ("run", "missing-eval"): ("own_training.py", [22]),
        ("run", "no-grad-inference"): ("own_training.py", [22]),
        ("scores", "missing-eval"): ("own_training.py", [34]),
    }
    for found in advice.values():
        assert found.fix is None
        assert found.code_cell_id is None
    mode, grad = advice["run", "missing-eval"], advice["run", "no-grad-inference"]
    assert mode.evidence[-1] == (
        "These are lines of `evaluate` in `own_training.py`, called from line 4."
    )
    assert mode.refusal == (
        "It stands in own_training.py, which this extension does not edit. By hand: put "
        "`model.eval()` above line 21; put `model.train()` above line 23."
    )
    assert grad.refusal == (
        "It stands in own_training.py, which this extension does not edit. By hand: put "
        "`with torch.no_grad():` above line 22 and indent that line."
    )
    method = advice["scores", "missing-eval"]
    assert "`Scorer.score`" in method.evidence[-1] or "`score`" in method.evidence[-1]


def test_what_was_told_to_do_by_hand_mends_it(session):
    cells = {**CELLS, "imports": "from own_training import Scorer, evaluate"}
    cells["run"] = "out = evaluate(model, X)"
    del cells["last"]
    result = session(MENDED, cells)
    assert where(result) == {}
    assert sum(bool(record.files) for record in result.records) == 2, "it was looked at"


def test_a_library_stays_folded(session):
    result = session(MODULE, CELLS, folder="site-packages")
    assert where(result)
    assert {path for path, _lines in where(result).values()} == {None}
    assert not any(record.files for record in result.records)


EDIT = """from pathlib import Path
_ = Path("own_training.py").write_text({change})"""


def edited(change: str, *more: str) -> dict[str, str]:
    """The cells, with an edit of the module after its import."""
    text = f'"""Another text."""\n{EDIT.format(change=change)}'
    cells = {"setup": SETUP, "imports": IMPORT, "edit": text}
    for number, source in enumerate(more):
        cells[f"more{number}"] = source
    return {**cells, "run": "out = evaluate(model, X).argmax(1)"}


OWN_TEXT = 'Path("own_training.py").read_text()'


def test_after_an_edit_above_the_lines_are_no_longer_known(session):
    result = session(MODULE, edited(f'"# Above.\\n" + {OWN_TEXT}'))
    assert not any(record.files for record in result.records)
    assert told(result) == set()


def test_a_new_comment_within_a_function_moves_its_lines(session):
    change = f'{OWN_TEXT}.replace("    preds = []", "    # Predictions.\\n    preds = []")'
    result = session(MODULE, edited(change))
    assert not any(record.files for record in result.records)
    assert told(result) == set()


def test_an_edit_below_changes_nothing(session):
    result = session(MODULE, edited(f'{OWN_TEXT} + "\\n\\ndef more():\\n    pass\\n"'))
    assert where(result)["run", "missing-eval"] == ("own_training.py", [22])


def test_a_module_that_was_loaded_again_has_its_new_text(session):
    again = f"import importlib, own_training\nimportlib.reload(own_training)\n{IMPORT}"
    result = session(MODULE, edited(f'"# Above.\\n" + {OWN_TEXT}', again))
    assert where(result)["run", "missing-eval"] == ("own_training.py", [23])


def test_runs_share_one_text(session):
    calls = {f"again{number}": f"n = {number}\nout = evaluate(model, X)" for number in range(3)}
    result = session(MODULE, {"setup": SETUP, "imports": IMPORT, **calls})
    files = [file for record in result.records for file in record.files]
    assert len(files) == 3
    assert len({id(file) for file in files}) == 1
    lines = files[0].source.split("\n")
    assert lines[1:3] == ["import time", "import torch"]
    assert lines[18:23] == MODULE.split("\n")[18:23]
    assert not any(lines[3:18]), "what the run had no part in"


def test_a_document_without_source_has_nothing_of_modules_either(session):
    result = session(MODULE, CELLS)
    document = leave_source_out(
        to_builtins({"schema_version": SCHEMA_VERSION, "cells": result.records})
    )
    text = str(document)
    assert "preds.append(" not in text
    assert "import torch" not in text
    files = [file for cell in document["cells"] for file in cell["files"]]
    assert files
    assert {(file["path"], file["source"]) for file in files} == {("…", "")}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (
            "    for part in X.split(500):\n"
            "        preds.append(model(part).argmax(1))  # torchprof: ignore",
            "the user said so",
        ),
        (
            "    with cProfile.Profile():\n"
            "        for part in X.split(500):\n"
            "            preds.append(model(part).argmax(1))",
            "it is measured",
        ),
        (
            "    for part in X.split(500):\n"
            "        preds.append(model(part).argmax(1))  # Monte Carlo dropout",
            "it is on purpose",
        ),
    ],
)
def test_nothing_is_said_where_it_is_meant(session, lines, why):
    cells = {**EVALUATED, "run": "out = evaluate(model, X)"}
    plain = "    for part in X.split(500):\n        preds.append(model(part).argmax(1))"
    assert told(session(with_evaluation(plain), cells)) == {"missing-eval"}
    module = with_evaluation(lines, imports="import cProfile")
    assert told(session(module, cells)) == set(), why


def test_a_function_that_another_one_may_train_with_is_left_alone_until_that_has_run(session):
    module = (
        "import torch\n\n\n"
        "def features(model, X):\n"
        "    return [model(part) for part in X.split(500)]\n\n\n"
        "def fit(model, X, y):\n"
        "    out = torch.cat(features(model, X))\n"
        "    torch.nn.functional.cross_entropy(out, y).backward()\n"
    )
    cells = {
        "setup": SETUP,
        "imports": "from own_training import features, fit",
        "look": "model.eval()\nout = features(model, X)",
    }
    assert told(session(module, cells)) == set()
    assert told(session(module, {**cells, "fit": "fit(model, X, y)"})) == set()
    apart = module.replace("torch.cat(features(model, X))", "model(X)")
    assert told(session(apart, cells)) == {"no-grad-inference"}


def test_the_computation_of_a_module_is_judged_by_who_calls_it(session):
    module = (
        "from torch import nn\n\n\n"
        "class Net(nn.Module):\n"
        "    def __init__(self, body):\n"
        "        super().__init__()\n"
        "        self.body = body\n\n"
        "    def forward(self, X):\n"
        "        return self.body(X)\n"
    )
    cells = {
        "setup": SETUP,
        "net": "from own_training import Net\nnet = Net(model)",
        "use": "parts = [net(part).argmax(1) for part in X.split(500)]",
    }
    assert where(session(module, cells))["use", "missing-eval"] == (None, [1])


def test_a_history_that_a_module_fills_is_told_at_its_line(session):
    module = MODULE.replace("losses.append(loss.item())", "losses.append(loss)")
    module = module.replace("    losses = []\n", "").replace(
        "criterion, X, y)", "criterion, X, y, losses)"
    )
    train = (
        "history = []\n"
        "for epoch in range(8):\n"
        "    train_epoch(model, optimizer, criterion, X, y, history)"
    )
    result = session(module, {"setup": SETUP, "imports": IMPORT, "run": train})
    found = result.advice()["run", "loss-history-graph"]
    assert (found.code_path, found.lines) == ("own_training.py", [14])
    assert found.fix is None
    assert found.refusal == (
        "It stands in own_training.py, which this extension does not edit. By hand: write "
        "`losses.append(loss.detach())` instead of line 14."
    )


def test_names_of_the_module_count_and_not_those_of_the_notebook(session):
    lines = "    for part in X.split(500):\n        preds.append(model(part))"
    module = with_evaluation(lines, imports="import torch as t")
    result = session(module, {**EVALUATED, "run": "out = evaluate(model.eval(), X)"})
    found: Advice = result.advice()["run", "no-grad-inference"]
    assert found.refusal is not None
    assert "`with t.no_grad():` above line 7" in found.refusal


def test_cells_keep_their_own_names_while_a_module_is_looked_at(session):
    """A loader that a cell made is found from the module that loops over it."""
    cells = {
        **EVALUATED,
        "run": "from torch.utils.data import DataLoader\nloader = DataLoader(X)",
        "evaluate": "out = evaluate(model.eval(), X)",
    }
    result = session(MODULE, cells)
    (view,) = function_views(result.latest()["evaluate"], result.records)
    program = Case(view, with_view(result.records, view)).program
    (site,) = program.calls("torch.utils.data.DataLoader")
    assert site.record.cell_id == "run"


def test_a_fix_of_a_cell_that_would_edit_a_module_too_is_left_to_the_user(session):
    result = session(MODULE, {**EVALUATED, "run": "out = evaluate(model.eval(), X)"})
    records = result.latest()
    (view,) = function_views(records["run"], result.records)
    both = edit(records["setup"].source, (0, 0), (0, 6), "import")
    both.edits += edit(view.source, (20, 0), (20, 4), "    ").edits
    only = edit(records["setup"].source, (0, 0), (0, 6), "import")
    of_setup = of_the_cell(Remedy(fix=only, code=records["setup"]), view)
    assert of_setup.fix is only
    of_both = of_the_cell(Remedy(fix=both, code=records["setup"]), view)
    assert of_both.fix is None
    assert of_both.code is records["setup"]
    assert "own_training.py, which this extension does not edit" in (of_both.refusal or "")


@pytest.mark.parametrize(
    ("loss", "feeds"),
    [("own.cross_entropy(out, y)", True), ("own.cross_entropy(other(X), y)", False)],
)
def test_a_module_may_train_with_what_a_function_of_the_notebook_returns(build, loss, feeds):
    module = (
        "import torch.nn.functional as own\n\n\n"
        "def run(features, X, y, train):\n"
        "    out = features(X)\n"
        "    if train:\n"
        f"        {loss}.backward()\n"
        "    return own.softmax(out, 1).argmax(1)\n"
    )
    defined = build.record("def features(X):\n    return model(X)\n", "features")
    file = FileText(path="own_training.py", source_hash=source_hash(module), source=module)
    hashes = {"cell": defined.source_hash, "file": file.source_hash}
    places = [
        Place(parent=None, kind="cell", line=1, source_hash=source_hash(CALL)),
        Place(parent=0, kind="file", function="run", line=5, source_hash=hashes["file"]),
        Place(parent=1, kind="cell", function="features", line=2, source_hash=hashes["cell"]),
    ]
    places[1].path = file.path
    forwards = build.forwards(1, grad=True)
    forwards.place = 2
    ran = build.record(CALL, "look", places=places, files=[file], forwards=[forwards])
    (view,) = [view for view in function_views(ran, [defined, ran]) if view.file is None]
    assert may_feed_training(view, [defined, ran], 2) is feeds


def test_who_trains_in_evaluation_mode_may_say_so_in_a_third_cell(session):
    step = (
        "def step(model, optimizer, X, y):\n"
        "    for i in range(0, len(X), 100):\n"
        "        time.sleep(0.01)\n"
        "        out = model(X[i:i + 100])\n"
        "        loss = nn.functional.cross_entropy(out, y[i:i + 100])\n"
        "        optimizer.zero_grad()\n"
        "        loss.backward()\n"
        "        optimizer.step()\n"
    )
    fit = "def fit(step, model, *args):\n    model.eval()\n    step(model, *args)\n"
    cells = {
        "setup": f"import time\n{SETUP}",
        "step": step,
        "fit": fit,
        "train": "model.train()\nstep(model, optimizer, X, y)",
        "tune": "fit(step, model, optimizer, X, y)",
    }
    assert where(session("", cells)) == {}
    left_over = {**cells, "fit": "", "tune": "model.eval()", "more": "step(model, optimizer, X, y)"}
    assert where(session("", left_over)) == {("more", "eval-mode-training"): (None, [4])}


BODY = """import torch


def evaluate(model, X):
    found = []
    for part in X:
        found.append(
            model(part)
        )
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda text: evaluate_around(
                text, 8, "model", apart_from=0, restore=True, cell_id=None, taken=()
            ),
            "put `model.eval()` above line 6; put `model.train()` below line 9, as far left as "
            "line 6",
        ),
        (
            lambda text: (
                wrap_no_grad(text, [7, 8], cell_id=None, torch_name="torch", taken=set()).fix
            ),
            "put `with torch.no_grad():` above lines 7 to 9 and indent these lines",
        ),
        (
            lambda text: edit(text, (7, 8), (7, 19), "model(part).item()"),
            "write `model(part).item()` instead of line 8",
        ),
        (lambda text: edit(text, (4, 0), (5, 0), ""), "take out line 5"),
        (lambda text: edit(text, (5, 0), (5, 0), "\n".join("abcdefgh") + "\n"), "put `a`"),
        (lambda _text: edit("elsewhere", (0, 0), (0, 0), "x"), "change it"),
    ],
)
def test_a_change_is_told_in_words(change, told):
    body = body_of(BODY, "evaluate", 8, is_module=True)
    assert body is not None
    text = to_do_by_hand(Remedy(fix=change(body.source)), "own.py", body.source)
    assert text.startswith("It stands in own.py, which this extension does not edit. By hand: ")
    assert told in text
    assert text.endswith(".")


RETURNED = """import torch


def predict(model, data):
    data = list(data)

    return torch.cat([model(part) for part in data])
"""
OVER_LINES = """import torch


def predict(model, data):
    \"\"\"All of them.\"\"\"
    return torch.cat(
        [model(part)
         for part in data]
    )
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            RETURNED,
            "put `model.eval()` above line 7; write `result = torch.cat([model(part) for part in "
            "data])` instead of that line; put `model.train()` and `return result` below it.",
        ),
        (
            OVER_LINES,
            "put `model.eval()` above line 6; write `result = torch.cat(` instead of that line; "
            "put `model.train()` and `return result` below line 9.",
        ),
        (
            RETURNED.replace("torch.cat([model(part) for part in data])", "(model(data))"),
            "put `model.eval()` above line 7; write `result = (model(data))` instead of that line; "
            "put `model.train()` and `return result` below it.",
        ),
        (
            RETURNED.replace(" torch.cat([model(part) for part in data])", "(model(data))"),
            "write `model.eval()`, `result = (model(data))`, `model.train()` and `return result` "
            "instead of line 7.",
        ),
    ],
)
def test_how_a_value_that_is_returned_gets_a_name_is_told_in_words(text, told):
    body = body_of(text, "predict", 7, is_module=True)
    assert body is not None
    fix = evaluate_around(
        body.source, 7, "model", apart_from=0, restore=True, cell_id=None, taken=body.names
    )
    assert to_do_by_hand(Remedy(fix=fix), "own.py", body.source) == (
        f"It stands in own.py, which this extension does not edit. By hand: {told}"
    )


def edit(text: str, start: tuple[int, int], end: tuple[int, int], new: str) -> Fix:
    """One that replaces a part of a text."""
    places = {"start": Position(line=start[0], column=start[1])}
    places["end"] = Position(line=end[0], column=end[1])
    change = TextEdit(cell_id=None, source_hash=source_hash(text), new_text=new, **places)
    return Fix(title="Change it", edits=[change])


def test_why_a_rule_has_no_fix_is_told_as_well():
    body = body_of(BODY, "evaluate", 8)
    assert body is not None
    text = to_do_by_hand(Remedy(refusal="Only you know."), "own.py", body.source)
    assert text == "It stands in own.py, which this extension does not edit. Only you know."
