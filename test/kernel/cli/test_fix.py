"""``jupyter torchprof fix``: a notebook runs and is written again with what was advised."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from jupyterlab_torchprof import cli
from jupyterlab_torchprof.headless import run as headless
from jupyterlab_torchprof.headless.run import Outcome

from .conftest import Finished, Run, Write, write_notebook

SETUP = """\
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(*[nn.Linear(256, 256) for _ in range(8)]).eval()
batches = [torch.randn(512, 256) for _ in range(4)]"""
PREDICT = "outs = [model(x) for x in batches]\nprint(len(outs))"
FIXED = "with torch.no_grad():\n    outs = [model(x) for x in batches]\nprint(len(outs))"
UNTOUCHED = "with torch.no_grad():\n    again = [model(x) for x in batches]"


def sources(folder: Path, name: str = "fixed.ipynb") -> dict[str, str]:
    notebook = nbformat.read(folder / name, 4)
    return {cell.id: cell.source for cell in notebook.cells}


@dataclass
class Ran:
    """One run of the command, and what came of the cells in it."""

    status: int
    out: str
    folder: Path
    before: bytes
    outcome: Outcome


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The command has run, with a real kernel, on a notebook that one fix is for."""
    folder = tmp_path_factory.mktemp("ran")
    path = write_notebook(folder, SETUP, PREDICT, UNTOUCHED)
    before, outcomes = path.read_bytes(), []
    run_notebook = headless.run_notebook

    async def noted(*arguments, **options):
        outcomes.append(await run_notebook(*arguments, **options))
        return outcomes[-1]

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as out:
        patch.setattr(headless, "run_notebook", noted)
        patch.chdir(folder)
        status = cli.main(["fix", str(path), "-o", "fixed.ipynb", "--html", "report.html"])
    return Ran(status, out.getvalue(), folder, before, outcomes[0])


@pytest.fixture
def again(
    write: Write, run: Run, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Finished]:
    """Runs the command on that notebook with other options; of the cells it gets what came then."""

    async def recorded(notebook, *_, **__):
        assert [cell.source for cell in notebook.cells] == [SETUP, PREDICT, UNTOUCHED]
        return ran.outcome

    monkeypatch.setattr(headless, "run_notebook", recorded)

    def again(*arguments: str, **metadata: object) -> Finished:
        path = write(SETUP, PREDICT, UNTOUCHED)
        notebook = nbformat.read(path, 4)
        notebook.metadata.update(metadata)
        nbformat.write(notebook, path)
        return run("fix", path, *arguments)

    return again


def test_the_copy_is_fixed_and_the_notebook_is_not(ran):
    assert ran.status == 0
    assert sources(ran.folder) == {"a": SETUP, "b": FIXED, "c": UNTOUCHED}
    assert (ran.folder / "work.ipynb").read_bytes() == ran.before
    assert "+with torch.no_grad():\n+    outs" in ran.out
    assert "fixed   cell 2: no-grad-inference: Wrap line 1" in ran.out
    assert "cell 3" not in ran.out
    assert "torch.no_grad():" in (ran.folder / "report.html").read_text(encoding="utf-8")


def test_the_report_may_go_without_source(again):
    done = again("-o", "fixed.ipynb", "--html", "r.html", "--no-source")
    assert done.status == 0, done.err
    assert sources(done.folder)["b"] == FIXED, "the copy is a notebook"
    page = (done.folder / "r.html").read_text(encoding="utf-8")
    assert "outs = [model(x)" not in page
    assert "The source was left out of this document" in page


def test_nothing_to_fix(write, run):
    done = run("fix", write("x = 1"), "-o", "fixed.ipynb")
    assert (done.status, done.out.strip()) == (0, "Nothing had to be fixed.")
    assert sources(done.folder) == {"a": "x = 1"}


def test_only_the_rules_that_were_asked_for(again):
    done = again("-o", "fixed.ipynb", "--rule", "missing-eval")
    assert done.status == 0, done.err
    assert "left    cell 2: no-grad-inference: not asked for." in done.out
    assert sources(done.folder)["b"] == PREDICT


def test_dismissed_advice_is_left(again):
    entry = {"rule": "no-grad-inference", "cell_id": "b"}
    done = again("-o", "fixed.ipynb", **{"jupyterlab-torchprof": {"dismissed": [entry]}})
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


def test_the_result_may_replace_the_notebook(again):
    done = again("-o", "work.ipynb")
    assert done.status == 0, done.err
    assert sources(done.folder, "work.ipynb")["b"] == FIXED
