"""What the terminal shows: one line per cell while they run, and a table at the end.

Everything that comes from a notebook goes through `printable`: a terminal obeys control
characters.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import TextIO

from ..advice_order import ordered_advice
from ..deliver.deep import deep_texts
from ..deliver.ranks import ranks_texts
from ..deliver.text import headline
from ..derive import main_memory, memory_delta
from ..quote import printable
from ..record import CellRecord
from ..source import first_line
from ..units import format_bytes, format_bytes_delta, format_seconds

_CODE_WIDTH = 44


def measured(record: CellRecord) -> list[str]:
    """Time, change of memory, peak and advice, each as a short text."""
    entry = main_memory(record)
    if entry is None:
        memory = ["", "", ""]
    else:
        growth = format_bytes_delta(memory_delta(entry))
        memory = [entry.device, growth, f"peak {format_bytes(entry.peak_bytes)}"]
    return [format_seconds(record.duration_s), *memory, advice_count(record)]


def advice_count(record: CellRecord) -> str:
    """``"2 advice"``, or nothing."""
    return f"{len(record.advice)} advice" if record.advice else ""


class Progress:
    """Writes one line per cell to a stream, its beginning when the cell starts."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        """There are ``total`` cells to come."""
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._open = False

    def begin(self, number: int, source: str) -> None:
        """Cell ``number`` (from one) starts."""
        code = printable(first_line(source), _CODE_WIDTH)
        width = len(str(self._total))
        self._write(f"[{number:>{width}}/{self._total}] {code:<{_CODE_WIDTH}} ")
        self._open = True

    def end(self, record: CellRecord | None) -> None:
        """The cell has ended; without a record nothing was measured."""
        if record is None:
            self._write(" not profiled\n")
        else:
            time, device, growth, peak, advice = measured(record)
            tail = f"{time:>9} {device:>7} {growth:>10}  {peak:<14} {advice}".rstrip()
            self._write(f"{tail}\n")
        self._open = False

    def say(self, sentence: str) -> None:
        """A sentence on a line of its own."""
        self._write(f"\n{sentence}\n" if self._open else f"{sentence}\n")
        self._open = False

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        with contextlib.suppress(OSError):  # the terminal is gone; the run goes on
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()


def summary(records: Sequence[CellRecord]) -> str:
    """A table of all cells and, below it, every advice with its numbers, in its order."""
    header = ["cell", "code", "time", "on", "Δ memory", "peak", ""]
    rows = [header]
    labels: dict[str, str] = {}
    for number, record in enumerate(records, start=1):
        count = record.execution_count
        label = f"[{number if count is None else count}]"
        time, device, growth, peak, found = measured(record)
        code = printable(first_line(record.source), _CODE_WIDTH)
        mark = found if record.status == "ok" else record.status
        rows.append([label, code, time, device, growth, peak.removeprefix("peak "), mark])
        labels[record.run_id] = label
    advice: list[str] = []
    for record, item in ordered_advice(records):
        advice.append(f"{labels[record.run_id]} {item.severity}: {printable(item.title)}")
        advice.append(f"    {printable(item.explanation)}")
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    left = {0, 1, 6}
    lines = [
        "  ".join(
            text.ljust(width) if column in left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, *(["", *advice] if advice else [])])


def details(records: Sequence[CellRecord]) -> str:
    """Below the name of each cell that was recorded in depth, or started ranks, what was found.

    Empty where none did.
    """
    parts: list[str] = []
    for record in records:
        ranks = [(title, f"{title}: {text}") for title, text in ranks_texts(records, record)]
        rows = [*ranks, *deep_texts(records, record)]
        if rows:
            parts += ["", headline(record), *(f"  {printable(text, 300)}" for _title, text in rows)]
    return "\n".join(parts)
