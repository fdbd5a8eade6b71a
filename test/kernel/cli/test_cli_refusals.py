"""What the command refuses to start with: one sentence, exit status 2, nothing run or written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jupyterlab_torchprof import cli
from jupyterlab_torchprof.environment import extension_version

RUNS = "open('ran', 'w').close()"


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The sentence with which the command refuses."""
    assert cli.main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.strip()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "There is no notebook"),
        ("", "is not a Jupyter notebook"),
        ("print(1)", "is not a Jupyter notebook"),
        ("[]", "is not a Jupyter notebook"),
        ("{}", "is not a Jupyter notebook"),
        ('{"nbformat": 4, "cells": 3}', "is not a Jupyter notebook"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "is not a Jupyter notebook"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 1}]}', "is not a Jupyter"),
        ('{"nbformat": 9, "cells": []}', "is not a Jupyter notebook"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_what_is_no_notebook(
    content: str | bytes | None,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "work.ipynb"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    assert reason in refusal(capsys, "run", path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--html", "missing/report.html"], "There is no folder"),
        (["--json", "."], "is a folder"),
        (["--json", "same", "--html", "same"], "Two results"),
        (["--html", "work.ipynb"], "would overwrite the notebook"),
        (["--kernel", "no-such-kernel"], "There is no kernel 'no-such-kernel' (installed: "),
    ],
)
def test_what_cannot_end_well(
    options: list[str],
    reason: str,
    write,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write(RUNS)
    before = path.read_bytes()
    monkeypatch.chdir(path.parent)

    assert reason in refusal(capsys, "run", path, *options)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["work.ipynb"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["run", "a.ipynb", "--timeout", "0"],
        ["run", "a.ipynb", "--timeout", "soon"],
        ["report", "a.json"],
        ["dance"],
    ],
)
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: jupyter torchprof" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["run", "--help"], "--html FILE"), (["--version"], extension_version())],
)
def test_help_and_version(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 0
    assert told in capsys.readouterr().out


def test_a_kernel_of_another_language(
    write, install_kernel: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    install_kernel("ir", "", language="R")

    sentence = refusal(capsys, "run", write(RUNS, kernel="ir"))

    assert sentence == "The kernel 'ir' runs R; only Python kernels can be profiled."


def test_a_kernel_without_the_package(write, run, install_kernel: Callable[..., None]) -> None:
    install_kernel(
        "bare",
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'jupyterlab_torchprof':\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from ipykernel.kernelapp import launch_new_instance\n"
        "launch_new_instance()",
    )

    done = run("run", write(RUNS, kernel="bare"), "--json", "session.json")

    assert done.status == 2
    assert done.err.splitlines()[-1] == (
        "jupyterlab-torchprof is not installed in this kernel's environment. Install the same "
        f'wheel there: "{sys.executable}" -m pip install jupyterlab_torchprof-*.whl'
    )
    assert not (done.folder / "ran").exists()
    assert not (done.folder / "session.json").exists()


def test_a_report_that_fails_does_not_lose_the_session(
    write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("no bundle")

    monkeypatch.setattr("jupyterlab_torchprof.deliver.report.render_report", broken)
    page, session = tmp_path / "r.html", tmp_path / "s.json"
    page.write_text("the old one")

    status = cli.main(["run", str(write("x = 1")), "--html", str(page), "--json", str(session)])

    assert status == 1
    assert "r.html' could not be written: RuntimeError: no bundle" in capsys.readouterr().err
    assert len(json.loads(session.read_text())["cells"]) == 1
    assert page.read_text() == "the old one"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        ("not json", "is no session document"),
        ("{}", "is no session document"),
        ('{"schema_version": "3.0"}', "newer"),
        ('{"schema_version": "1.0", "environment": 3}', "is no session document"),
    ],
)
def test_report_refuses_what_is_no_session(
    content: str | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, page = tmp_path / "session.json", tmp_path / "report.html"
    if content is not None:
        source.write_text(content)

    assert reason in refusal(capsys, "report", source, "--html", page)
    assert not page.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "x" * 5000],
        ["run", "work.ipynb", "--kernel", "x" * 5000],
        ["run", "work.ipynb", "--json", "x" * 5000],
        ["fix", "work.ipynb", "-o", "f", "--rule", "x" * 5000],
        ["report", "x" * 5000, "--html", "r"],
        ["compare", "a", "b", "--fail-on", "x" * 5000],
        ["compare", "a", "b", "--fail-on", f"peak>+1{'x' * 5000}"],
        ["compare", "a", "b", "--fail-on", f"{'x' * 5000}>+1%"],
    ],
)
def test_long_names_are_cut(
    arguments: list[str],
    write,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(write(RUNS).parent)
    assert len(refusal(capsys, *arguments)) < 600


def test_a_name_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in refusal(capsys, "run", "\x1b]0;owned\x07.ipynb")


@pytest.mark.parametrize("cell", ["train", "0", "-1", "1.5"])
def test_a_cell_that_is_no_number(cell: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["run", "work.ipynb", f"--deep={cell}"])
    assert f"{cell!r} is not a whole number from one" in capsys.readouterr().err
