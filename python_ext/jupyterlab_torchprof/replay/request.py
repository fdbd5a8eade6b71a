"""Carries out what a front end wants to be tried, and what follows from it for the advice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..advice import operators
from ..advice.engine import advise
from ..advice_order import advice_order
from ..beside.errors import CannotMeasure
from ..messages import ReplayDone, ReplayRequest
from ..record import CellRecord, DeepWork
from .run import replay

_GONE = "What was recorded is gone: profile the cell in depth again."


def carry_out(
    request: ReplayRequest, done: ReplayDone, history: Sequence[CellRecord], **options: Any
) -> CellRecord | None:
    """Try it, and fill in the answer; returns the record that has it now.

    ``options``: those of `advise`.
    """
    try:
        record, work = _asked(request, history)
        found = replay(work, request.alternative)
    except CannotMeasure as refusal:
        done.message = str(refusal)
        return None
    done.replay, done.message = found, ""
    kept = [each for each in work.replays if each.alternative != request.alternative]
    work.replays = [*kept, found]
    _advise(record, history, options)
    return record


def _asked(request: ReplayRequest, history: Sequence[CellRecord]) -> tuple[CellRecord, DeepWork]:
    record = next((each for each in history if each.run_id == request.run_id), None)
    works = record.deep.work if record is not None and record.deep is not None else []
    if record is not None and 0 <= request.work < len(works):
        return record, works[request.work]
    raise CannotMeasure(_GONE)


def _advise(record: CellRecord, history: Sequence[CellRecord], options: dict[str, Any]) -> None:
    """Ask the rules again that look at what was tried; the others have said all they can."""
    of_operators = {rule.id for rule in operators.RULES}
    others = [advice for advice in record.advice if advice.rule not in of_operators]
    found = advise(record, history, rules=operators.RULES, **options)
    record.advice = sorted([*others, *found], key=advice_order)
