"""A session as an HTML fragment without script, for front ends that lack the extension.

Everything that comes from the user's program is text: escaped, cut, and isolated with ``<bdi>``,
so that characters that turn the direction of writing end where the text ends.
"""

from __future__ import annotations

import html

from ..record import Advice, CellRecord, MemoryEntry, Session
from ..units import format_bytes, format_seconds
from .quote import short
from .remedy import SHOWN, more_text, place_text, remedy_texts
from .text import autograd_text, headline, map_text, quantity_text

_STYLE = {
    "box": "font-family: var(--jp-ui-font-family, sans-serif); font-size: 13px; color: inherit;"
    " border: 1px solid var(--jp-border-color2, #8884); border-radius: 4px; padding: 8px 12px;"
    " margin: 4px 0; max-width: 60em",
    "code": "font-family: var(--jp-code-font-family, monospace)",
    # Some pages give tables a colour and a size of their own.
    "table": "color: inherit; font-size: inherit; border-collapse: collapse; margin: 2px 0",
    "quiet": "opacity: 0.75",
    "cell": "text-align: left; padding: 1px 12px 1px 0",
    "advice": "border-left: 3px solid var(--jp-warn-color1, #c77c00); padding-left: 8px;"
    " margin: 6px 0",
}


def render_html(session: Session) -> str:
    """One box for each run, then what failed in the profiler itself."""
    boxes = [_cell(record) for record in session.cells]
    if not boxes:
        boxes.append(_tag("div", "No cell has been profiled yet.", "quiet"))
    for entry in session.health:
        text = f"The profiler's {entry.part} failed {entry.failures} times: {short(entry.message)}"
        boxes.append(_tag("div", _text(text), "quiet"))
    return "".join(boxes)


def _text(text: str, limit: int = 200) -> str:
    """Text of the user's program: cut, escaped and isolated."""
    return f"<bdi>{html.escape(short(text, limit))}</bdi>"


def _tag(name: str, content: str, style: str) -> str:
    return f'<{name} style="{_STYLE[style]}">{content}</{name}>'


def _cell(record: CellRecord) -> str:
    status = "" if record.status == "ok" else f" · {record.status}"
    parts = [
        _tag("code", _text(headline(record)), "code")
        + _tag("span", f" · {format_seconds(record.duration_s)}{status}", "quiet")
    ]
    if record.error is not None:
        at = "" if record.error.line is None else f" in line {record.error.line}"
        parts.append(f"<div>{_text(f'{record.error.name}{at}: {record.error.message}')}</div>")
    parts.append(_memory(record.memory))
    parts += [f"<div>{line}</div>" for line in _facts(record)]
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
    titles = "".join(
        _tag("th", title, "cell") for title in ("", "before", "after", "peak", "total")
    )
    rows = []
    for entry in entries:
        sampled = " at least" if entry.peak_is == "sampled" else ""
        total = "" if entry.total_bytes is None else format_bytes(entry.total_bytes)
        cells = (
            _text(entry.device, 20),
            format_bytes(entry.allocated_before_bytes),
            format_bytes(entry.allocated_after_bytes),
            format_bytes(entry.peak_bytes) + sampled,
            total,
        )
        rows.append("".join(_tag("td", cell, "cell") for cell in cells))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return _tag("table", f"<tr>{titles}</tr>{body}", "table") if rows else ""


def _facts(record: CellRecord) -> list[str]:
    facts: list[str] = []
    if record.placement is not None:
        facts += [
            f"{_text(f'{total.device} {total.dtype}')}: {format_bytes(total.storage_bytes)}"
            f" in {total.tensors} tensors"
            for total in record.placement.totals[:8]
        ]
        facts += [
            _text(f"{module.path} ({module.class_name}): {map_text(module.devices)}")
            for module in record.placement.modules[:5]
        ]
    facts += [
        f"loaded {_text(load.path or 'a file object', 80)} in {format_seconds(load.duration_s)}"
        for load in record.loads[:5]
    ]
    facts += [
        f"moved {_text(move.what, 80)}: "
        + ("nothing to do" if move.no_op else _text(map_text(move.target)))
        for move in record.moves[:5]
    ]
    if record.grad is not None and (autograd := autograd_text(record.grad)):
        facts.append(_text(autograd))
    return facts


def _advice(advice: Advice) -> str:
    text = f"<strong>{_text(advice.title)}</strong>{place_text(advice)}"
    text += f"<br>{_text(advice.explanation, 600)}"
    if advice.prediction is not None:
        before = quantity_text(advice.prediction.before, advice.prediction.unit)
        after = quantity_text(advice.prediction.after, advice.prediction.unit)
        text += f"<br>{before} → {after} expected"
    text += "".join(f"<br>{_text(remedy, 400)}" for remedy in remedy_texts(advice))
    return _tag("div", text, "advice")
