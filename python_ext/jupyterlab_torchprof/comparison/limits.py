"""What may grow, and by how much: ``"peak>+10%, cell.time>+20%"``.

A limit names a quantity and how much more of it is too much. A quantity is one of the session
(``time`` of all paired cells, ``peak`` and ``end`` of memory, ``advice``) or, with ``cell.``
before it, one of each cell (``time``, ``peak``, ``kept``, ``advice``, and of cells that were
recorded in depth ``deep_step``, the time of a step, and ``deep_peak``, the new tensors at its
peak). Memory is that of every
device, or of one: ``peak[cuda:0]``. What is too much is a share (``+10%``), an amount
(``+200MiB``, ``+1.5GiB``, ``+2s``, ``+300ms``) or, of suggestions, a number (``+0``).

Differences that are not more than the noise of their measurement exceed no limit. A cell that did
not run to its end took less than it would have, so it proves a limit exceeded where it is the
later session's, and proves nothing else: the limit counts as not checked. Steps that were recorded
in depth are whole, however the cell ended. Cells that failed alike
in both sessions ran equally far and are compared as others are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..quote import quoted
from .changes import Change, Comparison, Metric, Unit
from .pairing import Pair

_LIMIT = re.compile(
    r"(?P<cell>cell\.)?(?P<metric>[a-z_]+)(?:\[(?P<device>[^\[\]]+)\])?"
    r"\s*>\s*\+?\s*(?P<amount>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>%|[A-Za-z]+)?"
)
_UNITS: dict[str, tuple[Unit, float]] = {
    "B": ("bytes", 1),
    **{f"{prefix}iB": ("bytes", 1024**power) for power, prefix in enumerate("KMGT", 1)},
    **{f"{prefix}B": ("bytes", 1000**power) for power, prefix in enumerate("kMGT", 1)},
    "s": ("s", 1),
    "ms": ("s", 1e-3),
    "min": ("s", 60),
}
_OF_SESSION: dict[str, Unit] = {"time": "s", "peak": "bytes", "end": "bytes", "advice": "count"}
_OF_CELL: dict[str, Unit] = {
    "time": "s",
    "peak": "bytes",
    "kept": "bytes",
    "advice": "count",
    "deep_step": "s",
    "deep_peak": "bytes",
}


class LimitError(ValueError):
    """A limit cannot be understood; the text says why and shows one that can."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit."""

    text: str
    """As it was written."""
    of_cell: bool
    metric: Metric
    device: str | None
    """``None``: every device."""
    amount: float
    """A share if `is_share`, else bytes, seconds or a number."""
    is_share: bool

    def allows(self, change: Change) -> bool:
        """Whether a change, whose values are known, stays within."""
        difference = change.difference
        assert difference is not None
        assert change.before is not None
        if difference <= change.noise:
            return True
        # What had been nothing (or negative: memory given back) has no share of itself.
        base = max(change.before, 0)
        return difference <= (self.amount * base if self.is_share else self.amount)


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that was exceeded, or that could not be checked."""

    limit: Limit
    pair: Pair | None
    """The cell, if it is one's."""
    change: Change | None
    """``None``: it could not be checked."""
    reason: str
    """Why it could not be checked."""


def parse_limits(text: str) -> list[Limit]:
    """Limits, separated by commas.

    Raises LimitError.
    """
    parts = [part.strip() for part in text.split(",")]
    limits = [_parse(part) for part in parts if part]
    if not limits:
        raise LimitError(f"{quoted(text)} has no limit. {_EXAMPLE}")
    return limits


def left_out(comparison: Comparison, limits: list[Limit]) -> list[str]:
    """Devices that limits of all devices leave out, for only one session used them."""
    wanted = {(limit.of_cell, limit.metric) for limit in limits if limit.device is None}
    changes = [
        *((False, change) for change in comparison.totals),
        *((True, change) for cell in comparison.cells for change in cell.memory),
    ]
    lone = {
        change.device: None
        for of_cell, change in changes
        if (of_cell, change.metric) in wanted
        and change.device is not None
        and (change.before is None) != (change.after is None)
    }
    return list(lone)


def check(comparison: Comparison, limits: list[Limit]) -> list[Breach]:
    """Those that were exceeded or could not be checked, in the order of the limits."""
    return [breach for limit in limits for breach in _breaches(comparison, limit)]


_EXAMPLE = 'A limit looks like "peak>+10%", "cell.time>+2s" or "peak[cuda:0]>+200MiB".'


def _parse(text: str) -> Limit:
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise LimitError(f"{quoted(text)} is no limit. {_EXAMPLE}")
    of_cell, name = match["cell"] is not None, match["metric"]
    known = _OF_CELL if of_cell else _OF_SESSION
    if name not in known:
        whose = "a cell" if of_cell else "a session"
        raise LimitError(
            f"{quoted(text)}: {whose} has no {quoted(name)}, but {', '.join(known)}. {_EXAMPLE}"
        )
    if match["device"] and known[name] != "bytes":
        raise LimitError(f"{quoted(text)}: {name} is not one of a device.")
    amount, unit = float(match["amount"]), match["unit"]
    is_share = unit == "%"
    if is_share:
        amount /= 100
    elif unit is not None:
        if unit not in _UNITS:
            raise LimitError(
                f"{quoted(text)}: {quoted(unit)} is no unit; use %, {', '.join(_UNITS)}."
            )
        kind, factor = _UNITS[unit]
        if kind != known[name]:
            raise LimitError(f"{quoted(text)}: {name} is not measured in {unit}.")
        amount *= factor
    elif known[name] != "count":
        raise LimitError(f"{quoted(text)} lacks a unit, such as %. {_EXAMPLE}")
    return Limit(text, of_cell, name, match["device"], amount, is_share)  # type: ignore[arg-type]


def _breaches(comparison: Comparison, limit: Limit) -> Iterator[Breach]:
    changes = list(_changes(comparison, limit))
    if not changes:
        yield Breach(limit, None, None, _absence(comparison, limit))
    for pair, change in changes:
        if change.difference is None or change.reason:
            yield Breach(limit, pair, None, _absence(comparison, limit, change))
        else:
            is_deep = limit.metric in ("deep_step", "deep_peak")
            cut_before, cut_after = (False, False) if is_deep else _are_cut(comparison, pair)
            if not limit.allows(change) and not cut_before:
                yield Breach(limit, pair, change, "")
            elif cut_before or cut_after:
                yield Breach(limit, pair, None, "a cell did not run to its end")


def _absence(comparison: Comparison, limit: Limit, change: Change | None = None) -> str:
    if not comparison.cells and (limit.of_cell or limit.metric == "time"):
        return "no cell is in both sessions"
    if change is not None and change.reason:
        return change.reason
    if change is None or change.before is change.after is None:
        return "neither session has it"
    return f"the {'first' if change.before is None else 'second'} session does not have it"


def _are_cut(comparison: Comparison, pair: Pair | None) -> tuple[bool, bool]:
    """Whether less was measured than would have been, in the earlier and in the later session."""
    pairs = comparison.pairing.pairs if pair is None else [pair]
    pairs = [each for each in pairs if not each.failed_alike]
    added = comparison.pairing.added if pair is None else []
    return (
        any(each.before.status != "ok" for each in pairs),
        any(run.status != "ok" for run in [*(each.after for each in pairs), *added]),
    )


def _changes(comparison: Comparison, limit: Limit) -> Iterator[tuple[Pair | None, Change]]:
    found: list[tuple[Pair | None, Change]]
    if limit.of_cell:
        found = [
            (cell.pair, change)
            for cell in comparison.cells
            for change in (cell.time, *cell.memory, cell.advice, *cell.deep_values)
        ]
    else:
        found = [(None, change) for change in comparison.totals]
    for pair, change in found:
        if change.metric == limit.metric and limit.device in (None, change.device):
            # A device that one side did not use has nothing to be compared with; that is told only
            # of sessions, where it was asked for by name.
            is_named = limit.device is not None and pair is None
            if change.difference is None and change.device is not None and not is_named:
                continue
            yield pair, change
