"""What a reader sees who opens a report without scripts.

Where it ran, what cost most, what to change and how, and a table of the runs.
``src/report/summary.ts`` is its twin in the front end; both are tested against one golden file.
"""

from __future__ import annotations

import html
import re

from ..advice_order import ordered_advice
from ..derive import latest_runs, main_memory, memory_delta
from ..fixes.apply import EditError, apply_edits
from ..quote import visible
from ..record import Advice, CellRecord, Environment, Fix, Session, TextEdit
from ..units import format_bytes, format_bytes_delta, format_seconds
from .places import hottest_text
from .text import quantity_text

_ROWS = 200
"""Runs in the table; of a longer session it says how many more there are."""
_DEVICES = 32
_COSTLY = 5
_ADVICE = 20
_DIFF_LINES = 80
_CONTEXT = 2
"""Lines around a change."""
_UNKNOWN = "\N{EN DASH}"
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def static_summary(session: Session, title: str) -> str:
    """An HTML fragment, every text escaped; the report's script replaces it."""
    rows = "".join(_row(record) for record in session.cells[:_ROWS])
    rest = len(session.cells) - _ROWS
    more = f"<p>{rest} more runs are in this file.</p>" if rest > 0 else ""
    return (
        '<main class="jp-Torchprof-static">'
        f"<h1>{_text(title)}</h1>"
        f"<p>{_lead(session)}</p>"
        "<p>Charts and details of this report need JavaScript; "
        "nothing is loaded from a network.</p>"
        f"{_where(session)}{_costly(session)}{_changes(session)}"
        "<h2>Runs</h2>"
        "<table><thead><tr><th>Run</th><th>Code</th><th>Time</th><th>Memory</th><th>Peak</th>"
        f"<th>Advice</th></tr></thead><tbody>{rows}</tbody></table>{more}</main>"
    )


def _lead(session: Session) -> str:
    count = len(session.cells)
    seconds = format_seconds(sum(record.duration_s for record in session.cells))
    torch = session.environment.torch
    parts = (
        f"{count} {'run' if count == 1 else 'runs'} in {html.escape(seconds)}",
        "without PyTorch" if torch is None else f"PyTorch {_text(torch[:40])}",
        ", ".join(_text(name[:80]) for name in _names(session.environment)) or "no accelerator",
    )
    return " · ".join(parts)


def _names(environment: Environment) -> list[str]:
    return list(dict.fromkeys(device.name for device in environment.devices))[:_DEVICES]


def _where(session: Session) -> str:
    environment = session.environment
    totals: dict[str, int | None] = {
        device.device: device.total_bytes for device in environment.devices
    }
    totals["host"] = environment.host_total_bytes
    peaks: dict[str, int] = {}
    for record in session.cells:
        for entry in record.memory:
            if entry.device in peaks or len(peaks) < _DEVICES:
                peaks[entry.device] = max(peaks.get(entry.device, 0), entry.peak_bytes)
    rows = []
    for device, peak in peaks.items():
        total = totals.get(device)
        columns = (
            "Host" if device == "host" else _text(device[:80]),
            format_bytes(peak),
            _UNKNOWN if total is None else format_bytes(total),
        )
        rows.append(_tr(columns))
    if not rows:
        return ""
    return (
        "<h2>Where it ran</h2><table><thead>"
        "<tr><th>Device</th><th>Highest peak</th><th>Of</th></tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _costly(session: Session) -> str:
    longest = sorted(session.cells, key=lambda record: -record.duration_s)[:_COSTLY]
    if not longest:
        return ""
    items = "".join(
        f"<li>{_number(record)} {_code(record)}: "
        f"{html.escape(format_seconds(record.duration_s))}{_hottest(session, record)}</li>"
        for record in longest
    )
    return f"<h2>What took longest</h2><ol>{items}</ol>"


def _hottest(session: Session, record: CellRecord) -> str:
    text = hottest_text(session.cells, record)
    return f" · {_text(text)}" if text else ""


def _changes(session: Session) -> str:
    found = ordered_advice(latest_runs(session))
    if not found:
        return ""
    cards = "".join(_card(session, record, advice) for record, advice in found[:_ADVICE])
    rest = len(found) - _ADVICE
    more = f"<p>{rest} more in the table below.</p>" if rest > 0 else ""
    return f"<h2>What to change</h2>{cards}{more}"


def _card(session: Session, record: CellRecord, advice: Advice) -> str:
    parts = [
        f"<h3>{_number(record)} {_text(advice.title[:300])}</h3>",
        f"<p>{_text(advice.explanation[:1000])}</p>",
    ]
    if (prediction := advice.prediction) is not None:
        before = quantity_text(prediction.before, prediction.unit)
        after = quantity_text(prediction.after, prediction.unit)
        parts.append(f"<p>Predicted: {html.escape(before)} → {html.escape(after)}</p>")
    if advice.fix is not None:
        parts.append(f"<p>{_text(advice.fix.title[:300])}</p>{_diff(session, advice.fix)}")
    elif advice.refusal:
        parts.append(f"<p>No automatic fix: {_text(advice.refusal[:600])}</p>")
    return f"<article>{''.join(parts)}</article>"


def _diff(session: Session, fix: Fix) -> str:
    """The lines that a fix changes, cell by cell."""
    cells: dict[tuple[str | None, str], list[TextEdit]] = {}
    for edit in fix.edits:
        cells.setdefault((edit.cell_id, edit.source_hash), []).append(edit)
    blocks = []
    for (_, source_hash), edits in list(cells.items())[:10]:
        runs = (record for record in session.cells if record.source_hash == source_hash)
        record = next(runs, None)
        if record is None:
            continue
        try:
            after = apply_edits(record.source, edits)
        except EditError:
            continue
        lines = _diff_lines(record.source.split("\n"), after.split("\n"))[:_DIFF_LINES]
        text = "\n".join(f"{sign} {_text(line[:300])}" for sign, line in lines)
        blocks.append(f"<p>{_number(record)}</p><pre>{text}</pre>")
    return "".join(blocks)


def _diff_lines(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    """The stretch that differs, removed lines before added ones, with a little context."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    end = len(old) - tail
    return [
        *((" ", line) for line in old[max(0, head - _CONTEXT) : head]),
        *(("-", line) for line in old[head:end]),
        *(("+", line) for line in new[head : len(new) - tail]),
        *((" ", line) for line in old[end : end + _CONTEXT]),
    ]


def _row(record: CellRecord) -> str:
    memory = main_memory(record)
    code = _code(record)
    return _tr(
        (
            _number(record),
            code if record.status == "ok" else f"{code} ({record.status})",
            html.escape(format_seconds(record.duration_s)),
            _UNKNOWN if memory is None else format_bytes_delta(memory_delta(memory)),
            _UNKNOWN if memory is None else format_bytes(memory.peak_bytes),
            "<br>".join(_text(advice.title[:200]) for advice in record.advice[:10]),
        )
    )


def _tr(columns: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{column}</td>' for column in columns)}</tr>"


def _number(record: CellRecord) -> str:
    return _UNKNOWN if record.execution_count is None else f"[{record.execution_count}]"


def _code(record: CellRecord) -> str:
    return f"<code>{_text(_first_code_line(record.source))}</code>"


def _text(text: str) -> str:
    """Text of the record: visible, escaped, isolated from the direction of what is around it."""
    return f"<bdi>{html.escape(visible(text))}</bdi>"


def _first_code_line(source: str) -> str:
    """The first line that is neither blank, comment nor magic; else the first not blank."""
    lines = [line.strip() for line in _LINE_ENDS.split(source[:20_000])[:400]]
    lines = [line for line in lines if line]
    code = (line for line in lines if not line.startswith(("#", "%", "!")))
    return next(code, lines[0] if lines else "")[:200]
