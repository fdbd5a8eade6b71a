"""What changed in a step, in words.

``src/views/comparison/deep-change-words.ts`` is the twin; one fixture holds both to the same.
"""

from __future__ import annotations

from ..deliver.places import code_text
from ..quote import short
from ..units import format_bytes, format_seconds
from .deep import ENOUGH, DeepChange, DeepComparison
from .deep_rows import Row

_REASONS = {
    "few": f"not compared in depth: {ENOUGH} whole steps of each are needed",
    "unlike": "not compared in depth: one trains, the other does not",
}


def deep_lines(comparison: DeepComparison) -> list[str]:
    """A sentence for the step, and one for each part that changed."""
    step = comparison.step
    if step is None:
        return [_REASONS[comparison.reason or "few"]]
    return [change_text(step), *map(change_text, comparison.changes)]


def change_text(change: DeepChange) -> str:
    """``"`Net.forward` line 12 took 38 ms a step, before 61 ms: y = self.body(x)"``."""
    row = change.row
    if change.kind == "peak":
        before, after = format_bytes(change.before), format_bytes(change.after)
        return f"at the peak {after} of new tensors on {short(row.name, 40)}, before {before}"
    before, after = format_seconds(change.before), format_seconds(change.after)
    if change.kind == "step":
        same = ": no difference beyond the spread" if change.is_same else ""
        return f"a step took {after}, before {before}{same}"
    code = f": {short(row.code, 60)}" if row.code else ""
    if change.kind != "phase" and not (change.before and change.after):
        what = "is new" if change.after else "is gone"
        return f"{_name(change)} {what}, took {after if change.after else before} a step{code}"
    calls = [_calls(count) for count in change.calls]
    told = ["", ""] if calls[0] == calls[1] else [f" in {each}" for each in calls]
    return f"{_name(change)} took {after} a step{told[1]}, before {before}{told[0]}{code}"


def _name(change: DeepChange) -> str:
    row = change.row
    if change.kind == "phase":
        return row.name
    if change.kind == "line":
        return _line(row)
    phase = f" ({short(row.phase, 20)})" if row.phase else ""
    return f"{code_text(row.name)}{phase}"


def _line(row: Row) -> str:
    place = row.place
    assert place is not None
    where = place.function or (place.path or "?" if place.kind == "file" else None)
    return f"line {place.line}" if where is None else f"{code_text(where)} line {place.line}"


def _calls(count: float) -> str:
    number = f"{count:.0f}" if count == round(count) else f"{count:.1f}"
    return f"{number} call{'' if number == '1' else 's'}"
