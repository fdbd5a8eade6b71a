"""What can go wrong before anything ran."""

from __future__ import annotations


class HeadlessError(Exception):
    """A reason for not starting, as one sentence for the person at the terminal."""
