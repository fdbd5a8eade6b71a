"""Page-locked memory: where it would help, and where it does nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, RaisedWarning, Severity, Transfer
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.loaders import LOADER, Loading, made_by, moves_on, not_found
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site
from ..text.notebook import Later, Outlook
from ..text.sites import mentions

_ASKS = ("is_available()", "current_accelerator(", "device_count()")
_LEAST_SHARE = 0.03
_LEAST_S = 0.05
_NO_ACCELERATOR = re.compile(r"'?pin_memory'? argument is set as true but no accelerator", re.I)
_LEAST_BYTES_PER_S = 3e9
"""What took longer for its size has waited for the device to finish its work, not for a bus."""


@dataclass(frozen=True, slots=True)
class Pageable(Loading):
    """Batches that are copied from pageable memory."""

    copies: list[Transfer]

    @property
    def seconds(self) -> float:
        """Host time in the copies."""
        return sum(copy.duration_s for copy in self.copies)


class DataloaderPinMemory(OldRule[Pageable]):
    """Batches that workers made are copied to the device from pageable memory.

    A thread of the loader can put them into pinned memory meanwhile, and from there the copy runs
    beside the loop's next steps if it is asked for with ``non_blocking=True``. Needs copies of
    pageable tensors of 3 % of the cell's time and 50 ms in a cell that iterated over a loader
    with workers and without ``pin_memory``. A copy of pageable memory also waits for the device's
    queued work, which pinning does not make shorter: each counts at most as long as its bytes
    take at 3 GB/s. Nothing is predicted: how much faster pinned copies are on this machine was
    not measured.

    Hazards: pinned memory cannot be paged out. Batches of types that the loader does not know
    are not pinned. Without workers the loop itself would do the pinning, which costs about what
    it saves; MPS cannot pin.
    """

    id: ClassVar[str] = "dataloader-pin-memory"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Batches are copied to the accelerator from pageable memory, and the loop waits for each "
        "copy."
    )
    proof: ClassVar[str] = (
        "Measured copies of unpinned tensors that take 3 % of the cell and 50 ms, not counting "
        "what they waited for the device, in a cell that iterates over a loader with workers and "
        "without `pin_memory`."
    )
    cure: ClassVar[str] = (
        "Sets `pin_memory=True`, and `non_blocking=True` where the batches are moved."
    )
    silent: ClassVar[str] = (
        "No accelerator, or Apple's; loaders without workers, which would pin in the loop itself; "
        "batches that are made on the device; short copies."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/intermediate/pinmem_nonblock.html",
    )
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Pageable | None:
        """See the class."""
        copies = [
            copy
            for copy in record.transfers
            if copy.source == "cpu" and copy.pinned is False and copy.method in ("to", "cuda")
        ]
        seconds = sum(
            min(copy.duration_s, copy.moved_bytes / _LEAST_BYTES_PER_S) for copy in copies
        )
        if seconds < max(_LEAST_S, _LEAST_SHARE * record.duration_s):
            return None
        if any(copy.target.startswith("mps") for copy in copies):
            return None
        for loader in record.data_loading:
            enough = sum(copy.calls for copy in copies) >= loader.batches > 0
            is_pageable = loader.workers and not loader.pin_memory
            if is_pageable and loader.batch_devices == ["cpu"] and enough:
                return Pageable(record, loader, made_by(Program(record, history), loader), copies)
        return None

    def outlook(self, finding: Pageable, later: Later) -> Outlook:
        """Whether no cell asks what is pinned."""
        return Outlook.UNSAFE if later.asks_for(["pin_memory", "is_pinned"]) else Outlook.SAFE

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
            return not_found(finding)
        back = {
            copy.line
            for copy in finding.record.transfers
            if copy.target == "cpu" and copy.method == "to"
        }
        moves = moves_on(finding.record, {copy.line for copy in finding.copies} - back)
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


class PinWithoutAccelerator(OldRule[Pointless]):
    """Pinning was asked for and there is no accelerator to pin for, as PyTorch warns itself.

    A notebook that asks whether there is one runs on other machines as well, where the argument
    is right: there it is left alone.
    """

    id: ClassVar[str] = "pin-without-accelerator"
    severity: ClassVar[Severity] = "info"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = "`pin_memory=True` does nothing on a machine without an accelerator."
    proof: ClassVar[str] = "PyTorch's own warning, raised by the cell."
    cure: ClassVar[str] = "Drops `pin_memory=True`."
    silent: ClassVar[str] = (
        "Loaders whose `pin_memory` is decided at run time; notebooks that ask whether there is an "
        "accelerator, and so are written for machines with one, too."
    )
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/data.html",)
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Pointless | None:
        """See the class."""
        for warning in record.warnings:
            if _NO_ACCELERATOR.search(warning.message):
                program = Program(record, history)
                if mentions(program, *_ASKS):
                    return None
                sites = [
                    site
                    for site in program.calls(*LOADER)
                    if _is_true(site.call.keywords.get("pin_memory"))
                ]
                same = [site for site in sites if site.record is sites[0].record]
                return Pointless(record, warning, same) if same else None
        return None

    def outlook(self, finding: Pointless, later: Later) -> Outlook:
        """Whether no cell asks what is pinned."""
        return Outlook.UNSAFE if later.asks_for(["pin_memory", "is_pinned"]) else Outlook.SAFE

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


def _is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True
