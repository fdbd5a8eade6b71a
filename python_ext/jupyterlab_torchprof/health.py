"""The profiler's own failures: caught, counted and shown once, never raised into a cell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .record import HealthEntry


class Health:
    """Counts failures by part. Only `Exception` is caught: an interrupt belongs to the user."""

    def __init__(self) -> None:
        """All is well."""
        self._entries: dict[str, HealthEntry] = {}
        self.changed = False
        """Something failed since this was last set to ``False``."""

    @contextmanager
    def guard(self, part: str) -> Iterator[None]:
        """Run a piece of the profiler; a failure is counted under ``part`` and goes no further."""
        try:
            yield
        except Exception as error:  # the one place that swallows: the user's program goes first
            self.failed(part, error)

    def failed(self, part: str, error: BaseException) -> None:
        """Count one failure of ``part``."""
        first_line = str(error).strip().split("\n", 1)[0][:300]
        message = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
        entry = self._entries.setdefault(part, HealthEntry(part=part, failures=0, message=message))
        entry.failures += 1
        entry.message = message
        self.changed = True

    def note(self, part: str, sentence: str) -> None:
        """Tell what is not measured, though nothing has failed."""
        self._entries[part] = HealthEntry(part=part, failures=0, message=sentence)
        self.changed = True

    def entries(self) -> list[HealthEntry]:
        """What failed so far, first failure first."""
        return list(self._entries.values())
