"""Where in its file a function stands that ran on while the file was changed.

IPython's autoreload exchanges single functions since version 9. It compiles each for itself, so
its lines count from one and a method stands in a class of a made-up name; and what has not
changed keeps the lines of the file as it was. So the function is looked for in the file as it is,
by what it does.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from types import CodeType

from .modules import FILES

_RELOADER = "IPython.extensions.autoreload"
_STAND_IN = "__autoreload_class__"


@dataclass(frozen=True, slots=True)
class Found:
    """A function in its file."""

    code: CodeType
    """As the file is now."""
    lines: Mapping[int, int]
    """Lines of the file by lines of the code that runs."""


def find_in_file(code: CodeType) -> Found | None:
    """The function in the file as it is now.

    ``None``: it is where its code says, nothing was reloaded, or it is not there any more.
    """
    if _RELOADER not in sys.modules or code.co_name.startswith("<"):
        return None
    filename = code.co_filename
    linecache.checkcache(filename)
    lines = linecache.getlines(filename)
    is_stand_in = _qualified(code).startswith(_STAND_IN)
    if not is_stand_in and _begins_at(lines[code.co_firstlineno - 1 :], code.co_name):
        return None
    module = FILES.find(filename)
    codes = chain.from_iterable(() if module is None else module.compiled.values())
    alike = [one for one in codes if _is_same(one, code)]
    return Found(alike[0], _pairs(code, alike[0])) if len(alike) == 1 else None


def _begins_at(lines: list[str], name: str) -> bool:
    """Whether these lines begin with a function of this name, decorators of a line first."""
    below = (line for line in lines if not line.lstrip().startswith("@"))
    return f"def {name}" in next(below, "")


def _is_same(one: CodeType, other: CodeType) -> bool:
    """Whether both do the same under the same name; of a method the class may differ."""
    names = _qualified(one), _qualified(other)
    if names[1].startswith(_STAND_IN):
        names = one.co_name, other.co_name
    return names[0] == names[1] and _essence(one) == _essence(other)


def _essence(code: CodeType) -> tuple[object, ...]:
    constants = [
        (constant.co_name, constant.co_code) if isinstance(constant, CodeType) else repr(constant)
        for constant in code.co_consts
        if not (isinstance(constant, str) and _STAND_IN in constant)
    ]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, constants


def _pairs(code: CodeType, other: CodeType) -> dict[int, int]:
    """Lines of two codes of the same instructions."""
    pairs = {code.co_firstlineno: other.co_firstlineno}
    lines = {start: line for start, _end, line in other.co_lines()}
    at: int | None = None
    for offset in range(0, len(code.co_code), 2):
        at = lines.get(offset, at)
        lines[offset] = at
    for start, _end, line in code.co_lines():
        found = lines.get(start)
        if line is not None and found is not None:
            pairs.setdefault(line, found)
    return pairs


def _qualified(code: CodeType) -> str:
    return str(getattr(code, "co_qualname", code.co_name))  # since Python 3.11
