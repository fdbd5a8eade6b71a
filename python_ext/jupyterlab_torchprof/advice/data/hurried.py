"""Copies to the host that nobody waits for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ... import fixes
from ...derive import line_of
from ...record import CellRecord, Transfer
from ...units import format_bytes
from ...words import count_of, enumerate_words
from ..grammar import Case, Finding, Rule
from ..text.code import Call, Code, dotted, read
from ..text.program import Site
from ..text.sites import sites_of_run
from ..text.uses.scopes import Parents, parents_of
from .copies import moves_on

_WAITS = (
    "Event",
    "Stream",
    "current_stream",
    "query",
    "record_event",
    "stream",
    "synchronize",
    "wait",
    "wait_event",
    "wait_stream",
)
_ADDS = ("append", "extend", "insert", "setdefault", "update")
_READS_NOTHING = frozenset(
    {*_ADDS, "cuda", "detach", "device", "dim", "dtype", "is_pinned", "ndim", "numel", "shape"}
    | {"size", "to", "view"}
)
_READS = frozenset({"bool", "float", "int", "print"})
_LIBRARIES = frozenset({"F", "np", "numpy", "plt", "torch"})
_HANDS_OVER = (ast.Yield, ast.YieldFrom, ast.Await)
"""Somebody else runs meanwhile, who may wait."""
_COLLECTS = (
    ast.DictComp,
    ast.GeneratorExp,
    ast.List,
    ast.ListComp,
    ast.SetComp,
    ast.Starred,
    ast.Tuple,
    ast.keyword,
)


class D2hNonBlocking(Rule):
    """A copy to the host with `non_blocking=True` is not finished when the call returns: whoever
    reads the result at once reads stale memory.

    Evidence: Measured copies from an accelerator to the host with `non_blocking=True`, and a line
    below in the cell that reads the result before anything has waited.

    Fix: Drops `non_blocking=True` from the copies to the host.

    Silent: Cells and functions that synchronise, use events or streams, or copy something else in
    the ordinary way before they read; results that only go back to the device, or are read in
    another cell or function.

    Sources:
        https://docs.pytorch.org/tutorials/intermediate/pinmem_nonblock.html

    Notes: The result is read directly (``.to(...).numpy()``), by the name that it was bound to, or
    by the list that it was added to. An ordinary copy to the host (``.item()``, ``.cpu()``) waits
    for all that is queued. What only goes back to the device, as when memory is offloaded, is
    queued behind the first copy.
    """

    id = "d2h-non-blocking"
    severity = "high"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Copies to the host whose results are read before anything has waited for them."""
        record = case.record
        copies = [each for each in record.transfers if each.target == "cpu" and each.non_blocking]
        code = read(record.source) if copies else None
        if code is None or any(isinstance(node, _HANDS_OVER) for node in ast.walk(code.tree)):
            return None
        if sites_of_run(case.program, case.program.methods(*_WAITS)):
            return None
        hasty = list(_hasty(record, code, {case.line(copy.place) for copy in copies}))
        if not hasty:
            return None
        sites = [Site(record, call) for call, _ in hasty]
        lines = {site.call.line for site in sites}
        copies = [copy for copy in copies if case.line(copy.place) in lines]
        calls = sum(copy.calls for copy in copies)
        arrive = "it arrives" if calls == 1 else "they arrive"
        return Finding(
            title=f"{count_of(calls, 'copy', 'copies')} to the host may be read before {arrive}.",
            explanation=(
                "With `non_blocking=True` a copy from the device returns at once, and nothing in "
                "the cell waits until it has arrived. Reading the result then gives whatever the "
                "memory held before. Without the argument the call waits for the copy."
            ),
            evidence=_evidence(case, copies, {line for _, reads in hasty for line in reads}),
            remedy=case.edit(
                lambda: fixes.loader.drop_keyword(sites, "non_blocking", safe=False), *sites
            ),
        )


def _hasty(
    record: CellRecord, code: Code, lines: set[int | None]
) -> Iterator[tuple[Call, list[int]]]:
    """Calls that copy without waiting, and the lines that read the result before it is there."""
    waits = [
        line
        for copy in record.transfers
        if copy.target == "cpu" and not copy.non_blocking and (line := line_of(record, copy.place))
    ]
    for call in moves_on(record, lines):
        if "non_blocking" not in call.keywords:
            continue
        reads = [
            line
            for line in _reads(code, call)
            if not any(call.line <= wait < line for wait in waits)
        ]
        if reads:
            yield call, reads


def _evidence(case: Case, copies: list[Transfer], reads: set[int]) -> list[str]:
    facts = [
        f"Line {case.line(copy.place)} copied {format_bytes(copy.moved_bytes)} from {copy.source} "
        f"in {count_of(copy.calls, 'call')} with `non_blocking=True`."
        for copy in copies
    ]
    lines = enumerate_words([str(line) for line in sorted(reads)])
    readers = f"Line {lines} reads" if len(reads) == 1 else f"Lines {lines} read"
    return [*facts, f"{readers} the result, and nothing waits before that."]


def _reads(code: Code, call: Call) -> Iterator[int]:
    """Lines that surely read what a call returns."""
    parents = parents_of(code.tree)
    if _is_read(call.node, parents):
        yield call.place.end_line
        return
    name = _name_of(call)
    if name is None:
        return
    uses = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, (ast.Name, ast.Attribute))
        and dotted(node) == name
        and node.lineno > (call.statement.end_lineno or call.statement.lineno)
    ]
    bound = [node.lineno for node in uses if not isinstance(node.ctx, ast.Load)]
    for node in uses:
        if node.lineno <= min(bound, default=node.lineno) and _is_read(node, parents):
            yield node.lineno


def _is_read(node: ast.expr, parents: Parents) -> bool:
    """Whether the place where a value stands needs its bytes on the host."""
    inner: ast.AST = node
    at = parents[inner]
    while isinstance(at, _COLLECTS) or (isinstance(at, ast.Subscript) and at.value is inner):
        inner, at = at, parents[at]
    if isinstance(at, ast.Attribute):
        return at.attr not in _READS_NOTHING
    if isinstance(at, ast.Call):
        name = dotted(at.func)
        return at.func is not inner and (name in _READS or name.partition(".")[0] in _LIBRARIES)
    cell = parents.get(at)
    is_shown = isinstance(at, ast.Expr) and isinstance(cell, ast.Module) and cell.body[-1] is at
    return is_shown or isinstance(at, (ast.BinOp, ast.Compare))


def _name_of(call: Call) -> str | None:
    """The variable or attribute that holds the result afterwards, itself or in a collection."""
    statement, holder = call.statement, None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        holder = statement.targets[0]
        while isinstance(holder, ast.Subscript):
            holder = holder.value
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        adding = statement.value.func
        if isinstance(adding, ast.Attribute) and adding.attr in _ADDS:
            holder = adding.value
    name = dotted(holder) if holder is not None else "?"
    return None if "?" in name else name
