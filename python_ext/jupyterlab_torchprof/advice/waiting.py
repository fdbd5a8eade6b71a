"""Which earlier runs wait for what later cells do, so that the others need not be asked again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..record import CellRecord
from .grammar.rule import Rule
from .text.program import cell_key

PATIENCE = 100
"""Runs after which the matter rests."""


class Waits(NamedTuple):
    """A run that waits."""

    number: int
    """The how-manieth run of the session it is."""
    record: CellRecord
    rules: dict[str, Rule]
    """Those that may speak on it once later cells have run, by their ids."""


class Waiting:
    """The latest run of each cell, if a rule waits for what follows it.

    Follows a session from run to run: each run is judged once, when it is new, so what a cell
    costs does not depend on how many have run before.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        """``rules``: all that may be asked; those that don't wait are left out."""
        self._rules = [rule for rule in rules if rule.waits]
        self._waits: dict[str, Waits] = {}
        self._newest: CellRecord | None = None
        self._number = 0
        self._off: frozenset[str] = frozenset()
        self._texts: set[str] = set()
        self.has_new_text = False
        """The newest run was the first of its text."""

    def follow(self, history: Sequence[CellRecord]) -> None:
        """``history`` has gone on, or is another one."""
        new: list[CellRecord] = []
        for record in reversed(history):
            if record is self._newest:
                break
            new.append(record)
        else:
            self._waits.clear()
            self._texts.clear()
        self.has_new_text = False
        for record in reversed(new):
            self._add(record)
        oldest = self._number - min(PATIENCE, len(history))
        while self._waits:
            key, first = next(iter(self._waits.items()))
            if first.number > oldest:
                break
            del self._waits[key]

    def earlier(self) -> list[Waits]:
        """Those that wait, latest first; the newest run of all is not among them."""
        return [each for each in reversed(self._waits.values()) if each.record is not self._newest]

    def turned_off(self, rules_off: Collection[str]) -> bool:
        """Whether rules have been turned off since this was last asked."""
        before, self._off = self._off, frozenset(rules_off)
        return not self._off <= before

    def _add(self, record: CellRecord) -> None:
        self._newest = record
        self._number += 1
        self.has_new_text = record.source_hash not in self._texts
        self._texts.add(record.source_hash)
        key = cell_key(record)
        self._waits.pop(key, None)  # of each cell the latest run counts
        rules = {rule.id: rule for rule in self._rules if rule.awaits(record)}
        if rules:
            self._waits[key] = Waits(self._number, record, rules)
