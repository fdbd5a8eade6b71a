"""The profiler's own failures: caught, counted and shown once, never raised into a cell."""

from __future__ import annotations

from types import TracebackType

from .record import HealthEntry


class Health:
    """Counts failures by part. Only `Exception` is caught: an interrupt belongs to the user."""

    def __init__(self) -> None:
        """All is well."""
        self._entries: dict[str, HealthEntry] = {}
        self.changed = False
        """Something failed since this was last set to ``False``."""

    def guard(self, part: str) -> Guard:
        """Run a piece of the profiler; a failure is counted under ``part`` and goes no further."""
        return Guard(self, part)

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


class Guard:
    """The one place that swallows exceptions: the user's program goes first.

    A class, since every cell passes dozens of them and a generator takes three times as long.
    """

    __slots__ = ("_health", "_interrupts", "_part")

    def __init__(self, health: Health, part: str, *, interrupts: bool = False) -> None:
        """``interrupts``: an interrupt ends the block, too, and goes no further."""
        self._health = health
        self._part = part
        self._interrupts = interrupts

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Count what was raised."""
        if error is None:
            return False
        if isinstance(error, Exception):
            self._health.failed(self._part, error)
            return True
        return self._interrupts and isinstance(error, KeyboardInterrupt)
