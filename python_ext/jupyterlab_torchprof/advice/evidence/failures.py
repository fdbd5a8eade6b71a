"""Where the user's own code stood when a cell failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...fixes.text import Text
from ...record import CellRecord, ErrorInfo
from ..text.program import Program


@dataclass(frozen=True, slots=True)
class Failure:
    """The innermost line of the notebook's own code that an error passed through."""

    record: CellRecord
    """The run that failed."""
    error: ErrorInfo
    code: CellRecord | None
    """The latest run of the cell that the line stands in; ``None``: its text has changed."""
    function: str
    line: int | None

    @property
    def lines(self) -> list[int]:
        """The line, if it is known."""
        return [self.line] if self.line is not None and self.code is not None else []

    @property
    def text(self) -> str:
        """The line as it is written; empty if that is not known."""
        if self.code is None or self.line is None:
            return ""
        text = Text(self.code.source)
        return text.line(self.line) if self.line <= len(text.lines) else ""

    @property
    def elsewhere(self) -> CellRecord | None:
        """The cell of the line, if that is not the one that ran."""
        return None if self.code is self.record else self.code


def error_lines(record: CellRecord) -> list[int]:
    """The line of the cell on which it failed, if that is known."""
    line = record.error.line if record.error is not None else None
    return [line] if line is not None else []


def failures(
    record: CellRecord, history: Sequence[CellRecord], *parts: str, names: Sequence[str] = ()
) -> list[Failure]:
    """The frames of the error, innermost first, if its message has one of ``parts``.

    ``names``: of the exception; any without. Asked is the error itself, then the one within it.
    Empty for other errors, for what the program raised itself, whose message may be of anything,
    and for runs that ended well.
    """
    if record.status != "error" or record.error is None:
        return []
    error = next(
        (
            each
            for each in (record.error, record.error.within)
            if each is not None
            and not each.raised
            and any(part in each.message for part in parts)
            and (not names or each.name in names)
        ),
        None,
    )
    if error is None:
        return []
    cells = Program(record, history).cells
    found: list[Failure] = []
    for frame in reversed(error.frames):
        matching = (cell for cell in cells if cell.source_hash == frame.source_hash)
        code = record if frame.source_hash == record.source_hash else next(matching, None)
        found.append(Failure(record, error, code, frame.function, frame.line))
    return found or [Failure(record, error, record, "<module>", record.error.line)]
