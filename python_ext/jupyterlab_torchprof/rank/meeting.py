"""Where the ranks of one script leave what they tell, and which of them writes the session."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .. import clocks
from ..ranks.folders import folder_name, is_own, remove_left
from .variables import number_in

_APART_S = 60.0
"""By which the starts of one run's ranks may differ, and the clocks of machines and their disks."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A folder that this process shares with the others of its run."""

    folder: Path
    is_first: bool
    """It is to write the session."""
    count: int
    """Of the processes."""
    since: float = 0.0
    """Files that were written last before then, in epoch seconds, are of another run."""

    @classmethod
    def on_this_machine(cls) -> Meeting:
        """Of the ranks that one process has started here.

        Raises OSError; PermissionError if the folder is somebody else's.
        """
        remove_left()
        name = folder_name(os.getppid(), os.environ.get("MASTER_PORT", "0"))
        is_first = number_in("LOCAL_RANK", 0) == 0
        folder = _made(Path(tempfile.gettempdir(), name))
        return cls(folder, is_first, number_in("LOCAL_WORLD_SIZE", 1))

    @classmethod
    def of_all_machines(cls, shared: Path) -> Meeting:
        """Of all ranks, below a folder that every machine sees. Raises as `on_this_machine`."""
        shared.mkdir(parents=True, exist_ok=True)
        run = [os.environ.get(name, "0") for name in ("TORCHELASTIC_RUN_ID", "MASTER_PORT")]
        name = re.sub(r"[^\w-]", "_", "-".join(["torchprof-ranks", *run]))[:200]
        is_first = number_in("RANK", 0) == 0
        since = clocks.time() - _APART_S
        return cls(_made(shared / name), is_first, number_in("WORLD_SIZE", 1), since)


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_own(folder):
        raise PermissionError(f"{folder} belongs to somebody else; remove it, or set TMPDIR")
    return folder
