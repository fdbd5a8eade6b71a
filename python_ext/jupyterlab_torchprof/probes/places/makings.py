"""Where objects of a class were made: remembered for as long as they live."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

from ... import clocks
from ...health import Health
from ...patches import Patches
from ...record import Made
from ..base import CellRun
from ..hooks.wrapping import forget_frame, stands_for
from ..objects.weak_ids import WeakIds


class Makings:
    """Those of one class and its subclasses. Keeps no object alive."""

    def __init__(self, name: str, health: Health, *, listed: bool = False) -> None:
        """Failures are reported to ``health`` as those of the probe ``name``.

        ``listed``: `end` says what was made.
        """
        self._name = name
        self._health = health
        self._run: CellRun | None = None
        self._listed = listed
        self._made: WeakIds[Made] = WeakIds()
        self._new: list[weakref.ref[Any]] = []

    def attach(self, patches: Patches, cls: type) -> None:
        """Wrap the class's constructor."""
        patches.wrap(cls, "__init__", self._wrap)

    def begin(self, run: CellRun) -> None:
        """What is made belongs to this run from now on."""
        self._run, self._new = run, []

    def so_far(self) -> list[Any]:
        """What the run has made and is still there, if that is to be listed."""
        return [thing for thing in (reference() for reference in self._new) if thing is not None]

    def end(self) -> list[Any]:
        """As `so_far`; what is made from now on belongs to no run."""
        made = self.so_far()
        self._run, self._new = None, []
        return made

    def of(self, thing: Any) -> Made | None:
        """Where an object was made, if that was seen."""
        return self._made.get(thing)

    def _wrap(self, original: Callable[..., None]) -> Callable[..., None]:
        @stands_for(original)
        def __init__(thing: Any, *args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            try:
                original(thing, *args, **kwargs)
                self._note(thing)
            except BaseException as error:
                forget_frame(error)
                raise

        return __init__

    def _note(self, thing: Any) -> None:
        run = self._run
        if run is None:
            return
        try:
            began = clocks.perf_counter()
            nodes = run.places.nodes
            place = run.place(sys._getframe(2))
            while place is not None and nodes[place].kind == "library":
                place = nodes[place].parent
            node = None if place is None else nodes[place]
            made = Made(run.run_id)
            if node is not None and node.kind == "cell":
                made.line, made.source_hash = node.line, node.source_hash
            self._made.set(thing, made)
            if self._listed:
                self._new.append(weakref.ref(thing))
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self._health.failed(self._name, error)
