"""Keeps TorchDynamo from compiling the profiler.

Where a compiled program falls back to Python, TorchDynamo goes on to compile the functions that
are called from there, and our hooks are among them. PyTorch knows such frames by their code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ..places.modules import codes_in

_PROBES = __name__.rpartition(".hooks.")[0]
_kept_out: set[str] = set()
"""Names of modules whose code PyTorch knows by now: it remembers as long as the code is there."""


def keep_frames_out() -> None:
    """Let no function of the probes be compiled, nor what they call; no user's code is called."""
    for name, module in list(sys.modules.items()):
        if name.startswith(_PROBES) and name not in _kept_out:
            for code in _codes_of(module):
                keep_frame_out(code, and_below=True)
            _kept_out.add(name)


def keep_frame_out(code: CodeType, *, and_below: bool) -> None:
    """Let one function's frames not be compiled, ``and_below``: nor the frames that they call.

    Does nothing without PyTorch, or with one that has no such switch.
    """
    # An attribute in all versions; before 2.7 it is not among the modules.
    torch: Any = sys.modules.get("torch")
    bindings = getattr(getattr(torch, "_C", None), "_dynamo", None)
    frames: Any = getattr(bindings, "eval_frame", None)
    if hasattr(frames, "set_code_exec_strategy"):
        action = frames._FrameAction
        below = action.SKIP if and_below else action.DEFAULT
        frames.set_code_exec_strategy(code, frames._FrameExecStrategy(action.SKIP, below))
    elif hasattr(frames, "skip_code"):  # PyTorch before 2.7
        frames.skip_code(code)


def _codes_of(module: ModuleType) -> Iterator[CodeType]:
    for thing in list(vars(module).values()):
        if getattr(thing, "__module__", None) != module.__name__:
            continue
        for member in vars(thing).values() if isinstance(thing, type) else (thing,):
            function = getattr(member, "fget", None) or getattr(member, "__func__", member)
            function = getattr(function, "__wrapped__", function)
            if isinstance(function, FunctionType):
                yield function.__code__
                yield from codes_in(function.__code__)
