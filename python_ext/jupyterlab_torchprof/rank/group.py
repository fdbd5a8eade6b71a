"""A kernel that is one of several which run the same cells, as jupyter-distributed has them.

It starts an ordinary kernel for each rank, as children of one proxy, which sends each of them every
cell and numbers the cells for all. The proxy is what front ends are connected to, so only the first
rank talks to them; the others leave frames of each cell in a folder that all know by its name.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from ..ranks.folders import folder_name, is_own, remove_left
from ..ranks.stream import RankOptions
from .variables import number_in

_PROXY = "jupyter_distributed.kernel"
"""The module that the proxy's process runs."""
_VARIABLE = "JUPYTER_DISTRIBUTED_WORLD_SIZE"
_HZ = 10.0
_KEPT = 2
"""Cells whose folders another rank may still read, the running one among them."""


@dataclass(slots=True)
class KernelGroup:
    """The kernels of one proxy, as one of them sees it."""

    rank: int
    size: int
    end: str
    """How the names of its folders end, before the number of the cell."""
    _folders: list[Path] = field(default_factory=list)
    """Of the cells that ran here last."""

    @classmethod
    def here(cls) -> KernelGroup | None:
        """Of this process; ``None``: it is no rank of one, or the only rank.

        A process that such a kernel has started has the same variables, so the parent is asked.
        """
        size, rank = number_in("WORLD_SIZE", 1), number_in("RANK", 0)
        if _VARIABLE not in os.environ or not 0 <= rank < size or size < 2:
            return None
        import psutil  # which takes a while, and other kernels have no use for

        try:
            if _PROXY not in psutil.Process(os.getppid()).cmdline():
                return None
        except psutil.Error:
            return None
        return cls(rank, size, f"kernels-{number_in('MASTER_PORT', 0)}-")

    @property
    def is_first(self) -> bool:
        """This one tells front ends of all."""
        return self.rank == 0

    def asked(self, source: str, cell_id: str | None, count: int | None) -> RankOptions | None:
        """Where this rank writes of a cell that begins; ``None``: the cell has no number.

        Raises OSError; PermissionError if the folder is somebody else's.
        """
        if count is None:
            return None
        while len(self._folders) >= _KEPT:
            self._remove(self._folders.pop(0))
        folder = self._path(f"{self.end}{count}")
        folder.mkdir(mode=0o700, exist_ok=True)
        if not is_own(folder):
            raise PermissionError(f"{folder} belongs to somebody else; remove it, or set TMPDIR")
        self._folders.append(folder)
        return RankOptions(
            folder=str(folder),
            cell_id=cell_id,
            execution_count=count,
            source=source,
            start_method="kernel",
            processes=self.size,
            sampling_hz=_HZ,
        )

    def tidy(self) -> None:
        """Remove what kernels have left that the proxy had before these, or that were killed."""
        if self.is_first:
            remove_left()
            for folder in Path(tempfile.gettempdir()).glob(folder_name(os.getppid(), "kernels-*")):
                self._remove(folder)

    def close(self) -> None:
        """Remove what nobody has read."""
        for folder in self._folders:
            self._remove(folder)
        self._folders = []

    def _path(self, end: str) -> Path:
        return Path(tempfile.gettempdir(), folder_name(os.getppid(), end))

    def _remove(self, folder: Path) -> None:
        if is_own(folder):
            shutil.rmtree(folder, ignore_errors=True)
