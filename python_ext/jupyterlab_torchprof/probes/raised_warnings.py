"""Observes the warnings that PyTorch gives during a cell; each is shown as it would be."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

from ..health import Health
from ..patches import Patches
from ..record import CellRecord, RaisedWarning
from .base import CellRun, Probe
from .hooks.wrapping import forget_frame, stands_for

_MAX_WARNINGS = 50
_MAX_TEXT = 500
_LOGGER = "torch._dynamo"
_FILES = re.compile(r"[\\/](?:torch|torchvision|torchaudio|torchao|functorch)[\\/]")
_TEXT = re.compile(r"torch|optimizer\.step|DataLoader", re.IGNORECASE)
_LIMIT = re.compile(r"recompile_limit|cache_size_limit")


class WarningsProbe(Probe):
    """Writes ``warnings``.

    Python asks for ``warnings._showwarnmsg`` by name each time it shows one, after all filters,
    and before a user's ``showwarning`` or ``catch_warnings`` gets it.
    """

    name: ClassVar[str] = "warnings"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health) -> None:
        """Failures are reported to ``health``."""
        super().__init__(health)
        self._run: CellRun | None = None
        self._seen: dict[tuple[str, str, int | None], RaisedWarning] = {}
        self._handler = _Handler(self._logged)

    def attach(self, patches: Patches) -> None:
        """Wrap the one function that all warnings go through."""
        patches.wrap(warnings, "_showwarnmsg", self._wrap)

    def detach(self) -> None:
        """Stop listening to the compiler."""
        logging.getLogger(_LOGGER).removeHandler(self._handler)

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._seen = {}
        self._run = run
        logging.getLogger(_LOGGER).addHandler(self._handler)

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Write them."""
        logging.getLogger(_LOGGER).removeHandler(self._handler)
        self._run = None
        record.warnings = list(self._seen.values())
        self._seen = {}

    def _wrap(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @stands_for(original)
        def _showwarnmsg(msg: Any) -> Any:
            try:
                if self._run is not None:
                    self._shown(msg)
                return original(msg)
            except BaseException as error:
                forget_frame(error)
                raise

        return _showwarnmsg

    def _shown(self, msg: Any) -> None:
        try:
            text = str(msg.message)
            if _FILES.search(msg.filename or "") or _TEXT.search(text):
                self._note(msg.category.__name__, text)
        except Exception as error:
            self.health.failed(self.name, error)

    def _logged(self, entry: logging.LogRecord) -> None:
        try:
            if _LIMIT.search(str(entry.msg)) or _LIMIT.search(str(entry.args)):
                self._note("log", entry.getMessage())
        except Exception as error:
            self.health.failed(self.name, error)

    def _note(self, category: str, text: str) -> None:
        run = self._run
        if run is None:
            return
        text = text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"
        place = run.place(sys._getframe(2))
        key = (category, text, place)
        entry = self._seen.get(key)
        if entry is not None:
            entry.count += 1
        elif len(self._seen) < _MAX_WARNINGS:
            self._seen[key] = RaisedWarning(category=category, message=text, place=place)


class _Handler(logging.Handler):
    """Passes records on and keeps none."""

    def __init__(self, listener: Callable[[logging.LogRecord], None]) -> None:
        super().__init__(logging.WARNING)
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        self._listener(record)
