"""The body of a function as a cell, its fixes put back, and what a run did below it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from corpus import fixed_cells, read, run
from jupyterlab_torchprof.advice.evidence.functions.body import body_of
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.fixes.modes import evaluate_around
from jupyterlab_torchprof.fixes.wrap import wrap_no_grad
from torch import nn

CELL = '''%matplotlib inline
import torch

class Model:
    @torch.compile
    def predict(self, loader,
                name="π"):
        """Two lines
of words."""
        out = []
        for x in loader:  # each
            out.append(self.net(x))

        return torch.cat(out)

def other(): return 1
'''


def test_the_body_stands_at_the_margin_on_its_own_lines():
    body = body_of(CELL, "Model.predict", 12)
    assert body is not None
    lines = body.source.split("\n")
    assert lines[4:7] == [
        "#     @torch.compile",
        "#     def predict(self, loader,",
        '#                 name="π"):',
    ]
    assert lines[7:14] == [
        '"""Two lines',
        'of words."""',
        "out = []",
        "for x in loader:  # each",
        "    out.append(self.net(x))",
        "",
        "return torch.cat(out)",
    ]
    assert set(lines[:4]) | set(lines[14:-1]) == {""}


def test_fixes_are_put_back_where_the_function_stands():
    body = body_of(CELL, "Model.predict", 12)
    assert body is not None
    wrapped = wrap_no_grad(body.source, [12], cell_id=None, torch_name="torch", taken=set()).fix
    fix = body.put_back(wrapped, "c")
    assert fix is not None
    assert {edit.cell_id for edit in fix.edits} == {"c"}
    changed = apply_edits(CELL, fix.edits)
    assert (
        "\n            with torch.no_grad():\n                out.append(self.net(x))\n" in changed
    )

    mode = evaluate_around(
        body.source, 12, "self.net", apart_from=0, restore=True, cell_id=None, taken=()
    )
    fix = body.put_back(mode, "c")
    assert fix is not None
    changed = apply_edits(CELL, fix.edits)
    assert "\n        self.net.eval()\n        for x in loader:  # each\n" in changed
    assert "\n        self.net.train()\n\n        return torch.cat(out)\n" in changed


RETURNS = {
    "plain": """def predict(model, data):
    return torch.cat([model(xb).softmax(1) for xb in data])
""",
    "at the end": """def predict(model, data):
    return torch.cat([model(xb).softmax(1) for xb in data])""",
    "tabs": """def predict(model, data):
\treturn torch.cat([
\t\tmodel(xb).softmax(1)  # one of them
\t\tfor xb in data
\t])  # all of them
""",
    "line ends of Windows": """def predict(model, data):\r
    return torch.cat(\r
        [model(xb).softmax(1) for xb in data])\r
\r
unused = 0""",
    "cell magic and decorators": """%%time
import functools

@functools.lru_cache(
    maxsize=None)
def unused():
    return 1

@torch.no_grad()
def predict(model, data):
    \"\"\"Returns the result.\"\"\"
    return torch.cat([model(xb).softmax(1) for xb in data])
unused()
""",
    "nested": """def predict(model, data):
    def one(xb):
        kept = xb + 0
        return model(xb).softmax(1)
    return torch.cat([one(xb) for xb in data])
""",
    "a method": """class Learner:
    def __init__(self, model):
        self.model = model

    def predict(self, data):
        return torch.cat([self.model(xb).softmax(1)
for xb in data])

def predict(model, data):
    return Learner(model).predict(data)
""",
}


@pytest.mark.parametrize("case", RETURNS)
def test_what_a_function_returns_at_once_gets_a_name(case: str):
    cell = RETURNS[case]
    function, name = {
        "nested": ("predict.one", "model"),
        "a method": ("predict", "self.model"),
    }.get(case, ("predict", "model"))
    line = next(i for i, text in enumerate(cell.split("\n"), 1) if f"{name}(xb)" in text)
    body = body_of(cell, function, line)
    assert body is not None
    mode = evaluate_around(
        body.source, line, name, apart_from=0, restore=True, cell_id=None, taken=body.names
    )
    fix = body.put_back(mode, "c")
    assert fix is not None
    changed = apply_edits(cell, fix.edits)
    newline = "\r\n" if "\r" in cell else "\n"
    assert changed.count(newline) == changed.count("\n") == cell.count("\n") + 3
    assert sum(text.strip() == "return result" for text in changed.splitlines()) == 1
    kept = {text.strip() for text in cell.splitlines() if not text.strip().startswith("return")}
    assert kept <= {text.strip() for text in changed.splitlines()}

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2))
    data = [torch.randn(4, 8) for _ in range(3)]
    outputs: list[torch.Tensor] = []
    for text in (cell, changed):
        names: dict[str, Any] = {"torch": torch}
        exec(text.removeprefix("%%time"), names)
        model.train(text == changed)
        outputs.append(names["predict"](model, data))
        assert model.training is (text == changed)
    assert torch.equal(*outputs)
    assert model[1].num_batches_tracked == 0


def test_the_name_is_free_in_the_functions_cell():
    cell = (
        "# A result.\nresult = 1\nfrom lab import result_2\n"
        "def run(model, x, *, result_3=None):\n    return model(x)\n"
    )
    body = body_of(cell, "run", 5)
    assert body is not None
    assert {"lab", "result", "result_2", "run", "model", "x", "result_3"} == body.names
    mode = evaluate_around(
        body.source, 5, "model", apart_from=0, restore=True, cell_id=None, taken=body.names
    )
    fix = body.put_back(mode, "c")
    assert fix is not None
    assert apply_edits(cell, fix.edits).endswith(
        "    model.eval()\n    result_4 = model(x)\n    model.train()\n    return result_4\n"
    )


ONE_LINE = "class Model:\n    def predict(self, ä): return self.net(ä)  # logits\n    size = 3\n"


def test_a_body_on_the_line_of_its_head():
    body = body_of(ONE_LINE, "Model.predict", 2)
    assert body is not None
    assert body.source.split("\n")[1] == "return self.net(ä)  # logits"
    mode = evaluate_around(
        body.source, 2, "self.net", apart_from=0, restore=False, cell_id=None, taken=body.names
    )
    fix = body.put_back(mode, "c")
    assert fix is not None
    assert [edit.cell_id for edit in fix.edits] == ["c"]
    assert apply_edits(ONE_LINE, fix.edits) == (
        "class Model:\n    def predict(self, ä):\n        self.net.eval()\n"
        "        return self.net(ä)  # logits\n    size = 3\n"
    )


def test_line_ends_of_a_body_of_one_line():
    body = body_of("def f(x): return net(x)\r\n", "f", 1)
    assert body is not None
    mode = evaluate_around(
        body.source, 1, "net", apart_from=0, restore=False, cell_id=None, taken=body.names
    )
    fix = body.put_back(mode, None)
    assert fix is not None
    assert apply_edits(body.cell, fix.edits) == (
        "def f(x):\r\n    net.eval()\r\n    return net(x)\r\n"
    )


@pytest.mark.parametrize(
    ("cell", "function", "line"),
    [
        ("def f(\n    x): return x", "f", 2),
        ("def f(): return (\n    1)", "f", 2),
        ("def f():\n    return 1", "g", 2),
        ("def f():\n    return 1", "f", 3),
        ("def f():\n    !ls\n    return 1", "f", 3),
        ("%%bash\ndef f():\n    return 1", "f", 3),
        ("def f(:\n    return 1", "f", 2),
        ("class Net(nn.Module):\n    def forward(self, x):\n        return x", "Net.forward", 3),
    ],
)
def test_other_texts_have_no_body_to_look_at(cell, function, line):
    assert body_of(cell, function, line) is None


def test_a_method_that_works_with_its_module_has_one():
    cell = "class Net(nn.Module):\n    def fit(self, x):\n        return self(x)"
    assert body_of(cell, "Net.fit", 3) is not None


def test_of_functions_of_one_name_the_one_with_the_line_is_meant():
    cell = "def f():\n    a = 1\n    return a\ndef f():\n    b = 2\n    return b"
    body = body_of(cell, "f", 5)
    assert body is not None
    assert body.source == "\n\n\n# def f():\nb = 2\nreturn b\npass"


PLAIN = """# advice: none
# %% setup
import time

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(2000, 32)
y = torch.randint(0, 4, (2000,))
layers = [nn.Linear(32, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 4)]
model = nn.Sequential(*layers)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
# %% functions
def augment(x):
    time.sleep(0.02)
    return x

def train_epoch():
    losses = []
    for i in range(0, len(X), 100):
        logits = model(augment(X[i:i + 100]))
        loss = criterion(logits, y[i:i + 100])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses

def evaluate():
    preds = []
    for i in range(0, len(X), 500):
        preds.append(model(X[i:i + 500]))
    return torch.cat(preds)
# %% run
hist = []
for epoch in range(4):
    hist += train_epoch()
    out = evaluate()
# %% accuracy
accuracy = (out.argmax(1) == y).float().mean().item()
# %% last
last = hist[-1].item()
"""


def test_a_notebook_of_functions_is_advised_in_them_until_it_is_right(tmp_path: Path):
    path = tmp_path / "plain.py"
    path.write_text(PLAIN)
    case = read(path)
    result = run(case, "cpu")
    advice = result.advice()
    assert {
        (cell, rule): (found.code_cell_id, found.lines) for (cell, rule), found in advice.items()
    } == {
        ("run", "missing-eval"): ("functions", [19]),
        ("run", "no-grad-inference"): ("functions", [19]),
        ("run", "loss-history-graph"): ("functions", [13]),
    }
    assert all(found.fix is not None for found in advice.values())
    assert any(
        "called from line 4 of [3]" in fact for fact in advice["run", "missing-eval"].evidence
    )

    (record,) = [each for each in result.records if each.cell_id == "run"]
    whole = sum(place.samples for place in record.places)
    asleep = sum(place.samples for place in record.places if place.function == "augment")
    assert asleep > whole / 2

    # Two of the fixes touch one line, so that it takes a second round.
    for _round in range(3):
        cells = fixed_cells(case, result)
        case = read_again(path, cells)
        result = run(case, "cpu")
    assert result.advice() == {}
    functions = case.cells["functions"]
    assert "losses.append(loss.detach())" in functions
    assert "with torch.no_grad():" in functions
    assert "model.eval()" in functions
    assert "model.train()" in functions
    assert abs(result.values["accuracy"] - 0.25) < 0.2


def read_again(path: Path, cells: dict[str, str]):
    text = "".join(f"# %% {name}\n{source}\n" for name, source in cells.items())
    path.write_text(f"# advice: none\n{text}")
    return read(path)
