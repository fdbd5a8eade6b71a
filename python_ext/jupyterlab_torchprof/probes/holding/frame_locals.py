"""The local variables of frames that have ended, read without leaving a trace.

Before Python 3.13, ``frame.f_locals`` puts a dictionary of the locals into the frame, which keeps
them alive when the frame itself has been cleared. So the frame is asked for what it refers to,
in the order of its variables; names are known if such a dictionary is there already, as after
IPython has printed the traceback, or if every variable has a value. Else one is made, and emptied.
"""

from __future__ import annotations

import gc
import sys
from inspect import CO_OPTIMIZED
from types import CellType, CodeType, FrameType
from typing import Any

_SINCE_3_11 = sys.version_info >= (3, 11)


def frame_locals(frame: FrameType) -> list[tuple[str | None, Any]]:
    """Names, where they are known, and values."""
    if sys.version_info >= (3, 13):
        return list(frame.f_locals.items())  # a view
    return _referred_locals(frame)


def _referred_locals(frame: FrameType) -> list[tuple[str | None, Any]]:
    code = frame.f_code
    names = names_in_order(code)
    referents = gc.get_referents(frame)
    at = next((i for i, thing in enumerate(referents) if thing is code), None)
    if at is None:
        return []
    own = (frame.f_globals, frame.f_builtins)
    values = [thing for thing in referents[at + 1 :] if not any(thing is one for one in own)]
    # Python 3.10 has the frame's own things behind its code, and 3.11 before it.
    header = referents[:at] if _SINCE_3_11 else values[:1]
    contents = [content(value) for value in values]
    snapshot = next((thing for thing in header if _is_snapshot(thing, names, contents)), None)
    if snapshot is not None:
        return list(snapshot.items())
    if len(contents) == len(names):
        return list(zip(names, contents, strict=True))
    if code.co_flags & CO_OPTIMIZED and not any(_is_filled(thing, own) for thing in header):
        # There is none that the program could have, as what `locals()` gave it.
        made = frame.f_locals
        found = list(made.items())
        made.clear()
        return list[tuple[str | None, Any]](found)
    return [(None, value) for value in contents]


def names_in_order(code: CodeType) -> list[str]:
    """Names of a frame's variables in the order in which it keeps them."""
    cells = code.co_cellvars
    if _SINCE_3_11:  # an argument that is a cell stays among the arguments
        cells = tuple(name for name in cells if name not in code.co_varnames)
        return [*code.co_varnames, *cells, *code.co_freevars]
    return [*(n for n in code.co_varnames if n not in cells), *cells, *code.co_freevars]


def _is_filled(thing: Any, own: tuple[Any, ...]) -> bool:
    """Whether it is a dictionary with something in it that is not the frame's ``own``."""
    return type(thing) is dict and bool(thing) and not any(thing is one for one in own)


def _is_snapshot(thing: Any, names: list[str], contents: list[Any]) -> bool:
    if type(thing) is not dict or not thing:
        return False
    if not all(type(name) is str and name in names for name in thing):
        return False
    held = {id(value) for value in contents}
    return all(id(value) in held for value in thing.values())


def content(value: Any) -> Any:
    """What is in a cell, ``None`` if it is empty; another value itself."""
    if type(value) is not CellType:
        return value
    try:
        return value.cell_contents
    except ValueError:  # it is empty
        return None
