"""Calls that empty the allocator's cache, where they cost time or free nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ... import fixes
from ...record import CacheClears, CellRecord, MemoryEntry
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence import times
from ..evidence.memory import is_worth_saying
from ..evidence.runs import later_runs
from ..grammar import Case, Finding, Rule
from ..text.code import read
from ..text.program import Program, Site
from ..text.sites import calls_below, functions_below, sites_of_run

_CALLS = 3
_OFTEN = 10
_OFTEN_BYTES = 16_000_000
_OFTEN_S = 1.0
_READS_MEMORY = re.compile(r"memory_allocated|nvidia-smi|memory_summary|mem_get_info|memory_stats")
_NAMES = tuple(f"torch.{name}.empty_cache" for name in ("accelerator", "cuda", "mps", "xpu"))
_NOTHING_TO_FREE = (
    "Delete the variables that hold the memory, or release outputs and tracebacks; the allocator "
    "then uses it again by itself."
)


class EmptyCacheMisuse(Rule):
    """`torch.cuda.empty_cache()` in a loop waits for the device each time and makes the allocator
    fetch the memory again; and it never frees what a variable still holds.

    Evidence: Three or more calls in a loop with their measured time, or with the bytes that they
    gave back and the loop fetched again; or calls that left reserved memory as it was in a cell
    that ran out of memory or looks at it.

    Fix: Takes the call out of the loop.

    Silent: Single calls between phases; calls that take less than 1 % of the cell or 50 ms.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management

    Notes: Where time is no evidence, ten or more calls must have come at least once a second, given
    back 16 MB each and together twice the peak: that proves that the loop fetched the memory again.
    What that took is not measured, hence the low severity. The loop may be one around the call of
    the function that empties the cache.

    Calls for nothing are told where this cell or the next ran out of memory or looks at the memory
    in use: somebody expects live tensors to go.

    Prediction, for calls that took their time: the cell's without it.
    """

    id = "empty-cache-misuse"
    severity = "medium"
    waits = True

    def find(self, case: Case) -> Finding | None:
        """Calls that a loop repeats at a cost, or calls that could free nothing."""
        record, clears = case.record, case.grad.cache_clears
        if clears is None or not clears.calls:
            return None
        is_slow = times.is_worth_saying(clears.duration_s, record)
        if clears.calls >= _CALLS and (is_slow or _is_hot(record, clears)):
            sites = _in_loops(case.program)
            if sites:
                return _in_a_loop(case, clears, sites)
        devices = [entry for entry in record.memory if entry.device != "host"]
        fullest = max(devices, key=lambda entry: entry.allocated_after_bytes, default=None)
        if clears.freed_bytes or fullest is None:
            return None
        if not is_worth_saying(fullest.allocated_after_bytes, fullest) or not _expects_more(case):
            return None
        return _for_nothing(case, clears, fullest)

    def awaits(self, record: CellRecord) -> bool:
        """It emptied the cache."""
        clears = record.grad.cache_clears if record.grad is not None else None
        return clears is not None and bool(clears.calls)


def _in_a_loop(case: Case, clears: CacheClears, sites: Sequence[Site]) -> Finding:
    record, code = case.record, sites[0].record
    spent, prediction = clears.duration_s, None
    if times.is_worth_saying(spent, record):
        title = f"Emptying the cache {clears.calls:,} times in a loop took {format_seconds(spent)}."
        prediction = times.shortened(record, spent)
    else:
        again = format_bytes(clears.freed_bytes)
        title = f"A loop empties the cache {clears.calls:,} times and fetches {again} again."
    return Finding(
        title=title,
        explanation=(
            "empty_cache() gives memory that PyTorch keeps for the next tensors back to the "
            "driver, and the next pass has to fetch it again. PyTorch does so by itself when "
            "memory runs short, so the loop does not need the call."
        ),
        evidence=[_cost(record, clears)],
        remedy=case.edit(
            lambda: fixes.delete.delete_calls(
                code.source,
                [site.call.place for site in sites],
                "empty_cache()",
                cell_id=code.cell_id,
            ),
            *sites,
        ),
        prediction=prediction,
        severity="medium" if prediction is not None else "low",
    )


def _for_nothing(case: Case, clears: CacheClears, fullest: MemoryEntry) -> Finding:
    live, device = format_bytes(fullest.allocated_after_bytes), fullest.device
    return Finding(
        title=f"Emptying the cache freed nothing: {live} on {device} are in use.",
        explanation=(
            "empty_cache() only gives back memory that no tensor uses. What is in use belongs to "
            "tensors that variables, outputs, tracebacks or graphs still hold: these have to go "
            "first."
        ),
        evidence=[
            _cost(case.record, clears),
            f"Reserved memory was the same after them, with {live} of live tensors on {device}.",
        ],
        remedy=case.by_hand(_NOTHING_TO_FREE, lines=map(case.line, clears.places)),
    )


def _cost(record: CellRecord, clears: CacheClears) -> str:
    share = clears.duration_s / record.duration_s if record.duration_s else 0.0
    return (
        f"{count_of(clears.calls, 'call')} took {format_seconds(clears.duration_s)}, {share:.0%} "
        f"of the cell, and gave back {format_bytes(clears.freed_bytes)}."
    )


def _is_hot(record: CellRecord, clears: CacheClears) -> bool:
    """Whether a loop gave memory back and fetched it again many times a minute."""
    often = clears.calls >= _OFTEN and record.duration_s <= clears.calls * _OFTEN_S
    peak = max((each.peak_bytes for each in record.memory if each.device != "host"), default=0)
    freed = clears.freed_bytes
    return often and freed >= clears.calls * _OFTEN_BYTES and freed >= 2 * peak > 0


def _in_loops(program: Program) -> list[Site]:
    """Calls that a loop of the cell repeats, or of a function; all of the first cell with some."""
    code = read(program.record.source)
    own = code.calls if code is not None else []
    calls = [*own, *calls_below(program, own)]
    repeated = functions_below(program, [call.method for call in calls if call.loops])
    imported = [site for site in program.calls(*_NAMES) if not site.call.receiver]
    found = [
        site
        for site in sites_of_run(program, [*imported, *program.methods("empty_cache")])
        if site.call.loops or site.call.reached_by in repeated
    ]
    return [site for site in found if site.record is found[0].record]


def _expects_more(case: Case) -> bool:
    """Whether this cell or the next ran out of memory or looks at the memory in use."""
    following = later_runs(case.record, case.history)[:1]
    return any(
        run.out_of_memory is not None or _READS_MEMORY.search(run.source)
        for run in (case.record, *following)
    )
