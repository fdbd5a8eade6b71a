"""Bytes that operators read and write.

What an operator got is read once, and what it made or changed is written once; caches and what a
kernel reads twice are not counted. It is told of those that do the work: an operator that calls
others, which allocate or write in place, has done nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .growth.seen import Got
from .nesting import Operator

_MAKERS = ("aten::empty", "aten::new_empty", "aten::resize")
"""Beginnings of names of operators that only give memory out."""
_SHAPING = frozenset(
    f"aten::{name}_"
    for name in (
        *("as_strided", "detach", "requires_grad", "resize", "set", "squeeze", "swapaxes"),
        *("swapdims", "t", "transpose", "unsqueeze"),
    )
)
"""In place, but of what says how a tensor lies, not of its numbers."""
_WRITING = frozenset(
    f"aten::{name}_"
    for name in (
        *("bernoulli", "cauchy", "copy", "exponential", "fill", "geometric", "log_normal"),
        *("normal", "random", "uniform", "zero"),
    )
)
"""In place, and without reading what was there."""
_MUCH_MORE = 4
_PICKING = ("aten::embedding", "aten::index", "aten::gather", "aten::take")
"""Beginnings of names of operators that read as much as they write, wherever from."""


class Traffic:
    """Of one collection."""

    def __init__(self, got: Mapping[tuple[int, str], Got]) -> None:
        """``got``: what operators got, by when they began and their names."""
        self._got = got
        self._made: dict[tuple[int, str], int] = {}

    def add_allocation(self, event: Any) -> None:
        """Memory that was taken in some operator."""
        size = event.extra_fields.alloc_size
        around = event.parent if size > 0 else None
        if around is not None:
            key = (around.start_time_ns, around.name)
            self._made[key] = self._made.get(key, 0) + size

    def tell(self, operators: Sequence[Operator]) -> None:
        """Write it into operators of which each comes before those within it."""
        made: dict[Operator, int] = {}
        within: dict[Operator, int] = {}
        for each in reversed(operators):
            got = self._got.get((each.start_ns, each.name))
            own = made.pop(each, 0) + self._made.get((each.start_ns, each.name), 0)
            inner = within.pop(each, 0)
            if got is not None:
                each.device, each.dtype = got.device, got.dtype
            if _is_work(each, own):
                moved = _moved(each.name, got, own)
                # What is within may be no more than a number that is brought to the right type.
                each.moved_bytes = moved if moved > _MUCH_MORE * inner else 0
            around = each.parent
            if around is not None:
                made[around] = made.get(around, 0) + own
                within[around] = within.get(around, 0) + inner + each.moved_bytes


def _is_work(operator: Operator, made: int) -> bool:
    name = operator.name
    if operator.is_annotation or "::" not in name or name.startswith(("autograd::", *_MAKERS)):
        return False
    return made > 0 or _writes_in_place(name)


def _writes_in_place(name: str) -> bool:
    return name.endswith("_") and name not in _SHAPING


def _moved(name: str, got: Got | None, made: int) -> int:
    if got is None:
        return made
    if name.startswith(_PICKING) and made:
        return 2 * made
    if name in _WRITING:
        return got.nbytes
    return got.nbytes + (got.first_nbytes if _writes_in_place(name) else made)
