"""Traces of deep profiles, kept in the kernel until somebody saves them.

They are too large for a record, and for one message: Jupyter's server drops what comes faster than
a megabyte a second. So a trace is handed out part by part, each asked for.
"""

from __future__ import annotations

import base64
import threading

from ..messages import TracePart, TraceRequest
from ..record import CellRecord

MOST_BYTES = 16 << 20
"""Of all traces together; the oldest go first."""
PART_BYTES = 300_000
GONE = (
    "This trace is gone: the kernel keeps the last one of each cell, until it restarts. "
    "Profile the cell in depth again."
)


class Traces:
    """The last trace of each cell. Safe on several threads."""

    def __init__(self) -> None:
        """There is none."""
        self._traces: dict[str, tuple[str | None, bytes]] = {}
        """Cell and compressed trace by run, the oldest first."""
        self._lock = threading.Lock()

    def keep(self, record: CellRecord, trace: bytes | None) -> None:
        """A run has ended; ``None``: it has no trace."""
        if trace is None:
            return
        with self._lock:
            cell = record.cell_id
            self._traces = {
                run: kept for run, kept in self._traces.items() if cell is None or kept[0] != cell
            }
            self._traces[record.run_id] = (cell, trace)
            while sum(len(kept) for _cell, kept in self._traces.values()) > MOST_BYTES:
                del self._traces[next(iter(self._traces))]

    def part(self, request: TraceRequest) -> TracePart:
        """The part that is asked for, or why there is none."""
        with self._lock:
            _cell, trace = self._traces.get(request.run_id, (None, b""))
        parts = -(-len(trace) // PART_BYTES)
        begin = request.part * PART_BYTES
        data = trace[begin : begin + PART_BYTES] if request.part >= 0 else b""
        return TracePart(
            request_id=request.request_id,
            parts=parts,
            data=base64.b64encode(data).decode("ascii") if data else None,
            message="" if data else GONE,
        )
