"""Tells when ``torch.compile`` compiles, so that hooks can keep out of its sight."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ...patches import Patches
from .frames import keep_frames_out
from .wrapping import forget_frame, stands_for


class CompileWatch:
    """Calls back around every compilation, once TorchDynamo has been imported."""

    def __init__(self, started: Callable[[], None], ended: Callable[[], None]) -> None:
        """``started`` and ``ended`` run on the thread that compiles."""
        self._started = started
        self._ended = ended

    def attach(self, patches: Patches, torch: ModuleType) -> None:
        """``torch.compile`` imports TorchDynamo: listen from then on, or now if it is there."""
        keep_frames_out()
        patches.wrap(torch, "compile", self._wrap)
        self.listen()

    def detach(self) -> None:
        """Stop listening."""
        handler = _handler()
        if handler is not None:
            for callbacks, ours in self._lists(handler):
                if ours in callbacks:
                    callbacks.remove(ours)

    def listen(self) -> None:
        """Listen if TorchDynamo is there. Its ``reset()`` forgets listeners: do so every cell."""
        handler = _handler()
        if handler is not None:
            for callbacks, ours in self._lists(handler):
                if ours not in callbacks:
                    callbacks.append(ours)

    def _lists(self, handler: Any) -> list[tuple[list[Any], Callable[..., None]]]:
        return [
            (handler.start_callbacks, self._on_start),
            (handler.end_callbacks, self._on_end),
        ]

    def _on_start(self, *_arguments: Any) -> None:  # PyTorch before 2.7 passes none
        self._started()

    def _on_end(self, *_arguments: Any) -> None:
        self._ended()

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def compile(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                compiled = original(*args, **kwargs)
                self.listen()
                return compiled
            except BaseException as error:
                forget_frame(error)
                raise

        return compile


def _handler() -> Any:
    """TorchDynamo's list of callbacks, where this version has one."""
    module = sys.modules.get("torch._dynamo.callback")
    handler = getattr(module, "callback_handler", None)
    return handler if hasattr(handler, "start_callbacks") else None
