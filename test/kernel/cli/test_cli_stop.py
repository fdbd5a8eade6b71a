"""Kernels that die, cells that don't end, people who press Ctrl-C: nothing measured is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from jupyterlab_torchprof import cli
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.headless import stop

from .conftest import COMMAND, PATIENCE_S

WITH_SIGNALS = pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
ENDLESS = "import time\nwhile True:\n    time.sleep(0.01)"


def test_a_dying_kernel_takes_nothing_with_it(write, run) -> None:
    dying = "import os, time\nkeep = bytearray(50_000_000)\ntime.sleep(1)\nos._exit(1)"

    done = run("run", write("x = 1", dying, "y = 2"), "--json", "session.json", "--html", "r.html")

    assert done.status == 1
    assert done.err.splitlines()[-1] == "Cell 2: The kernel died"
    first, last = done.records()
    assert first.status == "ok"
    assert (last.cell_id, last.source, last.status) == ("b", dying, "error")
    assert last.error is not None
    assert last.error.name == "DeadKernelError"
    assert len(last.samples) > 2
    assert last.memory[0].peak_is == "sampled"
    assert last.memory[0].peak_bytes > first.memory[0].allocated_after_bytes + 40_000_000
    assert (done.folder / "r.html").exists()


def test_the_time_limit_interrupts_a_cell(write, run) -> None:
    done = run("run", write("x = 1", ENDLESS, "y = 2"), "--timeout", "1", "--json", "session.json")

    assert done.status == 1
    assert done.err.splitlines()[-1] == "Cell 2: The cell ran longer than 1 s and was stopped."
    assert [record.status for record in done.records()] == ["ok", "interrupted"]
    assert done.records()[1].samples


def test_a_cell_that_ignores_interrupts_is_killed(
    write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(stop, "GRACE_S", 0.5)
    deaf = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{ENDLESS}"
    path, result = write("x = 1", deaf), tmp_path / "session.json"

    status = cli.main(["run", str(path), "--timeout", "1", "--json", str(result)])

    assert status == 1
    assert "longer than 1 s" in capsys.readouterr().err
    records = decode_session(result.read_bytes()).session.cells
    assert [record.status for record in records] == ["ok", "error"]


@WITH_SIGNALS
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_cell_and_everything_is_written(write, run_and_signal, name: str) -> None:
    number = signal.Signals[name]
    path = write("x = 1", ENDLESS, "y = 2")

    done = run_and_signal(number, lambda err: "[2/3]" in err, "run", path, "--json", "session.json")

    assert done.status == 128 + number
    assert [record.status for record in done.records()] == ["ok", "interrupted"]
    assert done.err.splitlines()[-1] == "Cell 2: The run was stopped."


@WITH_SIGNALS
def test_the_second_signal_kills_a_deaf_kernel(write, run_and_signals) -> None:
    deaf = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{ENDLESS}"
    steps = [
        (signal.SIGINT, lambda err: "[2/2]" in err),
        (signal.SIGINT, lambda err: "again to kill" in err),
    ]

    done = run_and_signals(steps, "run", write("x = 1", deaf), "--json", "session.json")

    assert done.status == 130
    assert "Traceback" not in done.err
    assert [record.status for record in done.records()] == ["ok", "error"]


@WITH_SIGNALS
@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_the_second_signal_while_the_kernel_ends(
    write, run_and_signals, tmp_path: Path, name: str
) -> None:
    leaving = tmp_path / "leaving"
    slow = (
        "import atexit, pathlib, time\n"
        f"atexit.register(lambda: (pathlib.Path({str(leaving)!r}).touch(), time.sleep(600)))"
    )
    number = signal.Signals[name]
    steps = [(number, lambda err: "[2/2]" in err), (number, lambda _: leaving.exists())]

    done = run_and_signals(steps, "run", write(slow, ENDLESS), "--json", "session.json")

    assert done.status == 128 + number
    assert "Traceback" not in done.err
    assert [record.status for record in done.records()] == ["ok", "interrupted"]


@WITH_SIGNALS
def test_what_nohup_ignores_is_ignored(write, run_and_signals) -> None:
    steps = [
        (signal.SIGHUP, lambda err: "[1/1]" in err),
        (signal.SIGTERM, lambda _: True),
    ]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the command inherits it
    try:
        done = run_and_signals(steps, "run", write(ENDLESS), "--json", "session.json")
    finally:
        signal.signal(signal.SIGHUP, before)

    assert done.status == 128 + signal.SIGTERM
    assert [record.status for record in done.records()] == ["interrupted"]


@WITH_SIGNALS
def test_a_terminal_that_closes(write, tmp_path: Path) -> None:
    import pty

    master, terminal = pty.openpty()
    path = write("x = 1", ENDLESS)
    arguments = ["run", str(path), "--json", "session.json"]
    with subprocess.Popen(
        # It leads a session, whose leader gets a signal when the terminal closes.
        [sys.executable, "-c", IN_TERMINAL, os.ttyname(terminal), *COMMAND, *arguments],
        cwd=tmp_path,
        start_new_session=True,
    ) as process:
        shown = b""
        while b"[2/2]" not in shown:
            shown += os.read(master, 1000)
        time.sleep(0.5)  # a cell begins soon after its line is written
        os.close(terminal)
        os.close(master)

        assert process.wait(PATIENCE_S) == 128 + signal.SIGHUP
    records = decode_session((tmp_path / "session.json").read_bytes()).session.cells
    assert [record.status for record in records] == ["ok", "interrupted"]


IN_TERMINAL = """
import os, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
for number in range(3):
    os.dup2(terminal, number)
os.execv(sys.argv[2], sys.argv[2:])
"""


@WITH_SIGNALS
@pytest.mark.parametrize("module", ["cli.commands", "headless.run"])
def test_ctrl_c_in_the_first_second(write, module: str) -> None:
    code = (
        "import os, signal, sys\n"
        "class Early:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'jupyterlab_torchprof.{module}':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Early())\n"
        "from jupyterlab_torchprof.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "run", str(write("x = 1"))],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\nStopped.\n")


@WITH_SIGNALS
def test_a_signal_while_results_are_written(write, run_and_signals, tmp_path: Path) -> None:
    """A pipe that nobody reads yet holds the first result up."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    steps = [
        (signal.SIGTERM, lambda err: "Wrote session.json" in err),
        (signal.SIGTERM, lambda _: True),
    ]
    arguments = ["--json", "session.json", "--html", "pipe"]

    done = run_and_signals(steps, "run", write("x = 1"), *arguments)

    assert done.status == 128 + signal.SIGTERM
    assert "Traceback" not in done.err, done.err
    assert len(done.records()) == 1


@WITH_SIGNALS
def test_a_signal_while_the_kernel_starts(
    write, run_and_signal, tmp_path: Path, install_kernel: Callable[..., None]
) -> None:
    started = tmp_path / "started"
    install_kernel("sleeper", f"import time; open({str(started)!r}, 'w'); time.sleep(600)")

    path = write("x = 1", kernel="sleeper")
    done = run_and_signal(
        signal.SIGINT, lambda _: started.exists(), "run", path, "--json", "session.json"
    )

    assert done.status == 130
    assert done.err.splitlines()[-1] == "The run was stopped."
    assert not (tmp_path / "session.json").exists()


def test_a_kernel_that_cannot_start(write, run, install_kernel: Callable[..., None]) -> None:
    install_kernel("broken", "raise SystemExit(3)")

    done = run("run", write("x = 1", kernel="broken"), "--json", "session.json")

    assert done.status == 2
    assert done.err.splitlines()[-1].startswith("The kernel does not start: ")
    assert not (done.folder / "session.json").exists()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"source": "y = '\ud800'"}, "The notebook client failed: UnicodeEncodeError"),
        ({"metadata": {"tags": 5}}, "The notebook client failed: TypeError"),
    ],
    ids=["half a character", "tags"],
)
def test_what_the_client_does_not_understand(
    write, run, broken: dict[str, object], reason: str
) -> None:
    path = write("x = 1", "y = 2", "z = 3")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1].update(broken)
    path.write_text(json.dumps(notebook), encoding="utf-8")

    done = run("run", path, "--json", "session.json", "--html", "r.html", "--notebook", "n.ipynb")

    assert done.status == 1
    assert "Traceback" not in done.err
    assert done.err.splitlines()[-1].startswith(f"Cell 2: {reason}")
    assert [record.cell_id for record in done.records()] == ["a"]
    assert (done.folder / "r.html").exists()
    assert (done.folder / "n.ipynb").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 elsewhere")
def test_a_name_that_is_no_text(write, run, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"work\xff.ipynb")
    write("x = 1").rename(path)

    done = run("run", path, "--json", "session.json", "--html", "report.html")

    assert done.status == 0, done.err
    assert len(done.records()) == 1
