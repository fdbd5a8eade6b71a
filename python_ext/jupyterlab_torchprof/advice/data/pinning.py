"""Page-locked memory: where it would help, and where it does nothing."""

from __future__ import annotations

import ast
import re

from ... import fixes
from ...derive import line_of
from ...record import CellRecord, DataLoading, Transfer
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.functions.view import cell_of
from ..evidence.loaders import made_by, name_of
from ..grammar import Case, Finding, Rule
from ..text.code import Call
from ..text.notebook import Later, Outlook
from ..text.program import Site
from ..text.sites import mentions
from .copies import moves_on
from .makers import asked_of, at_maker

_ASKS = ("is_available()", "current_accelerator(", "device_count()")
_LEAST_SHARE = 0.03
_LEAST_S = 0.05
_NO_ACCELERATOR = re.compile(r"'?pin_memory'? argument is set as true but no accelerator", re.I)
_LEAST_BYTES_PER_S = 3e9
"""What took longer for its size has waited for the device to finish its work, not for a bus."""


class DataloaderPinMemory(Rule):
    """Batches are copied to the accelerator from pageable memory, and the loop waits for each
    copy.

    Evidence: Measured copies of unpinned tensors that take 3 % of the cell and 50 ms, not counting
    what they waited for the device, in a cell that iterates over a loader with workers and without
    `pin_memory`.

    Fix: Sets `pin_memory=True`, and `non_blocking=True` where the batches are moved; of a loader
    that a library made, the library's own argument.

    Silent: No accelerator, or Apple's; loaders without workers, which would pin in the loop
    itself; batches that are made on the device; short copies.

    Sources:
        https://docs.pytorch.org/tutorials/intermediate/pinmem_nonblock.html

    Notes: A copy of pageable memory also waits for the device's queued work, which pinning does
    not make shorter: each counts at most as long as its bytes take at 3 GB/s. Nothing is
    predicted: how much faster pinned copies are on this machine was not measured.

    Hazards: pinned memory cannot be paged out, and batches of types that the loader does not know
    are not pinned.
    """

    id = "dataloader-pin-memory"
    severity = "low"
    alters = "run"
    minds_later = True
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Copies from pageable memory that hold the loop over a loader up."""
        copies = _slow_copies(case.record)
        loader = _loader_of(copies, case.record) if copies else None
        if loader is None:
            return None
        seconds = format_seconds(sum(copy.duration_s for copy in copies))
        calls = count_of(sum(copy.calls for copy in copies), "copy", "copies")
        size = format_bytes(sum(copy.moved_bytes for copy in copies))
        asked = asked_of(case, loader, "pinning")
        pinned = (
            "With `pin_memory=True` it makes them in page-locked memory, and a move with "
            "`non_blocking=True` does not hold the loop up."
            if asked is None
            else f"With {asked.words} it makes them in page-locked memory, from which copies take "
            "less time."
        )
        return Finding(
            title=f"The loop waits {seconds} for copies from pageable memory.",
            explanation=(
                f"{name_of(loader)} makes batches in pageable memory, which a device cannot read "
                f"by itself. {pinned}"
            ),
            evidence=[
                f"{calls} of unpinned tensors, {size} in all, took {seconds} of host time.",
                "The loader has `pin_memory=False`.",
            ],
            remedy=at_maker(
                case,
                loader,
                lambda maker: fixes.loader.pin(
                    maker, cell_of(case.record), _moves(copies, case.record)
                ),
                asked=asked,
                title="Pin the batches",
            ),
            outlook=_outlook,
        )


class PinWithoutAccelerator(Rule):
    """`pin_memory=True` does nothing on a machine without an accelerator.

    Evidence: PyTorch's own warning, raised by the cell.

    Fix: Drops `pin_memory=True`.

    Silent: Loaders whose `pin_memory` is decided at run time; notebooks that ask whether there is
    an accelerator, and so are written for machines with one, too.

    Sources:
        https://docs.pytorch.org/docs/stable/data.html
    """

    id = "pin-without-accelerator"
    severity = "info"
    alters = "run"
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """PyTorch's warning, and the calls that ask for it."""
        said = [warning.message for warning in case.record.warnings]
        warning = next(filter(_NO_ACCELERATOR.search, said), None)
        if warning is None or mentions(case.program, *_ASKS):
            return None
        sites = _pinning_sites(case)
        if not sites:
            return None
        return Finding(
            title="`pin_memory=True` has no effect here: there is no accelerator.",
            explanation=(
                "Pinned memory is for copies to an accelerator. Without one PyTorch ignores the "
                "argument and warns each time."
            ),
            evidence=[f"PyTorch warned: {warning.split('. ')[0].rstrip('.')}."],
            remedy=case.edit(
                lambda: fixes.loader.drop_keyword(sites, "pin_memory", safe=True), *sites
            ),
            outlook=_outlook,
        )


def _outlook(later: Later) -> Outlook:
    """Whether no cell asks what is pinned."""
    return Outlook.UNSAFE if later.asks_for(["pin_memory", "is_pinned"]) else Outlook.SAFE


def _slow_copies(record: CellRecord) -> list[Transfer]:
    """Copies of pageable memory, if they take long enough for pinning to matter."""
    copies = [
        copy
        for copy in record.transfers
        if copy.source == "cpu" and copy.pinned is False and copy.method in ("to", "cuda")
    ]
    seconds = sum(min(copy.duration_s, copy.moved_bytes / _LEAST_BYTES_PER_S) for copy in copies)
    can_pin = not any(copy.target.startswith("mps") for copy in copies)
    is_slow = seconds >= max(_LEAST_S, _LEAST_SHARE * record.duration_s)
    return copies if can_pin and is_slow else []


def _loader_of(copies: list[Transfer], record: CellRecord) -> DataLoading | None:
    """The first loader that could pin, and of whose batches there are enough copies."""
    calls = sum(copy.calls for copy in copies)
    for loader in record.data_loading:
        is_pageable = loader.workers and not loader.pin_memory and loader.batch_devices == ["cpu"]
        if is_pageable and calls >= loader.batches > 0:
            return loader
    return None


def _moves(copies: list[Transfer], record: CellRecord) -> list[Call]:
    """The calls that made these copies, but for lines on which something is moved back."""
    back = [copy for copy in record.transfers if copy.target == "cpu" and copy.method == "to"]
    to, fro = ({line_of(record, copy.place) for copy in each} for each in (copies, back))
    return moves_on(cell_of(record), to - fro)


def _pinning_sites(case: Case) -> list[Site]:
    """Calls with a plain ``pin_memory=True`` that made loaders of the run, all in one cell."""
    made = (made_by(case.program, each) for each in case.record.data_loading if each.pin_memory)
    sites = {
        (site.record.source_hash, site.call.place): site
        for site in made
        if site is not None and _is_true(site.call.keywords.get("pin_memory"))
    }
    found = list(sites.values())
    return [site for site in found if site.record is found[0].record]


def _is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True
