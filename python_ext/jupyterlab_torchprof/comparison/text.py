"""A comparison as text for the terminal, 80 characters wide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from ..record import Advice, CellRecord, Session
from ..source import first_line
from ..units import format_bytes, format_bytes_delta, format_seconds
from .changes import CellChanges, Change, Comparison
from .deep_text import deep_lines
from .limits import Breach
from .pairing import Pair

Quote = Callable[[str, int], str]
"""A line of a stranger's text, harmless and cut to a width."""

_WIDTH = 80
_CODE_COLUMN = 1
_CODE_WIDTHS = range(8, 27)
"""Between these the code is cut to what the numbers leave of the line."""
_RANKS = 12
"""Changes of ranks listed of one cell."""
_SAME = "="
_UNKNOWN = "\N{EN DASH}"
_HEADER = ("cell", "code", "time", "", "peak", "", "kept", "")


def render_comparison(comparison: Comparison, names: tuple[str, str], quote: Quote) -> str:
    """What differs, cell by cell and in all; ``names`` are those of the two files."""
    header = [
        f"{letter}  {_session_line(session, name, quote)}"
        for letter, session, name in zip(
            "AB", (comparison.before, comparison.after), names, strict=True
        )
    ]
    parts = [header, *_environment(comparison, quote)]
    if comparison.cells:
        parts.append(_cells(comparison, quote))
        parts.append(
            [
                "Values are B's, each with its difference from A; "
                f"{_SAME} is less than chance may make.",
                *_legend(comparison),
            ]
        )
    else:
        parts.append(["No cell is in both sessions."])
    parts.append(_phases(comparison))
    parts.append(_places(comparison, quote))
    parts.append(_ranks(comparison, quote))
    parts.append(_deep(comparison, quote))
    parts.append(_suggestions("Suggestion gone", comparison, lambda cell: cell.gone, quote))
    parts.append(_suggestions("New suggestion", comparison, lambda cell: cell.new, quote))
    parts += [_lone("Only in A", comparison.pairing.removed, quote)]
    parts += [_lone("Only in B", comparison.pairing.added, quote)]
    parts.append(_table([_total(change, quote) for change in comparison.totals], left=1))
    return "\n\n".join("\n".join(part) for part in parts if part)


def breach_text(breach: Breach, quote: Quote) -> str:
    """A limit that was exceeded, or not checked, in one line."""
    where = "" if breach.pair is None else f"{_label(breach.pair)}: "
    limit = quote(breach.limit.text, 60)
    if breach.change is None:
        return f"{limit} could not be checked: {where}{breach.reason}."
    change = breach.change
    device = "" if change.device is None else f" of {quote(change.device, 20)}"
    values = f"{_value(change, change.before)} → {_value(change, change.after)}"
    return f"{limit} is exceeded: {where}{change.metric}{device} {values} ({_difference(change)})"


def _session_line(session: Session, name: str, quote: Quote) -> str:
    runs = session.cells
    count = f"{len(runs)} run{'' if len(runs) == 1 else 's'}" if runs else "nothing ran"
    left_out = ["source left out"] if session.source_left_out else []
    return ", ".join([quote(name, 30), *_start(runs[:1]), count, *left_out])


def _start(runs: list[CellRecord]) -> list[str]:
    with suppress(ValueError, OverflowError, OSError):  # no time of day at all
        return [
            datetime.fromtimestamp(run.started_at).astimezone().strftime("%Y-%m-%d %H:%M")
            for run in runs
        ]
    return []


def _environment(comparison: Comparison, quote: Quote) -> list[list[str]]:
    """What the sessions ran on, where it is not the same."""
    before, after = comparison.before.environment, comparison.after.environment
    pairs = [
        ("Python", before.python, after.python),
        ("PyTorch", before.torch or "none", after.torch or "none"),
        ("platform", before.platform, after.platform),
        ("devices", *(_devices(side) for side in (comparison.before, comparison.after))),
    ]
    lines = [
        f"Not the same {what}: {quote(one, 60)} → {quote(other, 60)}"
        for what, one, other in pairs
        if one != other
    ]
    return [lines] if lines else []


def _devices(session: Session) -> str:
    return ", ".join(device.name for device in session.environment.devices) or "none"


def _cells(comparison: Comparison, quote: Quote) -> list[str]:
    """The table of the cells, with as much of their code as there is room for."""
    rows = [list(_HEADER), *(_row(cell) for cell in comparison.cells)]
    codes = [first_line(cell.pair.after.source) for cell in comparison.cells]
    if not any(codes):
        return _table([row[:_CODE_COLUMN] + row[_CODE_COLUMN + 1 :] for row in rows], left=1)
    numbers = max(map(len, _table(rows)))
    room = min(max(_CODE_WIDTHS.start, _WIDTH - numbers + len("code")), _CODE_WIDTHS.stop - 1)
    for row, code in zip(rows[1:], codes, strict=True):
        row[_CODE_COLUMN] = quote(code, room)
    return _table(rows)


def _row(cell: CellChanges) -> list[str]:
    """One of the table, without code."""
    kept = next((change for change in cell.main if change.metric == "kept"), None)
    peak = next((change for change in cell.main if change.metric == "peak"), None)
    mark = "*" if cell.pair.before.source_hash != cell.pair.after.source_hash else " "
    return [
        f"{_label(cell.pair)}{mark}",
        "",
        _value(cell.time, cell.time.after),
        _outcome(cell.pair) or _difference(cell.time),
        _UNKNOWN if peak is None else _value(peak, peak.after),
        "" if peak is None else _difference(peak),
        _UNKNOWN if kept is None else _value(kept, kept.after),
        "" if kept is None else _difference(kept),
    ]


def _outcome(pair: Pair) -> str:
    """What stands in the place of a difference in time; empty if that says something."""
    if pair.is_complete or pair.failed_alike:
        return ""
    return pair.after.status if pair.after.status != "ok" else f"A {pair.before.status}"


def _phases(comparison: Comparison) -> list[str]:
    """What the time was spent for that was saved or lost."""
    if not comparison.phases:
        return []
    lines = [f"  {change.text()}" for change in comparison.phases]
    return ["What the time was spent for, where it changed:", *lines]


def _places(comparison: Comparison, quote: Quote) -> list[str]:
    """Where the time went that was saved or lost, as far as samples prove it."""
    if not comparison.places:
        return []
    lines = [f"  {quote(change.text(), _WIDTH - 2)}" for change in comparison.places]
    return ["Places that changed most, by samples:", *lines]


def _ranks(comparison: Comparison, quote: Quote) -> list[str]:
    """What changed among the processes that cells start."""
    lines = [
        f"  {quote(f'{_number(cell.pair.after)} {change.text()}', _WIDTH - 2)}"
        for cell in comparison.cells
        for change in cell.ranks[:_RANKS]
    ]
    return ["Ranks:", *lines] if lines else []


def _deep(comparison: Comparison, quote: Quote) -> list[str]:
    """What changed in the steps that were recorded in depth."""
    lines = [
        f"  {quote(f'{_number(cell.deep.after)} {line}', _WIDTH - 2)}"
        for cell in comparison.cells
        if cell.deep is not None
        for line in deep_lines(cell.deep)
    ]
    return ["A step, as recorded in depth:", *lines] if lines else []


def _suggestions(
    title: str,
    comparison: Comparison,
    of: Callable[[CellChanges], list[Advice]],
    quote: Quote,
) -> list[str]:
    found = [(cell.pair, advice) for cell in comparison.cells for advice in of(cell)]
    return [
        quote(f"{title}: {_label(pair)} {advice.rule}: {advice.title}", _WIDTH)
        for pair, advice in found
    ]


def _legend(comparison: Comparison) -> list[str]:
    pairs = comparison.pairing.pairs
    changed = any(pair.before.source_hash != pair.after.source_hash for pair in pairs)
    single = any(
        cell.time.noise != float("inf") and not cell.time.is_same for cell in comparison.cells
    )
    lines = ["* The source is another."] if changed else []
    if single:
        lines.append("A time of one run each can differ by chance.")
    return lines


def _total(change: Change, quote: Quote) -> list[str]:
    device = "" if change.device is None else quote(change.device, 20)
    title = {
        "time": "time of the cells in both",
        "peak": f"highest peak, {device}",
        "end": f"at the end, {device}",
        "kept": f"kept, {device}",
        "advice": "suggestions",
    }[change.metric]
    values = [_value(change, change.before), "→", _value(change, change.after)]
    return [title, *values, _difference(change)]


def _lone(title: str, records: Iterable[CellRecord], quote: Quote) -> list[str]:
    return [
        f"{title}: {_number(record)} {quote(first_line(record.source), 60)}" for record in records
    ]


def _value(change: Change, value: float | None) -> str:
    if value is None:
        return _UNKNOWN
    bound = "≥" if change.is_bound else ""
    if change.unit == "s":
        return format_seconds(value)
    if change.unit == "count":
        return f"{value:.0f}"
    return format_bytes_delta(value) if change.metric == "kept" else bound + format_bytes(value)


def _difference(change: Change) -> str:
    """Shares of times and peaks, amounts of what is kept."""
    difference = change.difference
    if difference is None:
        return ""
    if change.is_same:
        return _SAME
    if change.unit == "count":
        return f"{difference:+.0f}".replace("-", "\N{MINUS SIGN}")
    if change.metric == "kept" or not change.before:
        return format_bytes_delta(difference) if change.unit == "bytes" else ""
    share = 100 * difference / change.before
    return f"{share:+.0f}%".replace("-", "\N{MINUS SIGN}")


def _label(pair: Pair) -> str:
    return _number(pair.after)


def _number(record: CellRecord) -> str:
    return "[ ]" if record.execution_count is None else f"[{record.execution_count}]"


def _table(rows: list[list[str]], left: int = 2) -> list[str]:
    """Columns of equal width, the first ``left`` of them aligned at their left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if column < left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
