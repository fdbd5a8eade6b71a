"""The one order in which advice is told: in a record, and where several cells are told together.

``src/record/advice-order.ts`` is the twin in the front end; one fixture holds both to the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from .record import Advice, CellRecord

_SEVERITIES = ("high", "medium", "low", "info")


def advice_order(advice: Advice) -> tuple[int, float, float]:
    """What a list of advice is sorted by: severity, then memory that is saved, then time.

    The severity is how a rule has weighed what is at stake. Bytes and seconds are never compared:
    what saves memory comes before what saves time, and what predicts nothing last. Among equals
    the order stays as it was: that of the rules, and of the cells.
    """
    prediction = advice.prediction
    saving = prediction.before - prediction.after if prediction is not None else 0.0
    if not math.isfinite(saving):
        saving = 0.0
    in_bytes = prediction is not None and prediction.unit == "bytes"
    return (
        _SEVERITIES.index(advice.severity),
        -saving if in_bytes else 0.0,
        0.0 if in_bytes else -saving,
    )


def ordered_advice(records: Iterable[CellRecord]) -> list[tuple[CellRecord, Advice]]:
    """The advice of several runs, with the run that each is of."""
    found = [(record, advice) for record in records for advice in record.advice]
    return sorted(found, key=lambda each: advice_order(each[1]))
