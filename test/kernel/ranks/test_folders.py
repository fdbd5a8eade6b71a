"""Folders of ranks: those that a killed process left are removed, and no others."""

from __future__ import annotations

import os
import subprocess
import sys

from jupyterlab_torchprof.ranks import folders


def test_only_what_the_dead_left_long_ago_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    live = folders.new_folder()
    names = [
        folders.folder_name(dead.pid, "old"),
        folders.folder_name(dead.pid, "written"),
        folders.folder_name(os.getpid(), "own"),
        f"torchprof-ranks-{folders.user_id() + 1}-{dead.pid}-other",
        "torchprof-ranks-not-ours",
    ]
    for name in names:
        (tmp_path / name).mkdir()
        file = tmp_path / name / "host-1.frames"
        file.write_bytes(b"")
        if "written" not in name:
            os.utime(file, (1, 1))
        os.utime(tmp_path / name, (1, 1))
    os.utime(live, (1, 1))
    folders.remove_left()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {live.name, *names} - {folders.folder_name(dead.pid, "old")}
    assert live.stat().st_mode & 0o777 == 0o700
