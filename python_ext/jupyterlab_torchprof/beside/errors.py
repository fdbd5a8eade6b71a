"""Why something was not measured."""

from __future__ import annotations


class CannotMeasure(Exception):
    """The message is a sentence for the user."""
