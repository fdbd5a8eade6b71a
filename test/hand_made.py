"""Records made by hand, of which a test names only what it is about."""

from __future__ import annotations

from typing import Any

from jupyterlab_torchprof.record import CellRecord


def a_record(**parts: Any) -> CellRecord:
    """Of a cell ``c`` that has run well for a second; ``parts`` go before that."""
    values = {
        "run_id": "r",
        "cell_id": "c",
        "execution_count": 1,
        "source": "",
        "source_hash": "h",
        "started_at": 0.0,
        "duration_s": 1.0,
        "status": "ok",
    }
    return CellRecord(**{**values, **parts})
