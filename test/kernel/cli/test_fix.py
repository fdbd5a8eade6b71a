"""``jupyter torchprof fix``: a notebook runs and is written again with what was advised."""

from __future__ import annotations

import nbformat

SETUP = """\
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(*[nn.Linear(256, 256) for _ in range(8)]).eval()
batches = [torch.randn(512, 256) for _ in range(4)]"""
PREDICT = "outs = [model(x) for x in batches]\nprint(len(outs))"
FIXED = "with torch.no_grad():\n    outs = [model(x) for x in batches]\nprint(len(outs))"


def sources(folder, name="fixed.ipynb"):
    notebook = nbformat.read(folder / name, 4)
    return {cell.id: cell.source for cell in notebook.cells}


def test_the_copy_is_fixed_and_the_notebook_is_not(write, run):
    path = write(SETUP, PREDICT)
    before = path.read_bytes()
    done = run("fix", path, "-o", "fixed.ipynb", "--html", "report.html")
    assert done.status == 0, done.err
    assert sources(done.folder) == {"a": SETUP, "b": FIXED}
    assert path.read_bytes() == before
    assert "+with torch.no_grad():\n+    outs" in done.out
    assert "fixed   cell 2: no-grad-inference: Wrap line 1" in done.out
    assert "torch.no_grad():" in (done.folder / "report.html").read_text(encoding="utf-8")


def test_the_report_may_go_without_source(write, run):
    done = run("fix", write(SETUP, PREDICT), "-o", "fixed.ipynb", "--html", "r.html", "--no-source")
    assert done.status == 0, done.err
    assert sources(done.folder)["b"] == FIXED, "the copy is a notebook"
    page = (done.folder / "r.html").read_text(encoding="utf-8")
    assert "outs = [model(x)" not in page
    assert "The source was left out of this document" in page


def test_nothing_to_fix(write, run):
    done = run("fix", write(SETUP, FIXED), "-o", "fixed.ipynb")
    assert (done.status, done.out.strip()) == (0, "Nothing had to be fixed.")
    assert sources(done.folder) == {"a": SETUP, "b": FIXED}


def test_only_the_rules_that_were_asked_for(write, run):
    done = run("fix", write(SETUP, PREDICT), "-o", "fixed.ipynb", "--rule", "missing-eval")
    assert done.status == 0, done.err
    assert "left    cell 2: no-grad-inference: not asked for." in done.out
    assert sources(done.folder)["b"] == PREDICT


def test_dismissed_advice_is_left(write, run):
    path = write(SETUP, PREDICT)
    notebook = nbformat.read(path, 4)
    entry = {"rule": "no-grad-inference", "cell_id": "b"}
    notebook.metadata["jupyterlab-torchprof"] = {"dismissed": [entry]}
    nbformat.write(notebook, path)
    done = run("fix", path, "-o", "fixed.ipynb")
    assert "left    cell 2: no-grad-inference: dismissed in the notebook." in done.out
    assert sources(done.folder)["b"] == PREDICT


def test_a_cell_that_fails(write, run):
    done = run("fix", write(SETUP, PREDICT, "1 / 0"), "-o", "fixed.ipynb")
    assert done.status == 1
    assert "Cell 3: ZeroDivisionError" in done.err
    assert sources(done.folder)["b"] == FIXED, "what ran is fixed all the same"


def test_a_rule_that_does_not_exist(write, run):
    done = run("fix", write(SETUP), "-o", "fixed.ipynb", "--rule", "no-grad-inferense")
    assert done.status == 2
    assert "Did you mean no-grad-inference" in done.err
    assert not (done.folder / "fixed.ipynb").exists()


def test_the_result_may_replace_the_notebook(write, run):
    path = write(SETUP, PREDICT)
    assert run("fix", path, "-o", path).status == 0
    assert sources(path.parent, path.name)["b"] == FIXED
