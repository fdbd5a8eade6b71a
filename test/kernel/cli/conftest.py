"""Notebooks and kernels for the tests of ``jupyter torchprof``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyterlab_torchprof import cli
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.record import CellRecord

COMMAND = [sys.executable, "-m", "jupyterlab_torchprof.cli"]
PATIENCE_S = 100


@dataclass
class Finished:
    """What one run of the command left."""

    status: int
    out: str
    err: str
    folder: Path

    def records(self, name: str = "session.json") -> list[CellRecord]:
        """The records of a session document that it wrote."""
        return decode_session((self.folder / name).read_bytes()).session.cells


Write = Callable[..., Path]
Run = Callable[..., Finished]


def write_notebook(
    folder: Path,
    *sources: str,
    name: str = "work.ipynb",
    kernel: str = "python3",
    **tags: str,
) -> Path:
    """Write a notebook whose code cells, named a, b, c…, have the given sources."""
    cells = []
    for index, source in enumerate(sources):
        cell_id = chr(ord("a") + index)
        cell = nbformat.v4.new_code_cell(source, id=cell_id)
        if cell_id in tags:
            cell.metadata["tags"] = [tags[cell_id]]
        cells.append(cell)
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
    path = folder / name
    nbformat.write(notebook, path)
    return path


def run_in_process(folder: Path, *arguments: str | Path) -> Finished:
    """Run the command in a process of its own, as a terminal does, in a folder."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr, folder)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a notebook, see `write_notebook`."""
    return partial(write_notebook, tmp_path)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in the folder of the notebooks; only its kernels are other processes."""

    def call(*arguments: str | Path) -> Finished:
        monkeypatch.chdir(tmp_path)
        capfd.readouterr()
        status = cli.main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()  # also what a kernel has written
        return Finished(status, out, err, tmp_path)

    return call


@pytest.fixture
def run_process(tmp_path: Path) -> Run:
    """Runs the command as `run` does, but in a process of its own."""
    return partial(run_in_process, tmp_path)


Step = tuple[signal.Signals, Callable[[str], bool]]
"""A signal, and what is asked of the messages so far to know when to send it."""


@pytest.fixture
def run_and_signals(tmp_path: Path) -> Run:
    """Runs the command and sends it signals, one after the other."""

    def call(steps: list[Step], *arguments: str | Path) -> Finished:
        log = tmp_path / "stderr.txt"
        command = [*COMMAND, *map(str, arguments)]
        with (
            log.open("w") as err,
            subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=err) as process,
        ):
            try:
                for number, ready in steps:
                    deadline = time.monotonic() + PATIENCE_S
                    while not ready(log.read_text(encoding="utf-8")):
                        assert process.poll() is None, log.read_text(encoding="utf-8")
                        assert time.monotonic() < deadline, "it never got so far"
                        time.sleep(0.05)
                    time.sleep(0.5)  # a cell begins soon after its line is written
                    process.send_signal(number)
                out, _ = process.communicate(timeout=PATIENCE_S)
            finally:
                process.kill()
        return Finished(process.returncode, out.decode(), log.read_text(encoding="utf-8"), tmp_path)

    return call


@pytest.fixture
def run_and_signal(run_and_signals: Run) -> Run:
    """Runs the command and sends it a signal as soon as ``ready`` says so of its messages."""

    def call(
        number: signal.Signals, ready: Callable[[str], bool], *arguments: str | Path
    ) -> Finished:
        return run_and_signals([(number, ready)], *arguments)

    return call


@pytest.fixture
def install_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Adds a kernel that runs ``python -c CODE``."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    def install(name: str, code: str, **spec: Any) -> None:
        folder = tmp_path / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
        content = {"argv": argv, "display_name": name, "language": "python", **spec}
        (folder / "kernel.json").write_text(json.dumps(content), encoding="utf-8")

    return install
