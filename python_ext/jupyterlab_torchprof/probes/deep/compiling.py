"""What ``torch.compile`` does during a run: what it compiled, where code broke, and why again.

It tells in a log of its own, which costs it some hundredths of its time while somebody listens.
Nothing is imported for it; where nothing is compiled, nothing is heard.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Literal, NamedTuple

from ...record import DeepCompilation
from ..base import CellRun
from .break_text import parse_break

MOST_COMPILATIONS = 60
_MOST_TEXT = 300
_RESUMED = re.compile(r"torch_dynamo_resume_in_(.+)_at_\d+$")
_REASON = re.compile(r"^(?:\d+/\d+: )?(.*)")
_Kind = Literal["compiled", "recompiled", "break"]
_BREAK, _METRICS = "dynamo_graph_break_reason", "compilation_metrics"


class _Line(NamedTuple):
    filename: str
    line: int
    function: str


class CompilerLog:
    """Listens from `start` to `stop`."""

    def __init__(self, run: CellRun, failed: Callable[[Exception], None]) -> None:
        """``failed`` is told what went wrong with us."""
        self._run, self._failed = run, failed
        self._handler = _Handler(self._heard)
        self._log: Any = None
        self._thread = threading.get_ident()
        self._found: dict[tuple[str, str, int, str], DeepCompilation] = {}
        """By kind, file, line and reason."""

    def start(self) -> None:
        """Begin, where this PyTorch has such a log."""
        logs: Any = sys.modules.get("torch._logging._internal")
        self._log = getattr(logs, "trace_log", None)
        if isinstance(self._log, logging.Logger):
            self._log.addHandler(self._handler)

    def stop(self) -> None:
        """End."""
        if isinstance(self._log, logging.Logger):
            self._log.removeHandler(self._handler)
        self._log = None

    def told(self) -> list[DeepCompilation]:
        """Breaks, and then what took most."""
        order = sorted(
            self._found.values(),
            key=lambda each: (each.kind != "break", -(each.seconds or 0.0), -each.count),
        )
        return order[:MOST_COMPILATIONS]

    def _heard(self, entry: logging.LogRecord) -> None:
        try:
            told: Any = getattr(entry, "metadata", None)
            if type(told) is not dict:
                return
            metrics, artifact = told.get(_METRICS), told.get("artifact")
            frame = sys._getframe(1)
            if type(artifact) is dict and artifact.get("name") == _BREAK:
                self._broke(str(getattr(entry, "payload", "") or ""), frame)
            elif type(metrics) is dict and metrics.get("co_name"):
                self._compiled(metrics, frame)
        except Exception as error:
            self._failed(error)

    def _broke(self, text: str, frame: FrameType) -> None:
        found = parse_break(text)
        if found is not None:
            at = _Line(found.filename, found.line, _name(found.function))
            entry = self._entry("break", at, found.reason, frame)
            entry.hints, entry.url = list(found.hints), found.url

    def _compiled(self, metrics: dict[str, Any], frame: FrameType) -> None:
        again, line = metrics.get("recompile_reason"), metrics.get("co_firstlineno")
        at = _Line(
            str(metrics.get("co_filename") or ""),
            line if type(line) is int else 0,
            _name(str(metrics["co_name"])),
        )
        told = _REASON.match(again.strip()) if type(again) is str else None
        is_again = told is not None or bool(metrics.get("cache_size"))
        reason = told.group(1) if told is not None else ""
        entry = self._entry("recompiled" if is_again else "compiled", at, reason, frame)
        taken = metrics.get("entire_frame_compile_time_s")
        if isinstance(taken, (int, float)):
            entry.seconds = (entry.seconds or 0.0) + taken

    def _entry(self, kind: _Kind, at: _Line, reason: str, frame: FrameType) -> DeepCompilation:
        reason = reason if len(reason) <= _MOST_TEXT else f"{reason[: _MOST_TEXT - 1]}…"
        key = (kind, at.filename, at.line, reason)
        entry = self._found.get(key)
        if entry is not None:
            entry.count += 1
            return entry
        entry = DeepCompilation(kind=kind, function=at.function, reason=reason)
        if threading.get_ident() == self._thread:
            entry.place = self._run.places.find_line(*at, frame)
        if len(self._found) < 4 * MOST_COMPILATIONS:
            self._found[key] = entry
        return entry


def _name(function: str) -> str:
    """Of a function's rest after a break that of the function."""
    found = _RESUMED.match(function)
    return found.group(1) if found is not None else function


class _Handler(logging.Handler):
    """Passes records on and keeps none."""

    def __init__(self, listener: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        self._listener(record)
