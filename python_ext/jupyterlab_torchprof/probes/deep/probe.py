"""The deep profile of a run as a probe: nothing is hooked unless one was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...health import Health
from ...record import CellRecord
from ..base import CellRun, Probe
from ..torch_import import imported_torch

if TYPE_CHECKING:
    from .recording import Recording


class DeepProbe(Probe):
    """Records operators, lines and modules during a window of the run."""

    name = "deep profile"
    needs_torch = True

    def __init__(self, health: Health) -> None:
        """Nothing is recorded."""
        super().__init__(health)
        self._recording: Recording | None = None

    def begin(self, run: CellRun) -> None:
        """Start to record, if it was asked for."""
        if run.deep is None:
            return
        from .recording import Recording

        torch = imported_torch()
        assert torch is not None
        self._recording = Recording(torch, run, self.health, self.name)
        self._recording.start()

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Stop, and read what was recorded."""
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.stop()
            record.deep = recording.read()
            del recording
            self._give_back()

    def _give_back(self) -> None:
        """What was recorded is hundreds of megabytes, which the C library would keep.

        The memory that the cell leaves is read after this.
        """
        from ...memory.host import trim

        trim()

    def detach(self) -> None:
        """Stop what may still be recording."""
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.stop()
