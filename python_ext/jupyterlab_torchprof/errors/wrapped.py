"""The error within another: what an exception was raised from, groups, the compiler's wrappers."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..probes.exceptions import cause_of, causes_of, plain_text_of
from ..probes.objects.kinds import attributes_of, home_of, is_exactly

_DEEPEST = 8
_MOST_IN_A_GROUP = 32
_COMPILER = "torch._dynamo."


@dataclass(frozen=True, slots=True)
class CompiledLine:
    """A line that TorchDynamo was reading when it failed: no frame of it ever ran."""

    filename: str
    function: str
    line: int


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What another exception stands for."""

    error: BaseException
    lines: Sequence[CompiledLine] = ()
    """Where the compiler was in the program, outermost first; empty for what ran."""


def wrapped_in(error: BaseException) -> Wrapped | None:
    """The innermost exception that this one names as its cause, or ``None``.

    Followed are ``raise … from``, groups whose exceptions all say the same, and the compiler's
    exceptions. What was only being handled when another was raised is no cause: code that tries
    one way and then the next has dealt with it.
    """
    at, lines = error, tuple[CompiledLine, ...]()
    for _ in range(_DEEPEST):
        lines = _lines_of(at) or lines
        inner = _next(at)
        if inner is None:
            break
        at = inner
    return None if at is error or _is_of_the_compiler(at) else Wrapped(at, lines)


def _next(error: BaseException) -> BaseException | None:
    group = _in_a_group(error)
    if group:
        texts = {(type(each), plain_text_of(each)) for each in group}
        return group[0] if len(texts) == 1 else None
    if _is_of_the_compiler(error):
        return next(iter(causes_of(error)), None)
    return cause_of(error)


def _in_a_group(error: BaseException) -> tuple[BaseException, ...]:
    kind: Any = getattr(builtins, "BaseExceptionGroup", None)  # since Python 3.11
    if kind is None or not issubclass(type(error), kind):
        return ()
    found: tuple[BaseException, ...] = kind.__dict__["exceptions"].__get__(error)
    return found[:_MOST_IN_A_GROUP]


def _is_of_the_compiler(error: BaseException) -> bool:
    return home_of(type(error)).startswith(_COMPILER)


def _lines_of(error: BaseException) -> tuple[CompiledLine, ...]:
    """What TorchDynamo says under "from user code"."""
    if not _is_of_the_compiler(error):
        return ()
    stack: Any = attributes_of(error).get("real_stack")
    if not issubclass(type(stack), list):
        return ()
    found: list[CompiledLine] = []
    for each in islice(list.__iter__(stack), 1_000):
        where = (each.filename, each.name, each.lineno)
        if is_exactly(where[0], (str,)) and is_exactly(where[1], (str,)) and type(where[2]) is int:
            found.append(CompiledLine(*where))
    return tuple(found)
