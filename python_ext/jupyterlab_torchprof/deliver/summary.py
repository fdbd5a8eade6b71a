"""What a reader sees who opens a report without scripts.

A headline, and a table of the runs with what they cost and what to change. Its twin in the front
end is ``src/report/summary.ts``; both are tested against one golden file.
"""

from __future__ import annotations

import html
import re

from ..derive import main_memory, memory_delta
from ..quote import visible
from ..record import CellRecord, Environment, Session
from ..units import format_bytes, format_bytes_delta, format_seconds

_ROWS = 200
"""Runs in the table; of a longer session it says how many more there are."""
_DEVICES = 32
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
        "<table><thead><tr><th>Run</th><th>Code</th><th>Time</th><th>Memory</th><th>Peak</th>"
        f"<th>Advice</th></tr></thead><tbody>{rows}</tbody></table>{more}</main>"
    )


def _lead(session: Session) -> str:
    count = len(session.cells)
    seconds = format_seconds(sum(record.duration_s for record in session.cells))
    torch = session.environment.torch
    failed = sum(record.status == "error" for record in session.cells)
    parts = (
        *([f"{failed} failed"] if failed else []),
        f"{count} {'run' if count == 1 else 'runs'} in {html.escape(seconds)}",
        "without PyTorch" if torch is None else f"PyTorch {_text(torch[:40])}",
        ", ".join(_text(name[:80]) for name in _names(session.environment)) or "no accelerator",
    )
    return " · ".join(parts)


def _names(environment: Environment) -> list[str]:
    return list(dict.fromkeys(device.name for device in environment.devices))[:_DEVICES]


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
