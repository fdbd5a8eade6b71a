"""The advice on the runs of one session: given when a cell ends, and kept right after that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .advice.catalogue import RULES
from .advice.engine import advise, reconsider, revisit
from .advice.verify import verify
from .advice.waiting import Waiting
from .health import Health
from .history import History
from .measurement import own_work
from .messages import Settings
from .notebooks import Notebooks
from .record import CellRecord

_PART = "advice"


class SessionAdvice:
    """Asks the rules of the records of a history, and notes there what they say."""

    def __init__(
        self,
        health: Health,
        history: History,
        *,
        is_busy: Callable[[], bool],
        tell: Callable[[CellRecord], None],
    ) -> None:
        """``is_busy``: whether a cell runs; ``tell`` gets a record whose advice has changed."""
        self._health, self._history = health, history
        self._is_busy, self._tell = is_busy, tell
        self._waiting = Waiting(RULES)
        self._edited = False
        self.settings = Settings()
        self.notebooks = Notebooks(self._reconsider)

    @property
    def options(self) -> dict[str, Any]:
        """Those of `advise`."""
        return {
            "rules_off": self.settings.rules_off,
            "rules_on": self.settings.rules_on,
            "notebook": self.notebooks.cells(),
            "on_failure": self._health.failed,
        }

    def alone(self, record: CellRecord) -> None:
        """Write the advice of a run that is no part of the history."""
        with own_work(self._health, _PART):
            record.advice = advise(record, [record], **self.options)

    def ended(self, record: CellRecord) -> list[CellRecord]:
        """Write advice and verification; returns earlier records whose advice changed."""
        history, advised = self._history.records(), self._history.advised()
        changed: list[CellRecord] = []
        with own_work(self._health, _PART):
            options = self.options
            record.advice = advise(record, history, advised=advised, **options)
            revised = revisit(history, waiting=self._waiting, **options)
            revised += self._reconsidered(history)
            revised = list({earlier.run_id: earlier for earlier in revised}.values())
            changed = [earlier for earlier in revised if earlier is not record]
            for each in (record, *changed):
                self._history.note_advice(each)
        with own_work(self._health, "verification"):
            record.verification = verify(record, history, advised)
        return changed

    def told_late(self, record: CellRecord) -> None:
        """Ranks have told more of a cell that has ended."""
        history = self._history.records()
        until = next((at for at, each in enumerate(history) if each is record), len(history))
        with own_work(self._health, _PART):
            earlier = [each for each in history[:until] if each.advice]
            record.advice = advise(record, history[: until + 1], advised=earlier, **self.options)
            self._history.note_advice(record)
        self._tell(record)

    def _reconsider(self) -> None:
        """The notebook was edited: some fixes are safe no longer, others are now."""
        self._edited = True
        if not self._is_busy():  # else the end of the cell will tell
            with own_work(self._health, _PART):
                for record in self._reconsidered(self._history.records()):
                    self._history.note_advice(record)
                    self._tell(record)

    def _reconsidered(self, history: list[CellRecord]) -> list[CellRecord]:
        """The records whose advice changed with the notebook's texts."""
        if not self._edited:
            return []
        self._edited = False
        return reconsider(history, self.notebooks.cells(), on_failure=self._health.failed)
