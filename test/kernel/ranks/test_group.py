"""Which kernels are ranks of one notebook, and where they leave what they tell."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psutil
import pytest
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.rank.first import FirstRank
from jupyterlab_torchprof.rank.group import KernelGroup
from jupyterlab_torchprof.ranks.late import LateRanks

VARIABLES = {
    "JUPYTER_DISTRIBUTED_WORLD_SIZE": "2",
    "WORLD_SIZE": "2",
    "RANK": "1",
    "MASTER_PORT": "29500",
}


@pytest.fixture
def variables(monkeypatch, tmp_path) -> pytest.MonkeyPatch:
    """Those of a kernel of rank 1, whose parent is the proxy."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    is_parents("-m", "jupyter_distributed.kernel", monkeypatch=monkeypatch)
    return monkeypatch


def is_parents(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["python", *arguments, "-f", "connection.json"]
    monkeypatch.setattr(psutil.Process, "cmdline", lambda _self: line)


def test_a_kernel_of_the_proxy_is_a_rank(variables):
    group = KernelGroup.here()
    assert (group.rank, group.size, group.is_first) == (1, 2, False)
    variables.setenv("RANK", "0")
    assert KernelGroup.here().is_first


@pytest.mark.parametrize(
    ("name", "value"),
    [("WORLD_SIZE", "1"), ("RANK", "2"), ("JUPYTER_DISTRIBUTED_WORLD_SIZE", None)],
)
def test_a_lone_kernel_is_none(variables, name, value):
    if value is None:
        variables.delenv(name)
    else:
        variables.setenv(name, value)
    assert KernelGroup.here() is None


def test_a_kernel_that_a_rank_has_started_is_none(variables):
    is_parents("-m", "ipykernel_launcher", monkeypatch=variables)
    assert KernelGroup.here() is None


def test_ranks_find_each_other_by_the_number_of_the_cell(variables):
    other = KernelGroup.here()
    variables.setenv("RANK", "0")
    first = KernelGroup.here()
    told = first.asked("x = 1", "a", 3)
    assert told.folder == other.asked("x = 1", None, 3).folder
    assert (told.source, told.cell_id, told.processes) == ("x = 1", "a", 2)
    assert Path(told.folder).stat().st_mode & 0o777 == 0o700
    assert first.asked("x = 1", None, 4).folder != told.folder
    assert first.asked("x = 1", None, None) is None


def test_what_nobody_reads_is_removed_two_cells_later(variables, tmp_path):
    group = KernelGroup.here()
    for count in range(1, 5):
        group.asked("x = 1", None, count)
    assert len(list(tmp_path.iterdir())) == 2
    group.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_not_used(variables, tmp_path):
    group = KernelGroup.here()
    folder = Path(group.asked("x = 1", None, 1).folder)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        group.asked("x = 1", None, 1)


def test_the_first_of_new_kernels_removes_what_those_before_have_left(variables, tmp_path):
    KernelGroup.here().asked("x = 1", None, 7)
    (tmp_path / "mine").mkdir()
    variables.setenv("RANK", "0")
    variables.setenv("MASTER_PORT", "29501")
    health = Health()
    late = LateRanks(health, bool, lambda _record: None)
    assert FirstRank.of(KernelGroup.here(), late, health) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert FirstRank.of(None, late, health) is None
