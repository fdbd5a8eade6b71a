"""What deep profiles recorded, event by event, as one file."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec


def trace_file(traces: Sequence[bytes], path: Path, *, no_source: bool = False) -> bytes:
    """One trace of those of several cells, compressed if the name of the file ends in ``.gz``.

    ``traces`` are compressed; each cell is a process of its own in the result. ``no_source``: leave
    the text of lines out.
    """
    documents = [msgspec.json.decode(gzip.decompress(each)) for each in traces]
    whole: dict[str, Any] = {"displayTimeUnit": "ms", **(documents[0] if documents else {})}
    whole["traceEvents"] = [event for each in documents for event in each["traceEvents"]]
    if no_source:
        for event in whole["traceEvents"]:
            event.get("args", {}).pop("code", None)
    data = msgspec.json.encode(whole)
    return gzip.compress(data, mtime=0) if path.suffix == ".gz" else data
