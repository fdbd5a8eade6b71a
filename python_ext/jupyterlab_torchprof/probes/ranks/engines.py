"""Observes what engines of ipyparallel run for this cell, as ``%%px`` or a view have them do.

What a rank has to know travels in the metadata of the request, which ipyparallel passes on as they
are; an engine that has not loaded this extension never looks at them. Of functions there may be a
thousand requests, so an engine is told of all of them in one run, and their metadata say only where
the rest stands.
"""

from __future__ import annotations

import sys
import weakref
from collections import Counter
from functools import partial
from typing import Any, ClassVar

import msgspec

from ...health import Health
from ...patches import Patches
from ...ranks.calls import write_known
from ...ranks.stream import METADATA, RankOptions
from ..base import CellRun
from .launches import Launches
from .pending import are_pending, is_pending
from .probe import Arguments, LaunchProbe
from .sent_functions import known_files, moves_values

_CLIENT = "ipyparallel.client.client"
_MOST = 16
"""Launches in one cell: each that an engine measures leaves a file there."""


class EnginesProbe(LaunchProbe):
    """Tells each engine where to write."""

    name: ClassVar[str] = "engines"
    modules: ClassVar[frozenset[str]] = frozenset({_CLIENT})

    def __init__(self, health: Health, launches: Launches) -> None:
        """``launches``: of all ways to have processes compute."""
        super().__init__(health, launches)
        self._forget()

    def _forget(self) -> None:
        """Nothing has been sent."""
        self._sent: Counter[bytes] = Counter()
        """Texts to each engine in this cell."""
        self._next = 0
        """The least number of the next launch."""
        self._calls: RankOptions | None = None
        """Of functions that were sent since the last text."""
        self._asked: dict[str, Any] = {}
        """What the metadata of their requests say."""
        self._client: weakref.ref[Any] | None = None
        """That sends to many engines at once, each of which replies; ``None``: one will."""

    def imported(self, name: str, patches: Patches) -> None:
        """Wrap the methods by which all requests to run a text or a function are sent."""
        client = getattr(sys.modules[name], "Client")  # noqa: B009 - a module of unknown type
        patches.wrap(client, "send_execute_request", self._wrap)
        patches.wrap(client, "send_apply_request", partial(self._wrap, tell=self._tell_call))

    def begin(self, run: CellRun) -> None:
        """Nothing has been sent."""
        super().begin(run)
        self._forget()

    def _tell(self, asked: Arguments) -> int | None:
        """The metadata say where to write; silent requests run unseen."""
        engine = asked["ident"] or b""
        launch = max(self._sent[engine], self._next)
        if asked["silent"] or launch >= _MOST:
            return None
        options = self._launches.options("engine", len(asked["self"].ids), launch)
        if options is None:
            return None
        self._sent[engine], self._calls = launch + 1, None
        self._add(asked, msgspec.to_builtins(options))
        return launch

    def _tell_call(self, asked: Arguments) -> int | None:
        """All functions of the cell are one launch, unless it runs a text in between."""
        if moves_values(asked["f"]):
            return None
        if self._calls is None:
            launch = max([self._next, *self._sent.values()])
            if launch >= _MOST:
                return None
            options = self._launches.options("engine", len(asked["self"].ids), launch)
            if options is None:
                return None
            write_known(options, known_files(self._launches.run))
            self._asked = msgspec.to_builtins(msgspec.structs.replace(options, source=""))
            self._next, self._launches.ends_late = launch + 1, True
            self._calls = options
        self._add(asked, self._asked)
        return self._calls.launch

    def _add(self, asked: Arguments, told: dict[str, Any]) -> None:
        metadata = asked["metadata"] or {}
        is_one = not metadata.get("is_broadcast") or metadata.get("is_coalescing")
        self._client = None if is_one else weakref.ref(asked["self"])
        asked["metadata"] = {**metadata, METADATA: told}

    def _done(self, result: Any, launch: int | None) -> None:
        """What was sent is awaited until its future is there, or nobody wants it any more."""
        if launch is not None:
            with self.health.guard(self.name):
                client = self._client
                if client is None:
                    self._launches.ask(is_pending(weakref.ref(result)))
                else:
                    self._launches.ask(are_pending(client, result.msg_id))
