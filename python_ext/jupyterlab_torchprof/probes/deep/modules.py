"""When modules ran, and what they are called within their root.

Calls are seen by `CallSwitch`, which no compiler notices.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ... import clocks
from ..hooks.call_code import CallSwitch, call_switch
from ..objects.kinds import class_name, namespace_reader
from ..objects.weak_ids import WeakIds

MOST_CALLS = 500_000
_MOST_MODULES = 5_000
_MOST_DEPTH = 40


class ModuleTrace:
    """Calls of modules on one thread, as they begin and end."""

    def __init__(
        self,
        torch: ModuleType,
        root_began: Callable[[Any], None],
        root_ended: Callable[[Any, tuple[Any, ...]], None] = lambda _root, _inputs: None,
    ) -> None:
        """``root_began`` gets each module that no other one called, before its call.

        ``root_ended`` gets it after, with what it was called with.

        Raises:
            ValueError: calls cannot be seen in this PyTorch.
        """
        self.times_ns: list[int] = []
        self.names: list[str | None] = []
        """The module that ran from the time of the same index on; ``None``: none."""
        self._switch: CallSwitch = call_switch(torch.nn.Module)
        self._namespace = namespace_reader(torch.nn.Module)
        self._is_compiling: Callable[[], bool] = torch.compiler.is_compiling
        self._root_began, self._root_ended = root_began, root_ended
        self._thread, self._process = threading.get_ident(), os.getpid()
        self._stack: list[str | None] = []
        self._paths: dict[int, str] = {}
        self._roots: WeakIds[dict[int, str]] = WeakIds()

    def start(self) -> None:
        """Begin."""
        self._switch.arm(self)

    def stop(self) -> None:
        """End, and forget the modules."""
        self._switch.disarm(self)
        self._paths.clear()
        self._roots = WeakIds()

    # What the switch calls: it must not raise.

    def entered(self, module: Any) -> bool | None:
        """A call begins."""
        # Asked before all else: an older compiler, which traces this, cannot trace the rest.
        if self._is_compiling() or threading.get_ident() != self._thread:
            return None
        if os.getpid() != self._process:  # a fork, such as a loader's worker
            return None
        if len(self.names) >= MOST_CALLS:
            return None
        try:
            if not self._stack:
                self._root_began(module)
                self._paths = self._paths_below(module)
            name = self._paths.get(id(module)) or class_name(module)
        except Exception:
            name = None
        self._stack.append(name)
        self._note(name)
        return True

    def left(self, call: Any, module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """It has returned."""
        self.failed(call)
        if not self._stack:
            self._root_ended(module, inputs)

    def failed(self, call: Any) -> None:
        """It is over, in whatever way."""
        if self._stack:
            self._stack.pop()
        self._note(self._stack[-1] if self._stack else None)

    def _note(self, name: str | None) -> None:
        self.times_ns.append(clocks.time_ns())
        self.names.append(name)

    def _paths_below(self, root: Any) -> dict[int, str]:
        """Names of the modules below a root, by their ids, which hold while the root lives."""
        known = self._roots.get(root)
        if known is not None:
            return known
        top = class_name(root)
        paths = {id(root): top}
        pending: list[tuple[str, Any, int]] = [(top, root, 0)]
        while pending and len(paths) < _MOST_MODULES:
            path, module, depth = pending.pop()
            children: Any = self._namespace(module).get("_modules")
            if not issubclass(type(children), dict) or depth >= _MOST_DEPTH:
                continue
            for name, child in dict.items(children):
                if child is not None and id(child) not in paths:
                    paths[id(child)] = f"{path}.{name}"
                    pending.append((paths[id(child)], child, depth + 1))
        self._roots.set(root, paths)
        return paths
