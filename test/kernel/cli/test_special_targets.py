"""Results that go to what is no file: devices, pipes, the open files of the process."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof import cli
from jupyterlab_torchprof.files import write_whole

from .conftest import COMMAND, PATIENCE_S

SESSION = Path(__file__).parents[2] / "unit" / "fixtures" / "summary" / "session.json"
WRITERS = [
    ("report", str(SESSION), "--html"),
    ("compare", str(SESSION), str(SESSION), "--html"),
]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A node like ``/dev/null``."""
    path = tmp_path / "null"
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        path.write_bytes(b"swallowed")
    except OSError:
        pytest.skip("only root can make devices, and not everywhere")
    return path


@contextmanager
def reading(path: Path) -> Iterator[Callable[[], bytes]]:
    """Makes a pipe and reads what is written to it."""
    os.mkfifo(path)
    parts: list[bytes] = []
    thread = threading.Thread(target=lambda: parts.append(path.read_bytes()), daemon=True)
    thread.start()

    def content() -> bytes:
        thread.join(PATIENCE_S)
        [part] = parts
        return part

    yield content
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("command", WRITERS, ids=lambda command: command[0])
def test_a_device_stays_one(command: tuple[str, ...], device: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(device)
    for target in (device, link):
        assert cli.main([*command, str(target)]) == 0
    assert stat.S_ISCHR(device.stat().st_mode)
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "null"]


@pytest.mark.parametrize("command", WRITERS, ids=lambda command: command[0])
def test_a_pipe_gets_the_whole(command: tuple[str, ...], tmp_path: Path) -> None:
    with reading(tmp_path / "pipe") as content:
        assert cli.main([*command, str(tmp_path / "pipe")]) == 0
        assert content().rstrip().endswith(b"</html>")


def test_all_results_of_a_run(write, run, tmp_path: Path) -> None:
    path = write("x = 1")
    with (
        reading(tmp_path / "page") as page,
        reading(tmp_path / "session") as session,
        reading(tmp_path / "notebook") as notebook,
    ):
        arguments = ["--html", "page", "--json", "session", "--notebook", "notebook"]
        done = run("run", path, *arguments)
        assert done.status == 0, done.err
        assert len(json.loads(session())["cells"]) == 1
        assert json.loads(notebook())["cells"][0]["execution_count"] == 1
        assert page().rstrip().endswith(b"</html>")


def test_several_results_may_go_to_one_device(device: Path, write) -> None:
    path, null = write("x = 1"), str(device)
    assert cli.main(["run", str(path), "--json", null, "--html", null, "--notebook", null]) == 0
    assert stat.S_ISCHR(device.stat().st_mode)


def test_the_standard_output_is_the_result_alone(write, run_process) -> None:
    done = run_process("fix", write("x = 1"), "-o", "/dev/stdout")

    assert done.status == 0, done.err
    assert json.loads(done.out)["cells"][0]["source"] == ["x = 1"]
    assert "Nothing had to be fixed." in done.err


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_a_redirected_output_goes_on_where_it_was(name: str, tmp_path: Path) -> None:
    if not Path(name).parent.exists():
        pytest.skip("this system has no such name")
    log = tmp_path / "log"
    with log.open("w") as out:
        out.write("before\n")
        out.flush()
        done = subprocess.run(
            [*COMMAND, "report", str(SESSION), "--html", name],
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    text = log.read_text(encoding="utf-8")
    assert text.startswith("before\n<!")
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_the_magic_writes_to_a_pipe(
    shell: InteractiveShell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.extension_manager.load_extension("jupyterlab_torchprof")
    shell.run_cell("x = 1")
    with reading(tmp_path / "s.json") as content:
        shell.run_line_magic("torchprof", f"report {tmp_path / 's.json'}")
        assert json.loads(content())["schema_version"]
    assert "Report written to" in capsys.readouterr().out


def test_the_magic_leaves_no_half_file(shell: InteractiveShell, tmp_path: Path) -> None:
    shell.extension_manager.load_extension("jupyterlab_torchprof")
    target = tmp_path / "s.json"
    target.write_text("the old one")
    opened = target.open()  # as somebody who is reading it
    shell.run_line_magic("torchprof", f"report {target}")
    assert opened.read() == "the old one"
    assert json.loads(target.read_text())["schema_version"]
    opened.close()


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "private"
    target.touch(mode=0o600)
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_the_longest_name_works_and_a_longer_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    longest = "x" * 250 + ".html"
    assert cli.main(["report", str(SESSION), "--html", str(tmp_path / longest)]) == 0
    capsys.readouterr()

    assert cli.main(["report", str(SESSION), "--html", str(tmp_path / f"x{longest}")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("cannot be written to: File name too long.")
    assert [path.name for path in tmp_path.iterdir()] == [longest]
