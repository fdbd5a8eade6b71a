"""What went wrong with single objects, so that one odd object does not hide the others."""

from __future__ import annotations


class Failures:
    """How many objects could not be read, and the first reason. Keeps nothing alive."""

    def __init__(self) -> None:
        """All is well."""
        self.count = 0
        self.first: Exception | None = None

    def add(self, error: Exception) -> None:
        """One more."""
        self.count += 1
        if self.first is None:
            error.__traceback__ = error.__context__ = error.__cause__ = None
            self.first = error
