"""A script that a launcher starts as ranks: it runs as alone, and its session is written."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from hand_made import a_record
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.rank.meeting import Meeting
from jupyterlab_torchprof.rank.script import Script
from jupyterlab_torchprof.ranks.gather import Gather
from jupyterlab_torchprof.ranks.stream import Began, Writer

HAS_RECORDER = hasattr(torch._C._distributed_c10d, "_dump_fr_trace")
TRAIN = """
import sys, time
import torch
import torch.distributed as dist

def main(steps, failing):
    dist.init_process_group("gloo")
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(16, 16))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(steps):
        if dist.get_rank() == 1:
            time.sleep(0.08)
        if dist.get_rank() == failing and step == 10:
            raise ArithmeticError("no more")
        optimizer.zero_grad()
        model(torch.randn(4, 16)).sum().backward()
        optimizer.step()
    with open(f"done-{dist.get_rank()}", "w") as file:
        file.write(f"{__name__} {sys.argv[0]}")
    dist.destroy_process_group()

if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def launch(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command += ["-m", "jupyterlab_torchprof.rank", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def plainly(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupyterlab_torchprof.rank", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def session(folder: Path, name: str = "train"):
    return decode_session((folder / f"{name}.torchprof.json").read_bytes()).session


def test_the_first_rank_writes_the_session_of_all(folder):
    done = launch(folder, "train.py", "30", "-1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert [(folder / f"done-{rank}").read_text() for rank in range(2)] == ["__main__ train.py"] * 2
    [record] = session(folder).cells
    assert record.source == "python train.py 30 -1"
    assert [run.rank for run in record.ranks] == [0, 1]
    for run in record.ranks:
        grad = run.record.grad
        assert (run.exit, grad.backwards, grad.optimizer_steps) == ("ok", 30, 30)
        assert [each.name for each in run.record.optimizers] == ["optimizer"]
        called, own = run.record.places[-1], None
        while called.parent is not None:
            own, called = called, run.record.places[called.parent]
        assert (called.kind, called.path, own.function) == ("file", "train.py", "main")
    if not HAS_RECORDER:
        return
    assert [advice.rule for advice in record.advice] == ["rank-straggler"]
    assert "`train.py` line 12" in record.advice[0].explanation


def test_an_error_is_printed_as_python_would_and_the_session_is_there(folder):
    done = launch(folder, "train.py", "30", "1")
    assert done.returncode == 1
    assert (
        "[rank1]: Traceback (most recent call last):\n"
        f'[rank1]:   File "{folder}/train.py", line 23, in <module>\n'
    ) in done.stderr
    [record] = session(folder).cells
    failed = record.ranks[1]
    assert (failed.exit, failed.record.error.name) == ("error", "ArithmeticError")


def test_without_a_launcher_it_is_a_rank_alone(tmp_path):
    (tmp_path / "one.py").write_text("import sys\nsys.exit(3)")
    done = plainly(tmp_path, "one.py")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "jupyterlab-torchprof: wrote one.torchprof.json\n"
    [run] = session(tmp_path, "one").cells[0].ranks
    assert (run.rank, run.world_size, run.backend, run.exit) == (0, 1, None, "error")


def test_a_module_runs_by_its_name(tmp_path):
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("import sys\nfrom . import x\nprint(sys.argv, x.y)")
    (package / "x.py").write_text("y = 1")
    done = plainly(tmp_path, "-m", "pack", "--flag")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"['{package / '__main__.py'}', '--flag'] 1\n"
    assert (tmp_path / "pack.torchprof.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["missing.py"], ["-m"], ["-m", "not.there"], ["--folder"], ["--folder", "x"]],
)
def test_what_cannot_be_run_is_told(tmp_path, arguments):
    done = plainly(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: torchrun")


def test_the_command_is_told_as_python_has_it():
    assert Script("a/train.py", ["--epochs", "3"]).line == "python a/train.py --epochs 3"
    assert Script("/x/tool/__main__.py", [], "tool.__main__").result == Path("tool.torchprof.json")


SEEN = """
import dataclasses, sys
@dataclasses.dataclass
class Config:
    rate: float = 0.1
print(__file__, sys.argv, __spec__, sys.path[0], dataclasses.fields(Config)[0].type)
"""


def test_a_script_sees_what_it_sees_without_us(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "see.py").write_text(SEEN)
    command = [sys.executable, "sub/see.py", "--flag"]
    alone = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "<class 'float'>" in alone.stdout
    assert plainly(tmp_path, "sub/see.py", "--flag").stdout == alone.stdout


def test_a_script_that_is_no_python_fails_as_alone(tmp_path):
    (tmp_path / "bad.py").write_text("x = (\n")
    command = [sys.executable, "bad.py"]
    alone = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    done = plainly(tmp_path, "bad.py")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", alone.stderr)


def test_ranks_that_exit_with_zero_are_waited_for(tmp_path):
    (tmp_path / "leave.py").write_text(
        "import os, sys, time\ntime.sleep(1.5 * int(os.environ['RANK']))\nsys.exit(0)"
    )
    done = launch(tmp_path, "leave.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("jupyterlab-torchprof: wrote") == 1
    [record] = session(tmp_path, "leave").cells
    assert record.status == "ok"
    assert [run.exit for run in record.ranks] == ["ok", "ok"]


def on_machines(folder: Path, shared: Path, count: int) -> None:
    """One rank on each of some machines, all of which are this one."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = []
    for node in range(count):
        home = folder / f"node{node}"
        home.mkdir(exist_ok=True)
        (home / "train.py").write_text(TRAIN)
        command = [sys.executable, "-m", "torch.distributed.run", f"--nnodes={count}"]
        command += [f"--node_rank={node}", f"--master_port={port}", "--nproc_per_node=1"]
        command += ["-m", "jupyterlab_torchprof.rank", "--folder", str(shared)]
        processes.append(subprocess.Popen([*command, "train.py", "5", "-1"], cwd=home))
    for process in processes:
        assert process.wait(120) == 0


def test_ranks_of_several_machines_meet_in_a_folder_of_all(folder):
    shared = folder / "shared"
    on_machines(folder, shared, 2)
    [record] = session(folder / "node0").cells
    assert [(run.rank, run.world_size, run.exit) for run in record.ranks] == [
        (0, 2, "ok"),
        (1, 2, "ok"),
    ]
    assert not (folder / "node1" / "train.torchprof.json").exists()
    assert list(shared.iterdir()) == []


def test_what_another_run_has_left_in_the_folder_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "a/../b")
    meeting = Meeting.of_all_machines(tmp_path / "new" / "shared")
    assert (meeting.is_first, meeting.count) == (False, 4)
    assert meeting.folder.parent == tmp_path / "new" / "shared"
    for name, age_s in (("old", 3600), ("new", 1)):
        writer = Writer(str(meeting.folder), name)
        writer.write(began(name))
        writer.close()
        at = time.time() - age_s
        os.utime(meeting.folder / f"{name}.frames", (at, at))
    gather = Gather(meeting.folder, meeting.since)
    assert [run.host for run in gather.runs({})] == ["new"]


def test_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    meeting = Meeting.of_all_machines(tmp_path)
    meeting.folder.rmdir()
    meeting.folder.symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="somebody else"):
        Meeting.of_all_machines(tmp_path)


def began(host: str) -> Began:
    """The first frame of a rank on this machine."""
    record = a_record(
        run_id=host,
        cell_id=None,
        execution_count=None,
        source_hash="",
        started_at=time.time(),
        duration_s=0.0,
        status="interrupted",
    )
    return Began(
        index=0, processes=1, pid=1, host=host, start_method="command", launch=0, record=record
    )
