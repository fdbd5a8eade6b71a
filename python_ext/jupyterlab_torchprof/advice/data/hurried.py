"""Copies to the host that nobody waits for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity, Transfer
from ...units import format_bytes
from ...words import count_of, enumerate_words
from ..evidence.loaders import moves_on
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Call, Code, Program, Site, dotted, read
from ..text.sites import sites_of_run

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
    (
        *_ADDS,
        *("cuda", "detach", "device", "dim", "dtype", "is_pinned", "ndim", "numel", "shape"),
        *("size", "to", "view"),
    )
)
_READS = frozenset(("bool", "float", "int", "print"))
_LIBRARIES = frozenset(("F", "np", "numpy", "plt", "torch"))
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


@dataclass(frozen=True, slots=True)
class Hasty:
    """Copies to the host whose results are read before anything has waited for them."""

    record: CellRecord
    copies: list[Transfer]
    calls: list[Call]
    reads: list[int]
    """Lines."""


class D2hNonBlocking(OldRule[Hasty]):
    """Values that were copied to the host without waiting are read at once.

    ``tensor.to("cpu", non_blocking=True)`` returns before the bytes have arrived, so whoever
    reads them gets what was there before. Needs such a copy from an accelerator, and below it in
    the cell a line that reads the result: directly (``.to(...).numpy()``), by the name that it
    was bound to, or by the list that it was added to.

    Silent where the program waits: it synchronises, uses events or streams, or copies something
    else to the host in the ordinary way between (``.item()``, ``.cpu()``), which waits for all
    that is queued. Silent, too, where the result only goes back to the device, as when memory is
    offloaded: that copy is queued behind the first.
    """

    id: ClassVar[str] = "d2h-non-blocking"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "A copy to the host with `non_blocking=True` is not finished when the call returns: "
        "whoever reads the result at once reads stale memory."
    )
    proof: ClassVar[str] = (
        "Measured copies from an accelerator to the host with `non_blocking=True`, and a line "
        "below in the cell that reads the result before anything has waited."
    )
    cure: ClassVar[str] = "Drops `non_blocking=True` from the copies to the host."
    silent: ClassVar[str] = (
        "Cells that synchronise, use events or streams, or copy something else in the ordinary "
        "way before they read; results that only go back to the device, or are read in another "
        "cell."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/intermediate/pinmem_nonblock.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Hasty | None:
        """See the class."""
        copies = [
            copy
            for copy in record.transfers
            if copy.target == "cpu" and copy.non_blocking and copy.line is not None
        ]
        code = read(record.source) if copies else None
        if code is None:
            return None
        program = Program(record, history)
        if sites_of_run(program, program.methods(*_WAITS)):
            return None
        waits = [
            copy.line
            for copy in record.transfers
            if copy.target == "cpu" and not copy.non_blocking and copy.line is not None
        ]
        hasty: dict[int, list[int]] = {}
        calls = []
        for call in moves_on(record, {copy.line for copy in copies}):
            if "non_blocking" not in call.keywords:
                continue
            reads = [
                line
                for line in _reads(code, call)
                if not any(call.line <= wait < line for wait in waits)
            ]
            if reads:
                calls.append(call)
                hasty.setdefault(call.line, []).extend(reads)
        copies = [copy for copy in copies if copy.line in hasty]
        lines = sorted({line for each in hasty.values() for line in each})
        return Hasty(record, copies, calls, lines) if copies else None

    def title(self, finding: Hasty) -> str:
        """One sentence."""
        calls = sum(copy.calls for copy in finding.copies)
        arrive = "it arrives" if calls == 1 else "they arrive"
        return f"{count_of(calls, 'copy', 'copies')} to the host may be read before {arrive}."

    def explanation(self, finding: Hasty) -> str:
        """What happens and what can be done."""
        return (
            "With `non_blocking=True` a copy from the device returns at once, and nothing in the "
            "cell waits until it has arrived. Reading the result then gives whatever the memory "
            "held before. Without the argument the call waits for the copy."
        )

    def evidence(self, finding: Hasty) -> list[str]:
        """Facts of the record."""
        facts = [
            f"Line {copy.line} copied {format_bytes(copy.moved_bytes)} from {copy.source} in "
            f"{count_of(copy.calls, 'call')} with `non_blocking=True`."
            for copy in finding.copies
        ]
        lines = enumerate_words([str(line) for line in finding.reads])
        word = "Line" if len(finding.reads) == 1 else "Lines"
        verb = "reads" if len(finding.reads) == 1 else "read"
        return [*facts, f"{word} {lines} {verb} the result, and nothing waits before that."]

    def remedy(self, finding: Hasty) -> Remedy:
        """Wait for the copy."""
        from ...fixes.loader import CannotFix, drop_keyword

        lines = sorted({call.line for call in finding.calls})
        sites = [Site(finding.record, call) for call in finding.calls]
        try:
            fix = drop_keyword(sites, "non_blocking", safe=False)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines)
        return Remedy(fix=fix, lines=lines)


def _reads(code: Code, call: Call) -> Iterator[int]:
    """Lines that surely read what a call returns."""
    parents = {child: node for node in ast.walk(code.tree) for child in ast.iter_child_nodes(node)}
    if _is_read(call.node, parents):
        yield call.place.end_line
        return
    name = _name_of(call)
    if name is None:
        return
    uses = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Name)
        and node.id == name
        and node.lineno > (call.statement.end_lineno or call.statement.lineno)
    ]
    bound = [node.lineno for node in uses if not isinstance(node.ctx, ast.Load)]
    for node in uses:
        if node.lineno <= min(bound, default=node.lineno) and _is_read(node, parents):
            yield node.lineno


def _is_read(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
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
    is_shown = isinstance(at, ast.Expr) and isinstance(node, ast.Name)
    return is_shown or isinstance(at, (ast.BinOp, ast.Compare))


def _name_of(call: Call) -> str | None:
    """The variable that holds the result afterwards, itself or in a collection."""
    statement = call.statement
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
        while isinstance(target, ast.Subscript):
            target = target.value
        return target.id if isinstance(target, ast.Name) else None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        adding = statement.value
        if _adds(adding) and isinstance(adding.func, ast.Attribute):
            held_by = adding.func.value
            return held_by.id if isinstance(held_by, ast.Name) else None
    return None


def _adds(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in _ADDS
