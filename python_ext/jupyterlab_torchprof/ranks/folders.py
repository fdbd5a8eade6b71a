"""The folders in which ranks write, and those that nobody removed."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from itertools import islice
from pathlib import Path

from .. import clocks

_NAME = re.compile(r"torchprof-ranks-(?P<user>\d+)-(?P<owner>\d+)-.+")
_OLD_S = 3600.0
"""Without a frame: a process that is not seen may be alive in another container."""
_MOST = 100


def user_id() -> int:
    """Of the user; 0 where users have no numbers."""
    return os.getuid() if hasattr(os, "getuid") else 0


def is_own(folder: Path) -> bool:
    """Whether it is there, a folder and no link to one, and this user's."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == user_id()


def folder_name(owner: int, end: str) -> str:
    """The name of a folder that belongs to the process with this pid."""
    return f"torchprof-ranks-{user_id()}-{owner}-{end}"


def new_folder() -> Path:
    """One of this process's own, for this user only. Raises OSError."""
    return Path(tempfile.mkdtemp(prefix=folder_name(os.getpid(), "")))


def remove_left() -> None:
    """Remove folders of this user whose owner was killed, as a kernel is that restarts."""
    if not hasattr(os, "getuid"):
        return  # where nobody can be asked whether he lives
    try:
        found = Path(tempfile.gettempdir()).glob("torchprof-ranks-*")
        for folder in islice(found, _MOST):
            if _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


def _is_left(folder: Path) -> bool:
    name = _NAME.fullmatch(folder.name)
    if name is None or int(name["user"]) != user_id() or not is_own(folder):
        return False
    if lives(int(name["owner"])):
        return False
    last = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    return clocks.time() - last > _OLD_S


def lives(pid: int) -> bool:
    """Whether there is a process with this number, as far as it can be asked."""
    if not hasattr(os, "getuid"):
        return True  # where signal 0 is not a question
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
