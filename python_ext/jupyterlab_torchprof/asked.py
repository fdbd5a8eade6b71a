"""What front ends have measured beside the cells, while none runs."""

from __future__ import annotations

from collections.abc import Callable

from .health import Health
from .history import History
from .measurement import own_work
from .messages import ReplayDone, ReplayRequest, RoofsDone, RoofsRequest
from .record import CellRecord
from .session_advice import SessionAdvice

BUSY = "A cell is running; try again when it has ended."
_INTERRUPTED = "It was interrupted."


class Asked:
    """Carries it out; the records have what was measured."""

    def __init__(
        self,
        health: Health,
        history: History,
        advice: SessionAdvice,
        *,
        is_busy: Callable[[], bool],
        tell: Callable[[CellRecord], None],
    ) -> None:
        """``is_busy``: whether a cell runs; ``tell`` gets a record that has changed."""
        self._health, self._history, self._advice = health, history, advice
        self._is_busy, self._tell = is_busy, tell

    def replay(self, request: ReplayRequest) -> ReplayDone:
        """Run recorded work again; the record has what was measured, and what follows from it."""
        done = ReplayDone(request_id=request.request_id, message=_INTERRUPTED)

        def carried_out() -> CellRecord | None:
            from .replay.request import carry_out

            return carry_out(request, done, self._history.records(), **self._advice.options)

        self._measure("replay", done, carried_out)
        return done

    def roofs(self, request: RoofsRequest) -> RoofsDone:
        """Measure what devices do at best; the record has it then."""
        done = RoofsDone(request_id=request.request_id, message=_INTERRUPTED)

        def carried_out() -> CellRecord | None:
            from .roofs.request import carry_out

            return carry_out(request, done, self._history.records())

        self._measure("roofs", done, carried_out)
        return done

    def _measure(
        self, part: str, done: ReplayDone | RoofsDone, carry_out: Callable[[], CellRecord | None]
    ) -> None:
        if self._is_busy():
            done.message = BUSY
            return
        with own_work(self._health, part):
            record = carry_out()
            if record is not None:
                self._history.note_advice(record)
                self._tell(record)
