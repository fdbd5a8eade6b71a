"""Observes cells that engines of ipyparallel run for this one, as ``%%px`` has them do.

What a rank has to know travels in the metadata of the request, which ipyparallel passes on as they
are; an engine that has not loaded this extension never looks at them.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import ClassVar

import msgspec

from ...health import Health
from ...patches import Patches
from ...ranks.stream import METADATA
from ..base import CellRun
from .launches import Launches
from .probe import Arguments, LaunchProbe

_CLIENT = "ipyparallel.client.client"
_MOST = 16
"""Requests to one engine in one cell: each that it measures leaves a file."""


class EnginesProbe(LaunchProbe):
    """Tells each engine where to write."""

    name: ClassVar[str] = "engines"
    modules: ClassVar[frozenset[str]] = frozenset({_CLIENT})

    def __init__(self, health: Health, launches: Launches) -> None:
        """``launches``: of all ways to have processes compute."""
        super().__init__(health, launches)
        self._sent: Counter[bytes] = Counter()
        """To each engine in this cell."""

    def imported(self, name: str, patches: Patches) -> None:
        """Wrap the method by which all requests to run a text are sent."""
        client = getattr(sys.modules[name], "Client")  # noqa: B009 - a module of unknown type
        patches.wrap(client, "send_execute_request", self._wrap)

    def begin(self, run: CellRun) -> None:
        """Nothing has been sent."""
        super().begin(run)
        self._sent = Counter()

    def _tell(self, asked: Arguments) -> int | None:
        """The metadata say where to write; silent requests run unseen."""
        engine = asked["ident"] or b""
        launch = self._sent[engine]
        if asked["silent"] or launch >= _MOST:
            return None
        options = self._launches.options("engine", len(asked["self"].ids), launch)
        if options is None:
            return None
        self._sent[engine] += 1
        told = {METADATA: msgspec.to_builtins(options)}
        asked["metadata"] = {**(asked["metadata"] or {}), **told}
        return launch
