"""Kernels that die, cells that don't end, people who press Ctrl-C: nothing measured is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from jupyterlab_torchprof import cli
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.headless import stop

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


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_cell_and_everything_is_written(
    write, run_and_signal, number: signal.Signals
) -> None:
    path = write("x = 1", ENDLESS, "y = 2")

    done = run_and_signal(number, lambda err: "[2/3]" in err, "run", path, "--json", "session.json")

    assert done.status == 128 + number
    assert [record.status for record in done.records()] == ["ok", "interrupted"]
    assert done.err.splitlines()[-1] == "Cell 2: The run was stopped."


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
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
