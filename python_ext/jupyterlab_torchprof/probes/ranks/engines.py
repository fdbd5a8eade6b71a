"""Observes cells that engines of ipyparallel run for this one, as ``%%px`` has them do.

What a rank has to know travels in the metadata of the request, which ipyparallel passes on as they
are; an engine that has not loaded this extension never looks at them.
"""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from ...health import Health
from ...patches import Patches
from ...ranks.stream import METADATA
from ...record import CellRecord
from ..base import CellRun, Probe
from ..hooks.wrapping import forget_frame, stands_for
from .launches import Launches

_CLIENT = "ipyparallel.client.client"
_MOST = 16
"""Requests to one engine in one cell: each that it measures leaves a file."""


class EnginesProbe(Probe):
    """Writes ``ranks``."""

    name: ClassVar[str] = "engines"
    modules: ClassVar[frozenset[str]] = frozenset({_CLIENT})

    def __init__(self, health: Health, launches: Launches) -> None:
        """``launches``: also of others that start processes."""
        super().__init__(health)
        self._launches = launches
        self._sent: Counter[bytes] = Counter()
        """To each engine in this cell."""

    def imported(self, name: str, patches: Patches) -> None:
        """Wrap the method by which all requests to run a text are sent."""
        client = getattr(sys.modules[name], "Client")  # noqa: B009 - a module of unknown type
        patches.wrap(client, "send_execute_request", self._wrap)

    def detach(self) -> None:
        """Remove what engines have written."""
        self._launches.forget()

    def forked(self) -> None:
        """What was sent was the parent's."""
        self._launches.forked()

    def begin(self, run: CellRun) -> None:
        """Nothing has been sent."""
        self._launches.begin(run)
        self._sent = Counter()

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Read what the engines have written last."""
        self._launches.end(run, record)

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def send_execute_request(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                args, kwargs = self._told(original, args, kwargs)
                return original(*args, **kwargs)
            except BaseException as error:
                forget_frame(error)
                raise

        return send_execute_request

    def _told(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The call's arguments, with metadata that say where to write; silent ones run unseen."""
        try:
            call = inspect.signature(original).bind(*args, **kwargs)
            call.apply_defaults()
            asked = call.arguments
            engine = asked["ident"] or b""
            launch = self._sent[engine]
            if asked["silent"] or launch >= _MOST:
                return args, kwargs
            options = self._launches.options("engine", len(asked["self"].ids), launch)
            if options is None:
                return args, kwargs
            self._sent[engine] += 1
            told = {METADATA: msgspec.to_builtins(options)}
            asked["metadata"] = {**(asked["metadata"] or {}), **told}
            return call.args, call.kwargs
        except Exception as error:
            self.health.failed(self.name, error)
            return args, kwargs
