"""Page-locked memory: where it would help, and where it does nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Fix, RaisedWarning, Severity, Transfer
from ...units import format_bytes, format_seconds
from ..code import Call, Program, Site, read
from ..rule import Remedy, Rule
from ..words import count_of
from .loaders import LOADER, Loading, made_by

_LEAST_SHARE = 0.03
_LEAST_S = 0.05
_NO_ACCELERATOR = re.compile(r"'?pin_memory'? argument is set as true but no accelerator", re.I)
_WAITS = re.compile(r"synchronize|\.wait\(|Event\(|Stream\(|stream\(")


@dataclass(frozen=True, slots=True)
class Pageable(Loading):
    """Batches that are copied from pageable memory."""

    copies: list[Transfer]

    @property
    def seconds(self) -> float:
        """Host time in the copies."""
        return sum(copy.duration_s for copy in self.copies)


class DataloaderPinMemory(Rule[Pageable]):
    """Batches are copied to the device from pageable memory, while the loop waits.

    From pinned memory the copy runs beside the loop's next steps if it is asked for with
    ``non_blocking=True``. Needs copies of pageable tensors of 3 % of the cell's time and 50 ms in
    a cell that iterated over a loader without ``pin_memory``. Nothing is predicted: how much
    faster pinned copies are on this machine was not measured.

    Hazards: pinned memory cannot be paged out. Batches of types that the loader does not know
    are not pinned.
    """

    id: ClassVar[str] = "dataloader-pin-memory"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = (
        "Batches are copied to the accelerator from pageable memory, and the loop waits for each "
        "copy."
    )
    proof: ClassVar[str] = (
        "Measured copies of unpinned tensors that take 3 % of the cell and 50 ms, in a cell that "
        "iterates over a loader without `pin_memory`."
    )
    cure: ClassVar[str] = (
        "Sets `pin_memory=True`, and `non_blocking=True` where the batches are moved."
    )
    silent: ClassVar[str] = "No accelerator; batches that are made on the device; short copies."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/intermediate/pinmem_nonblock.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Pageable | None:
        """See the class."""
        copies = [
            copy
            for copy in record.transfers
            if copy.source == "cpu" and copy.pinned is False and copy.method in ("to", "cuda")
        ]
        seconds = sum(copy.duration_s for copy in copies)
        if seconds < max(_LEAST_S, _LEAST_SHARE * record.duration_s):
            return None
        for loader in record.data_loading:
            enough = sum(copy.calls for copy in copies) >= loader.batches > 0
            if not loader.pin_memory and loader.batch_devices == ["cpu"] and enough:
                return Pageable(record, loader, made_by(Program(record, history), loader), copies)
        return None

    def title(self, finding: Pageable) -> str:
        """One sentence."""
        return f"The loop waits {format_seconds(finding.seconds)} for copies from pageable memory."

    def explanation(self, finding: Pageable) -> str:
        """What happens and what can be done."""
        return (
            f"{finding.name} makes batches in pageable memory, which a device cannot read by "
            "itself. With `pin_memory=True` it makes them in page-locked memory, and a move with "
            "`non_blocking=True` does not hold the loop up."
        )

    def evidence(self, finding: Pageable) -> list[str]:
        """Facts of the record."""
        calls = sum(copy.calls for copy in finding.copies)
        size = sum(copy.moved_bytes for copy in finding.copies)
        copied = count_of(calls, "copy", "copies")
        return [
            f"{copied} of unpinned tensors, {format_bytes(size)} in all, took "
            f"{format_seconds(finding.seconds)} of host time.",
            "The loader has `pin_memory=False`.",
        ]

    def remedy(self, finding: Pageable) -> Remedy:
        """Pin, and do not wait."""
        from ...fixes.loader import CannotFix, pin

        if finding.site is None:
            return Remedy(
                refusal="The call that makes the loader was not found in the notebook's cells.",
                lines=finding.lines,
            )
        moves = _moves(finding.record, {copy.line for copy in finding.copies})
        try:
            fix = pin(finding.site, finding.record, moves)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=finding.lines, code=finding.code)
        return Remedy(fix=fix, lines=finding.lines, code=finding.code)


@dataclass(frozen=True, slots=True)
class Pointless:
    """A loader that cannot pin."""

    record: CellRecord
    warning: RaisedWarning
    sites: list[Site]
    """All in one cell."""


class PinWithoutAccelerator(Rule[Pointless]):
    """Pinning was asked for and there is no accelerator to pin for, as PyTorch warns itself."""

    id: ClassVar[str] = "pin-without-accelerator"
    severity: ClassVar[Severity] = "info"
    what: ClassVar[str] = "`pin_memory=True` does nothing on a machine without an accelerator."
    proof: ClassVar[str] = "PyTorch's own warning, raised by the cell."
    cure: ClassVar[str] = "Drops `pin_memory=True`."
    silent: ClassVar[str] = "Loaders whose `pin_memory` is decided at run time."
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/data.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Pointless | None:
        """See the class."""
        for warning in record.warnings:
            if _NO_ACCELERATOR.search(warning.message):
                found = [
                    site
                    for site in Program(record, history).calls(*LOADER)
                    if _is_true(site.call.keywords.get("pin_memory"))
                ]
                same = [site for site in found if site.record is found[0].record]
                return Pointless(record, warning, same) if same else None
        return None

    def title(self, finding: Pointless) -> str:
        """One sentence."""
        return "`pin_memory=True` has no effect here: there is no accelerator."

    def explanation(self, finding: Pointless) -> str:
        """What happens and what can be done."""
        return (
            "Pinned memory is for copies to an accelerator. Without one PyTorch ignores the "
            "argument and warns each time."
        )

    def evidence(self, finding: Pointless) -> list[str]:
        """Facts of the record."""
        return [f"PyTorch warned: {finding.warning.message.split('. ')[0].rstrip('.')}."]

    def remedy(self, finding: Pointless) -> Remedy:
        """Drop it."""
        from ...fixes.loader import CannotFix, drop_keyword

        record = finding.sites[0].record
        lines = sorted({site.call.line for site in finding.sites})
        code = record if record is not finding.record else None
        try:
            fix = drop_keyword(finding.sites, "pin_memory", safe=True)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


@dataclass(frozen=True, slots=True)
class Hasty:
    """Copies to the host that nobody waits for."""

    record: CellRecord
    copies: list[Transfer]
    calls: list[Call]


class D2hNonBlocking(Rule[Hasty]):
    """Values are copied to the host without waiting for the copy.

    ``tensor.to("cpu", non_blocking=True)`` returns before the bytes have arrived, so whoever
    reads them gets what was there before. Needs such a copy from an accelerator, and a cell that
    waits for nothing: no synchronisation, event or stream is mentioned.
    """

    id: ClassVar[str] = "d2h-non-blocking"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "A copy to the host with `non_blocking=True` is not finished when the call returns: "
        "whoever reads the result at once reads stale memory."
    )
    proof: ClassVar[str] = (
        "Measured copies from an accelerator to the host with `non_blocking=True` in a cell that "
        "mentions no synchronisation, event or stream."
    )
    cure: ClassVar[str] = "Drops `non_blocking=True` from the copies to the host."
    silent: ClassVar[str] = "Cells that synchronise, wait for an event, or use streams."
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
        if not copies or any(_WAITS.search(cell.source) for cell in Program(record, history).cells):
            return None
        lines = {copy.line for copy in copies}
        calls = [call for call in _moves(record, lines) if "non_blocking" in call.keywords]
        return Hasty(record, copies, calls)

    def title(self, finding: Hasty) -> str:
        """One sentence."""
        calls = sum(copy.calls for copy in finding.copies)
        return f"{count_of(calls, 'copy', 'copies')} to the host may be read before they arrive."

    def explanation(self, finding: Hasty) -> str:
        """What happens and what can be done."""
        return (
            "With `non_blocking=True` a copy from the device returns at once, and nothing in the "
            "cell waits until it has arrived. Reading the result then gives whatever the memory "
            "held before. Without the argument the call waits for the copy."
        )

    def evidence(self, finding: Hasty) -> list[str]:
        """Facts of the record."""
        return [
            f"Line {copy.line} copied {format_bytes(copy.moved_bytes)} from {copy.source} in "
            f"{count_of(copy.calls, 'call')} with non_blocking=True."
            for copy in finding.copies
        ]

    def remedy(self, finding: Hasty) -> Remedy:
        """Wait for the copy."""
        from ...fixes.loader import CannotFix, drop_keyword

        lines = sorted({copy.line for copy in finding.copies if copy.line is not None})
        if not finding.calls:
            return Remedy(
                refusal="The copy stands in code that was called from here: drop non_blocking=True "
                "there.",
                lines=lines,
            )
        sites = [Site(finding.record, call) for call in finding.calls]
        try:
            fix: Fix = drop_keyword(sites, "non_blocking", safe=False)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines)
        return Remedy(fix=fix, lines=lines)


def _moves(record: CellRecord, lines: set[int | None]) -> list[Call]:
    """Calls of ``.to``, ``.cuda`` and ``.cpu`` that begin on one of these lines."""
    code = read(record.source)
    return [
        call
        for call in (code.calls if code is not None else ())
        if call.receiver and call.method in ("to", "cuda", "cpu") and call.line in lines
    ]


def _is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True
