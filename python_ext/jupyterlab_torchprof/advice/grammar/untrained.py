"""Rules about models that only predict, whose advice goes when a later cell trains the model."""

from __future__ import annotations

from ...record import CellRecord
from .rule import Rule


class OfUntrained(Rule):
    """A rule whose proof is that nothing has trained a model: later cells can only refute it."""

    waits = True

    def awaits(self, record: CellRecord) -> bool:
        """The rule has spoken on it."""
        return any(advice.rule == self.id for advice in record.advice)

    def is_stirred(self, now: CellRecord) -> bool:
        """No later run brings such advice about."""
        return False
