"""Knows which nodes were made while the program had hooks for saved tensors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ...patches import Patches
from ..hooks.wrapping import stands_for

_MAX_SPANS = 200


class HookedNodes:
    """Spans of the numbers that autograd gives to nodes, in each thread from zero.

    Which thread has made a node is unknown, so a span of one thread counts for all. Used where
    PyTorch does not show whether a saved tensor has hooks, that is before 2.10.
    """

    def __init__(self, torch: Any) -> None:
        """``torch``: the imported module."""
        self._autograd = torch._C._autograd
        self._number: Callable[[], int] = self._autograd._get_sequence_nr
        self._spans: list[tuple[int, int]] = []
        self._open: dict[int, list[int]] = {}
        self._attached = 0
        self._unknown_since: int | None = 0

    @classmethod
    def of(cls, torch: Any) -> HookedNodes:
        """The one of this PyTorch."""
        if torch not in _known:
            _known[torch] = cls(torch)
        return _known[torch]

    def attach(self, patches: Patches) -> None:
        """Watch from now on. What was made before, while nobody watched, may have hooks."""
        patches.wrap(self._autograd, "_push_saved_tensors_default_hooks", self._pushing)
        patches.wrap(self._autograd, "_pop_saved_tensors_default_hooks", self._popping)
        patches.wrap(self._autograd.SavedTensor, "register_hooks", self._registering)
        if not self._attached:
            self._add(self._unknown_since or 0, self._number())
            self._open.clear()
        self._attached += 1

    def detach(self) -> None:
        """The watch ends; `Patches` takes the wrappers away."""
        self._attached -= 1
        if not self._attached:
            self._unknown_since = min(
                [self._number(), *(start for starts in self._open.values() for start in starts)]
            )

    def may_be(self, node: Any) -> bool:
        """Whether hooks may have been set when the node was made."""
        if not self._attached:
            return True
        number = node._sequence_nr()
        if any(start <= number < end for start, end in self._spans):
            return True
        return any(number >= start for starts in tuple(self._open.values()) for start in starts)

    def _add(self, start: int, end: int) -> None:
        if start < end:
            self._spans.append((start, end))
            if len(self._spans) > _MAX_SPANS:  # the oldest become one
                old = self._spans[: _MAX_SPANS // 2]
                whole = (min(start for start, _ in old), max(end for _, end in old))
                self._spans[: _MAX_SPANS // 2] = [whole]

    def _pushing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def _push_saved_tensors_default_hooks(*args: Any) -> Any:
            __tracebackhide__ = True
            self._open.setdefault(threading.get_ident(), []).append(self._number())
            return original(*args)

        return _push_saved_tensors_default_hooks

    def _popping(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def _pop_saved_tensors_default_hooks(*args: Any) -> Any:
            __tracebackhide__ = True
            starts = self._open.get(threading.get_ident())
            if starts:
                self._add(starts.pop(), self._number())
                if not starts:
                    self._open.pop(threading.get_ident(), None)
            return original(*args)

        return _pop_saved_tensors_default_hooks

    def _registering(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def register_hooks(*args: Any) -> Any:
            __tracebackhide__ = True
            self._add(0, self._number())  # of whatever node it is
            return original(*args)

        return register_hooks


_known: dict[Any, HookedNodes] = {}
