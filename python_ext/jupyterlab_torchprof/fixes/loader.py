"""Changes of the calls that make loaders, and of those that move their batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import libcst as cst

from ..record import CellRecord, Fix
from .rewrite import CannotFix, Place, Rewrite, combine

__all__ = [
    "CannotFix",
    "drop_keyword",
    "pin",
    "set_keyword",
    "set_only_argument",
    "set_workers",
]

_NEED_WORKERS = (
    "multiprocessing_context",
    "persistent_workers",
    "prefetch_factor",
    "timeout",
    "worker_init_fn",
)
"""Arguments that are refused, or mean nothing, without workers."""


class _Call(Protocol):
    @property
    def place(self) -> Place: ...


class CallSite(Protocol):
    """A call in a cell; `advice.text.code.Site` is one."""

    @property
    def record(self) -> CellRecord: ...
    @property
    def call(self) -> _Call: ...


def set_keyword(site: CallSite, keyword: str, value: str, title: str, *, safe: bool) -> Fix:
    """Give one call a keyword argument."""
    rewrite, call = _open(site)
    _refuse_double_star(call, site)
    if keyword == _keyword(call, keyword, value):
        raise CannotFix(f"{keyword} is {value} already.")
    rewrite.set_argument(call, keyword, value)
    return rewrite.fix(title, safe=safe)


def set_workers(sites: Sequence[CallSite], workers: int, *, safe: bool = False) -> Fix:
    """Give loaders of one cell this many workers; without any, what needs them goes."""
    rewrite = Rewrite(sites[0].record.source, sites[0].record.cell_id)
    for site in sites:
        call = rewrite.call(site.call.place)
        _refuse_double_star(call, site)
        if len([a for a in call.args if a.keyword is None]) > 5:
            raise CannotFix("The number of workers is given without its name.")
        if _keyword(call, "num_workers", str(workers)):
            raise CannotFix(f"The loader has {workers} workers already.")
        if workers == 0:
            _without_workers(rewrite, call)
        else:
            rewrite.set_argument(call, "num_workers", str(workers))
    return rewrite.fix(f"Set num_workers={workers}", safe=safe)


def drop_keyword(sites: Sequence[CallSite], keyword: str, *, safe: bool) -> Fix:
    """Take a keyword argument away from calls of one cell."""
    record = sites[0].record
    rewrite = Rewrite(record.source, record.cell_id)
    for site in sites:
        rewrite.drop_argument(rewrite.call(site.call.place), keyword)
    return rewrite.fix(f"Drop {keyword}", safe=safe)


def set_only_argument(site: CallSite, value: str, title: str) -> Fix:
    """Replace the only argument of a call."""
    rewrite, call = _open(site)
    if len(call.args) != 1 or call.args[0].star:
        raise CannotFix("The call has another form than expected.")
    if rewrite.code(call.args[0].value) == value:
        raise CannotFix(f"The argument is {value} already.")
    rewrite.replace(call.args[0].value, value)
    return rewrite.fix(title)


def pin(site: CallSite, record: CellRecord, moves: Sequence[_Call]) -> Fix:
    """Pin a loader's batches, and move them without waiting in the cell that ran."""
    rewrite, call = _open(site)
    _refuse_double_star(call, site)
    if _keyword(call, "pin_memory", "True"):
        raise CannotFix("The loader pins its batches already.")
    rewrite.set_argument(call, "pin_memory", "True")
    same = site.record.source == record.source and site.record.cell_id == record.cell_id
    moving = rewrite if same else Rewrite(record.source, record.cell_id)
    for move in moves:
        node = moving.call(move.place)
        given = {argument.keyword.value for argument in node.args if argument.keyword is not None}
        is_cpu = any(_text(argument.value) in ("'cpu'", '"cpu"') for argument in node.args)
        if "non_blocking" not in given and len(node.args) <= 1 and not is_cpu:
            moving.add_argument(node, "non_blocking=True")
    rewrites = [rewrite] if same else [rewrite, moving]
    return combine("Pin the batches and move them without waiting", rewrites, safe=True)


def _open(site: CallSite) -> tuple[Rewrite, cst.Call]:
    rewrite = Rewrite(site.record.source, site.record.cell_id)
    return rewrite, rewrite.call(site.call.place)


def _refuse_double_star(call: cst.Call, site: CallSite) -> None:
    if any(argument.star for argument in call.args):
        raise CannotFix(
            f"Line {site.call.place.line} passes arguments that the text does not show."
        )


def _keyword(call: cst.Call, keyword: str, value: str) -> str | None:
    """The keyword, if the call gives it this value."""
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == keyword:
            return keyword if _text(argument.value) == value else None
    return None


def _without_workers(rewrite: Rewrite, call: cst.Call) -> None:
    """Rewrite the arguments as a whole: neighbours that go would share a comma."""
    kept = [
        argument
        for argument in call.args
        if argument.keyword is None or argument.keyword.value not in (*_NEED_WORKERS, "num_workers")
    ]
    gone = len(call.args) - len(kept)
    if gone == 1 and len(kept) == len(call.args) - 1:
        rewrite.drop_argument(call, "num_workers")
        return
    if "#" in rewrite.code(call) or "\n" in rewrite.code(call):
        raise CannotFix("The call's arguments stand on several lines, or beside a comment.")
    arguments = ", ".join(rewrite.code(argument).rstrip(", ") for argument in kept)
    rewrite.replace(call, f"{rewrite.code(call.func)}({arguments})")


def _text(node: cst.BaseExpression) -> str:
    return cst.Module([]).code_for_node(node)
