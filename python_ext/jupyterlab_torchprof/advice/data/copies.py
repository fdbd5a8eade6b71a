"""The calls that copied batches."""

from __future__ import annotations

from ...record import CellRecord
from ..text.code import Call, read


def moves_on(record: CellRecord, lines: set[int | None]) -> list[Call]:
    """Calls of ``.to`` and ``.cuda`` that begin on one of these lines."""
    code = read(record.source)
    return [
        call
        for call in (code.calls if code is not None else ())
        if call.receiver and call.method in ("to", "cuda") and call.line in lines
    ]
