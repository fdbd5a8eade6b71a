"""A session as an HTML fragment without script, for front ends that lack the extension.

Everything that comes from the user's program is text: escaped, cut, and isolated with ``<bdi>``,
so that characters that turn the direction of writing end where the text ends.
"""

from __future__ import annotations

import html
import re

from ..quote import short
from ..record import Advice, CellRecord, MemoryEntry, Session
from ..units import format_bytes, format_seconds
from .error_place import error_text
from .remedy import SHOWN, more_text, place_text, remedy_texts
from .text import change_text, fact_texts, headline, quantity_text

_STYLE = {
    "box": "font-family: var(--jp-ui-font-family, sans-serif); font-size: 13px; color: inherit;"
    " border: 1px solid var(--jp-border-color2, #8884); border-radius: 4px; padding: 8px 12px;"
    " margin: 4px 0; max-width: 60em",
    "code": "font-family: var(--jp-code-font-family, monospace)",
    # Some pages give tables a colour and a size of their own.
    "table": "color: inherit; font-size: inherit; border-collapse: collapse; margin: 2px 0",
    "quiet": "opacity: 0.75",
    "cell": "text-align: left; vertical-align: top; padding: 1px 12px 1px 0",
    "number": "text-align: right; padding: 1px 0 1px 16px; font-variant-numeric: tabular-nums",
    "advice": "border-left: 3px solid var(--jp-warn-color1, #c77c00); padding-left: 8px;"
    " margin: 6px 0",
}


def render_html(session: Session) -> str:
    """One box for each run, then what failed in the profiler itself."""
    boxes = [_cell(session, record) for record in session.cells]
    if not boxes:
        boxes.append(_tag("div", "No cell has been profiled yet.", "quiet"))
    for entry in session.health:
        part, message = _text(entry.part), _text(entry.message)
        text = f"The profiler's {part} failed {entry.failures} times: {message}"
        boxes.append(_tag("div", text, "quiet"))
    return "".join(boxes)


def _text(text: str, limit: int = 200) -> str:
    """Text of the user's program: cut, escaped and isolated."""
    return f"<bdi>{html.escape(short(text, limit))}</bdi>"


def _prose(text: str, limit: int) -> str:
    """As `_text`, with what stands between backticks as code."""
    code = f'<code style="{_STYLE["code"]}">\\1</code>'
    return re.sub("`([^`]*)`", code, _text(text, limit))


def _tag(name: str, content: str, style: str) -> str:
    return f'<{name} style="{_STYLE[style]}">{content}</{name}>'


def _cell(session: Session, record: CellRecord) -> str:
    status = "" if record.status == "ok" else f" · {record.status}"
    parts = [
        _tag("code", _text(headline(record)), "code")
        + _tag("span", f" · {format_seconds(record.duration_s)}{status}", "quiet")
    ]
    if record.error is not None:
        where = error_text(session.cells, record)
        at = " " + _prose(where, 300) if where else ""
        name, message = _text(record.error.name), _text(record.error.message)
        parts.append(f"<div>{name}{at}: {message}</div>")
    parts += [_memory(record.memory), _facts(session, record)]
    parts += [_advice(advice) for advice in record.advice[:SHOWN]]
    if more := more_text(record.advice):
        parts.append(_tag("div", more, "quiet"))
    for check in record.verification:
        promised = (
            ""
            if check.predicted is None
            else f", promised {quantity_text(check.predicted, check.unit)}"
        )
        measured = quantity_text(check.measured, check.unit)
        parts.append(f"<div>{_text(check.metric)}: measured {measured}{promised}</div>")
    parts.append(_tag("div", f"The profiler took {format_seconds(record.overhead_s)}.", "quiet"))
    return _tag("div", "".join(parts), "box")


def _memory(entries: list[MemoryEntry]) -> str:
    titles = _tag("th", "memory", "cell") + "".join(
        _tag("th", title, "number") for title in ("before", "after", "change", "peak", "of")
    )
    rows = []
    for entry in entries:
        before, after = entry.allocated_before_bytes, entry.allocated_after_bytes
        sampled = "≥ " if entry.peak_is == "sampled" else ""
        numbers = (
            format_bytes(before),
            format_bytes(after),
            change_text(before, after),
            sampled + format_bytes(entry.peak_bytes),
            "" if entry.total_bytes is None else format_bytes(entry.total_bytes),
        )
        cells = [_tag("td", _text(entry.device, 20), "cell")]
        cells += [_tag("td", number, "number") for number in numbers]
        rows.append("".join(cells))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return _tag("table", f"<tr>{titles}</tr>{body}", "table") if rows else ""


def _facts(session: Session, record: CellRecord) -> str:
    rows = "".join(
        f"<tr>{_tag('th', title, 'cell')}{_tag('td', _prose(text, 200), 'cell')}</tr>"
        for title, text in fact_texts(session, record)
    )
    return _tag("table", rows, "table") if rows else ""


def _advice(advice: Advice) -> str:
    text = f"<strong>{_prose(advice.title, 200)}</strong>{place_text(advice)}"
    text += f"<br>{_prose(advice.explanation, 600)}"
    if advice.prediction is not None:
        before = quantity_text(advice.prediction.before, advice.prediction.unit)
        after = quantity_text(advice.prediction.after, advice.prediction.unit)
        text += f"<br>{before} → {after} expected"
    text += "".join(f"<br>{_prose(remedy, 400)}" for remedy in remedy_texts(advice))
    return _tag("div", text, "advice")
