"""A part of a program in plain Python: measured without IPython, written to a session file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jupyterlab_torchprof.document import decode_session

TRAIN = """
import sys
import torch
import jupyterlab_torchprof

def train(steps):
    model = torch.nn.Linear(8, 8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(steps):
        optimizer.zero_grad()
        model(torch.randn(4, 8)).sum().backward()
        optimizer.step()
        if step == 70:
            raise ArithmeticError("no more")
"""


def run(folder: Path, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "train.py").write_text(TRAIN + text)
    return subprocess.run(
        [sys.executable, "-c", "import train"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, **environment},
    )


def record(path: Path):
    session = decode_session(path.read_bytes()).session
    assert session.health == []
    [record] = session.cells
    return record


def test_a_block_is_measured(tmp_path):
    done = run(
        tmp_path,
        "with jupyterlab_torchprof.profile('fit') as run:\n    train(30)\n"
        "print(run.record.grad.optimizer_steps, run.path, 'IPython' in sys.modules)\n",
    )
    assert (done.returncode, done.stdout) == (0, "30 fit.torchprof.json False\n"), done.stderr
    found = record(tmp_path / "fit.torchprof.json")
    assert (found.grad.backwards, found.grad.optimizer_steps) == (30, 30)
    assert [each.name for each in found.optimizers] == ["optimizer"]
    assert ("file", "train.py", "train") in {
        (place.kind, place.path, place.function) for place in found.places
    }


def test_a_function_is_measured_each_time(tmp_path):
    done = run(
        tmp_path,
        "@jupyterlab_torchprof.profile('fit')\ndef fit(steps): return train(steps) or steps\n"
        "print(fit(3), fit(5))\n",
        RANK="1",
    )
    assert (done.returncode, done.stdout) == (0, "3 5\n"), done.stderr
    assert record(tmp_path / "fit.rank1.torchprof.json").grad.optimizer_steps == 5


def test_an_error_goes_on_and_what_was_measured_is_written(tmp_path):
    done = run(
        tmp_path, "with jupyterlab_torchprof.profile('fit', file='x.json'):\n    train(99)\n"
    )
    assert done.returncode == 1
    assert "jupyterlab_torchprof" not in done.stderr.partition("ArithmeticError")[0].replace(
        "with jupyterlab_torchprof.profile", ""
    )
    found = record(tmp_path / "x.json")
    assert (found.status, found.error.name) == ("error", "ArithmeticError")
    assert found.grad.optimizer_steps == 71


def test_everything_is_restored(tmp_path):
    done = run(
        tmp_path,
        "before = torch.optim.SGD.zero_grad, torch.Tensor.to\n"
        "with jupyterlab_torchprof.profile('fit'):\n    train(3)\n"
        "print(before == (torch.optim.SGD.zero_grad, torch.Tensor.to))\n",
    )
    assert done.stdout == "True\n", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="permissions")
def test_a_file_that_cannot_be_written_is_told_and_breaks_nothing(tmp_path):
    done = run(
        tmp_path,
        "with jupyterlab_torchprof.profile('fit', file='missing/x.json'):\n    train(3)\n"
        "print('goes on')\n",
    )
    assert (done.returncode, done.stdout) == (0, "goes on\n")
    assert "missing/x.json was not written" in done.stderr
