"""Calls that empty the allocator's cache, where they cost time or free nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CacheClears, CellRecord, Prediction, Severity
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.memory import is_worth_saying, memory_entry
from ..evidence.runs import later_runs
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Call, Program, Site, read

_CALLS = 3
_SHARE = 0.01
_LEAST_S = 0.05
_OFTEN = 10
_OFTEN_BYTES = 16_000_000
_OFTEN_S = 1.0
_READS_MEMORY = re.compile(r"memory_allocated|nvidia-smi|memory_summary|mem_get_info|memory_stats")
_NOTHING_TO_FREE = (
    "Delete the variables that hold the memory, or release outputs and tracebacks; the allocator "
    "then uses it again by itself."
)


@dataclass(frozen=True, slots=True)
class Misuse:
    """Calls of ``empty_cache`` that do harm or nothing."""

    record: CellRecord
    clears: CacheClears
    sites: list[Site]
    """Those in loops, all in one cell; empty if the calls had freed nothing."""
    device: str | None
    """The accelerator with most memory in use."""
    live_bytes: int


class EmptyCacheMisuse(OldRule[Misuse]):
    """The allocator's cache is emptied in a loop, or to free what variables hold.

    *In a loop*: at least three calls of the run stand in a loop of the cell, or of a function
    that it calls, and took at least 1 % of the cell's time and 50 ms; or ten or more came at
    least once a second, gave back 16 MB each and together twice the peak, which proves that the
    loop fetched the memory again. What that took is not measured. Prediction: the time in these
    calls.

    *For nothing*: reserved memory was the same after the calls, and this cell or the next ran
    out of memory or looks at the memory in use: somebody expects live tensors to go.

    Silent for single calls between phases, and for calls in a loop that cost less. The fix takes
    the call out; where the loop is over it is rarely needed.
    """

    id: ClassVar[str] = "empty-cache-misuse"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "`torch.cuda.empty_cache()` in a loop waits for the device each time and makes the "
        "allocator fetch the memory again; and it never frees what a variable still holds."
    )
    proof: ClassVar[str] = (
        "Three or more calls in a loop with their measured time, or with the bytes that they gave "
        "back and the loop fetched again; or calls that left reserved memory as it was in a cell "
        "that ran out of memory or looks at it."
    )
    cure: ClassVar[str] = "Takes the call out of the loop."
    silent: ClassVar[str] = (
        "Single calls between phases; calls that take less than 1 % of the cell or 50 ms."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management",
    )
    waits: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Misuse | None:
        """See the class."""
        clears = record.grad.cache_clears if record.grad is not None else None
        if clears is None or not clears.calls:
            return None
        device, live = _most_used(record)
        if clears.calls >= _CALLS and (_is_slow(record, clears) or _is_hot(record, clears)):
            sites = _in_loops(Program(record, history))
            if sites:
                return Misuse(record, clears, sites, device, live)
        if clears.freed_bytes or not _is_much(record, device, live):
            return None
        expects_more = _expects_more(record, history)
        return Misuse(record, clears, [], device, live) if expects_more else None

    def awaits(self, record: CellRecord) -> bool:
        """It emptied the cache."""
        clears = record.grad.cache_clears if record.grad is not None else None
        return clears is not None and bool(clears.calls)

    def title(self, finding: Misuse) -> str:
        """One sentence."""
        clears = finding.clears
        if finding.sites:
            if _is_slow(finding.record, clears):
                spent = format_seconds(clears.duration_s)
                return f"Emptying the cache {clears.calls:,} times in a loop took {spent}."
            freed = format_bytes(clears.freed_bytes)
            return f"A loop empties the cache {clears.calls:,} times and fetches {freed} again."
        return (
            f"Emptying the cache freed nothing: {format_bytes(finding.live_bytes)} on "
            f"{finding.device} are in use."
        )

    def explanation(self, finding: Misuse) -> str:
        """What happens and what can be done."""
        if finding.sites:
            return (
                "empty_cache() gives memory that PyTorch keeps for the next tensors back to the "
                "driver, and the next pass has to fetch it again. PyTorch does so by itself when "
                "memory runs short, so the loop does not need the call."
            )
        return (
            "empty_cache() only gives back memory that no tensor uses. What is in use belongs to "
            "tensors that variables, outputs, tracebacks or graphs still hold: these have to go "
            "first."
        )

    def evidence(self, finding: Misuse) -> list[str]:
        """Facts of the record."""
        clears = finding.clears
        share = clears.duration_s / finding.record.duration_s if finding.record.duration_s else 0.0
        facts = [
            f"{count_of(clears.calls, 'call')} took {format_seconds(clears.duration_s)}, "
            f"{share:.0%} of the cell, and gave back {format_bytes(clears.freed_bytes)}."
        ]
        if not finding.sites:
            facts.append(
                f"Reserved memory was the same after them, with {format_bytes(finding.live_bytes)} "
                f"of live tensors on {finding.device}."
            )
        return facts

    def prediction(self, finding: Misuse) -> Prediction | None:
        """The cell's time without the calls."""
        if not finding.sites or not _is_slow(finding.record, finding.clears):
            return None
        before = finding.record.duration_s
        after = max(0.0, before - finding.clears.duration_s)
        return Prediction(metric="duration_s", before=before, after=after, unit="s")

    def grade(self, finding: Misuse) -> Severity:
        """What is not measured as time is of low severity."""
        measured = not finding.sites or _is_slow(finding.record, finding.clears)
        return self.severity if measured else "low"

    def remedy(self, finding: Misuse) -> Remedy:
        """Take the calls out of the loops."""
        if not finding.sites:
            return Remedy(refusal=_NOTHING_TO_FREE, lines=list(finding.clears.lines))
        from ...fixes.delete import CannotFix, delete_calls  # libcst takes a while to import

        record = finding.sites[0].record
        lines = sorted({site.call.line for site in finding.sites})
        code = None if record is finding.record else record
        try:
            places = [site.call.place for site in finding.sites]
            fix = delete_calls(record.source, places, "empty_cache()", cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


def _is_slow(record: CellRecord, clears: CacheClears) -> bool:
    return clears.duration_s >= max(_LEAST_S, _SHARE * record.duration_s)


def _is_hot(record: CellRecord, clears: CacheClears) -> bool:
    """Whether a loop gave memory back and fetched it again many times a minute."""
    often = clears.calls >= _OFTEN and record.duration_s <= clears.calls * _OFTEN_S
    peak = max((each.peak_bytes for each in record.memory if each.device != "host"), default=0)
    freed = clears.freed_bytes
    return often and freed >= clears.calls * _OFTEN_BYTES and freed >= 2 * peak > 0


def _in_loops(program: Program) -> list[Site]:
    """Calls that a loop of the cell repeats, or of a function; all of the first cell with some."""
    found: list[Site] = []
    for site in program.methods("empty_cache"):
        own = site.record is program.record
        repeats = bool(site.call.loops) or _is_called_in_a_loop(program, site.call)
        if repeats and (own or site.call.function is not None):
            found.append(site)
    return [site for site in found if site.record is found[0].record]


def _is_called_in_a_loop(program: Program, call: Call) -> bool:
    code = read(program.record.source) if call.function is not None else None
    return code is not None and any(
        each.loops and each.name == call.function for each in code.calls
    )


def _most_used(record: CellRecord) -> tuple[str | None, int]:
    entries = [entry for entry in record.memory if entry.device != "host"]
    if not entries:
        return None, 0
    entry = max(entries, key=lambda entry: entry.allocated_after_bytes)
    return entry.device, entry.allocated_after_bytes


def _is_much(record: CellRecord, device: str | None, live: int) -> bool:
    return device is not None and is_worth_saying(live, memory_entry(record, device))


def _expects_more(record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether this cell or the next ran out of memory or looks at the memory in use."""
    following = later_runs(record, history)[:1]
    return any(
        run.out_of_memory is not None or _READS_MEMORY.search(run.source)
        for run in (record, *following)
    )
