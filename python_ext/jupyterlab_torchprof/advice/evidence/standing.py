"""The text that a place of a run stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...record import CellRecord, FileText


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of the user's code, in its text."""

    code: CellRecord | FileText
    """The run whose text it is, or the module."""
    line: int

    @property
    def text(self) -> str:
        """Of the line; empty where the text is shorter."""
        lines = self.code.source.split("\n")
        return lines[self.line - 1] if self.line <= len(lines) else ""


def spot_of(record: CellRecord, runs: Sequence[CellRecord], place: int | None) -> Spot | None:
    """Where a place stands; ``None``: its text is not known, or its cell was edited since.

    ``runs``: the latest of each cell.
    """
    node = record.places[place] if place is not None else None
    if node is None or node.line is None:
        return None
    if node.kind == "file":
        found = (file for file in record.files if file.path == node.path)
        file = next(found, None)
        return None if file is None or node.source_hash is None else Spot(file, node.line)
    if node.kind != "cell":
        return None
    for run in (record, *reversed(runs)):
        if run.source_hash == node.source_hash:
            return Spot(run, node.line)
    return None
