"""Why something was not run again."""

from __future__ import annotations


class CannotReplay(Exception):
    """The message is a sentence for the user."""
