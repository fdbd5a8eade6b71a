"""Observes trainers of Ray Train that the cell has fit.

Ray sends its workers one function, made of the user's and of a context that its backend has around
it. That context is exchanged, so that the user's function stays as it is.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import ClassVar

import msgspec

from ...health import Health
from ...patches import Patches
from ...ranks.calls import write_known
from ...ranks.launch_numbers import next_number
from ...ranks.shipped import measured_context
from ..base import CellRun
from .launches import Launches
from .probe import Arguments, LaunchProbe
from .sent_functions import known_files

_TRAINER = "ray.train.v2.api.data_parallel_trainer"
_MOST = 16
"""Trainers in one cell: each worker leaves a file."""


class RayTrainProbe(LaunchProbe):
    """Has each worker measure itself while it runs the user's function."""

    name: ClassVar[str] = "ray"
    modules: ClassVar[frozenset[str]] = frozenset({_TRAINER})

    def __init__(self, health: Health, launches: Launches) -> None:
        """``launches``: of all ways to have processes compute."""
        super().__init__(health, launches)
        self._count = 0

    def imported(self, name: str, patches: Patches) -> None:
        """Wrap what makes the function of a worker, as trainers know it."""
        patches.wrap(sys.modules[name], "construct_train_func", self._wrap)

    def begin(self, run: CellRun) -> None:
        """Nothing has been started."""
        super().begin(run)
        self._count = 0

    def _tell(self, asked: Arguments) -> int | None:
        """The context knows where to write; how many workers there are, they know themselves."""
        if self._count >= _MOST:
            return None
        options = self._launches.options("ray", 1, 0)
        if options is None:
            return None
        self._count += 1
        launch = next_number(Path(options.folder))
        options = msgspec.structs.replace(options, launch=launch)
        write_known(options, known_files(self._launches.run))
        told = msgspec.to_builtins(msgspec.structs.replace(options, source=""))
        asked["train_func_context"] = measured_context(
            asked["train_func_context"], asked["train_func"], told
        )
        thread = threading.current_thread()
        if thread is not threading.main_thread():  # so the cell may end before it
            self._launches.ask(thread.is_alive)
        return launch
