"""A session as plain text, for terminals and front ends that show nothing else."""

from __future__ import annotations

import textwrap

from ..derive import library_of
from ..quote import short
from ..record import HOST, Advice, CellRecord, GradState, MemoryEntry, PlacedModule, Session, Unit
from ..source import leading_lines
from ..units import format_bytes, format_seconds
from .deep import deep_texts
from .error_place import error_text
from .loads import load_text, map_text
from .optimizers import optimizer_text
from .phases import phases_text
from .places import grown_text, hottest_text
from .ranks import ranks_texts
from .remedy import SHOWN, more_text, place_text, remedy_texts

_WIDTH = 11
"""Columns of the titles."""

_LINE = 100
"""Columns of a line; what is longer goes on below its beginning."""


def render_text(session: Session) -> str:
    """A few lines for each run, then what failed in the profiler itself."""
    lines: list[str] = []
    for record in session.cells:
        lines += [*_cell(session, record), ""]
    if not session.cells:
        lines += ["No cell has been profiled yet.", ""]
    for entry in session.health:
        times = "once" if entry.failures == 1 else f"{entry.failures} times"
        lines.append(f"The profiler's {short(entry.part)} failed {times}: {short(entry.message)}")
    return "\n".join(lines).rstrip()


def headline(record: CellRecord) -> str:
    """``"[3] out = model(x)"``: the number and the first line of code."""
    count = " " if record.execution_count is None else str(record.execution_count)
    lines = record.source[:10_000].split("\n")
    first = next((line for line in lines[leading_lines(lines) :] if line.strip()), "")
    return f"[{count}] {short(first, 72)}"


def memory_text(entry: MemoryEntry) -> str:
    """``"1.2 GiB → 1.4 GiB (+200 MiB), peak 1.6 GiB"``."""
    sampled = " (sampled: at least)" if entry.peak_is == "sampled" else ""
    total = "" if entry.total_bytes is None else f" of {format_bytes(entry.total_bytes)}"
    before, after = entry.allocated_before_bytes, entry.allocated_after_bytes
    return (
        f"{format_bytes(before)} → {format_bytes(after)} ({change_text(before, after)}),"
        f" peak {format_bytes(entry.peak_bytes)}{sampled}{total}"
    )


def change_text(before: int, after: int) -> str:
    """``"+200 MiB"``, ``"-3 MiB"``, ``"+0 B"``."""
    return f"{'+' if after >= before else ''}{format_bytes(after - before)}"


def quantity_text(value: float, unit: Unit) -> str:
    """A prediction's or verification's number in its unit."""
    return format_bytes(value) if unit == "bytes" else format_seconds(value)


def _row(title: str, text: str) -> str:
    return textwrap.fill(
        text,
        _LINE,
        initial_indent=f"  {title:<{_WIDTH}}",
        subsequent_indent=" " * (2 + _WIDTH),
        break_on_hyphens=False,
    )


def _cell(session: Session, record: CellRecord) -> list[str]:
    lines = [f"{headline(record)}  · {record.status} · {format_seconds(record.duration_s)}"]
    if record.error is not None:
        where = error_text(session.cells, record)
        at = f" {where}" if where else ""
        lines.append(
            _row("error", f"{short(record.error.name)}{at}: {short(record.error.message)}")
        )
    for entry in record.memory:
        is_recorded = record.deep is not None and entry.device == HOST
        what = "; what was recorded in depth is part of it" if is_recorded else ""
        lines.append(_row(short(entry.device, 10), memory_text(entry) + what))
    lines += [_row(title, text) for title, text in fact_texts(session, record)]
    for advice in record.advice[:SHOWN]:
        lines += _advice(advice)
    if more := more_text(record.advice):
        lines.append(_row("", more))
    for check in record.verification:
        promised = (
            "nothing promised"
            if check.predicted is None
            else f"promised {quantity_text(check.predicted, check.unit)}"
        )
        measured = quantity_text(check.measured, check.unit)
        lines.append(_row("verified", f"{short(check.metric)}: {measured} measured, {promised}"))
    lines.append(_row("profiler", f"took {format_seconds(record.overhead_s)} itself"))
    return lines


def fact_texts(session: Session, record: CellRecord) -> list[tuple[str, str]]:
    """What there is beside totals: a title and a line each, the first of each kind."""
    facts: list[tuple[str, str]] = []
    if hottest := hottest_text(session.cells, record):
        facts.append(("time", hottest))
    if phases := phases_text(record):
        facts.append(("phases", phases))
    facts += ranks_texts(session.cells, record)
    facts += deep_texts(session.cells, record)
    if grown := grown_text(session.cells, record):
        facts.append(("growth", grown))
    if record.placement is not None:
        for total in record.placement.totals[:8]:
            what = f"{format_bytes(total.storage_bytes)} in {_tensors(total.tensors)}"
            facts.append(("placement", f"{short(total.device)} {short(total.dtype)}: {what}"))
        for module in record.placement.modules[:5]:
            where = map_text(module.devices) + _elsewhere(module)
            facts.append(("model", f"{short(f'{module.path} ({module.class_name})', 60)}: {where}"))
    for load in record.loads[:5]:
        facts.append(("load", load_text(load)))
    for move in record.moves[:5]:
        change = "nothing to do" if move.no_op else f"to {map_text(move.target)}"
        if (package := library_of(record, move.place)) is not None:
            change += f", by {short(package)}"
        facts.append(("move", f"{short(move.what, 60)}: {change}"))
    if record.grad is not None and (autograd := autograd_text(record.grad)):
        facts.append(("autograd", autograd))
    stepped = [each for each in record.optimizers if each.steps or each.skipped]
    facts += [("optimizer", optimizer_text(record, each)) for each in stepped[:5]]
    return facts


def _elsewhere(module: PlacedModule) -> str:
    """What other ranks have of a module, and a library between forwards, to follow what is here."""
    names = {"cpu": "host memory", "disk": "files"}
    kept = [
        f"{format_bytes(size)} in {short(names.get(where, where))}"
        for where, size in module.offloaded.items()
    ]
    divided = ""
    if module.whole_bytes is not None:
        divided = f", {format_bytes(module.parameter_bytes)} of {format_bytes(module.whole_bytes)}"
        divided += " parameters, divided among ranks"
    return divided + (f"; offloaded: {', '.join(kept)}" if kept else "")


def _tensors(count: int) -> str:
    return "1 tensor" if count == 1 else f"{count} tensors"


def autograd_text(grad: GradState) -> str:
    """What autograd did, in one line; empty if it did nothing."""
    recorded = sum(forward.calls for forward in grad.forwards if forward.grad)
    unrecorded = sum(forward.calls for forward in grad.forwards if not forward.grad)
    parts = [
        f"{count} {what if count == 1 else what + 's'}{how}"
        for count, what, how in (
            (recorded, "forward", " with gradients"),
            (unrecorded, "forward", " without gradients"),
            (grad.backwards, "backward", ""),
            (grad.optimizer_steps, "optimizer step", ""),
        )
        if count
    ]
    if grad.retained:
        size = sum(graph.saved_bytes for graph in grad.retained)
        names = ", ".join(short(graph.variable, 30) for graph in grad.retained[:3])
        bound = "at least " if any(graph.truncated for graph in grad.retained) else ""
        parts.append(f"graphs kept by {names}: {bound}{format_bytes(size)}")
    return ", ".join(parts)


def _advice(advice: Advice) -> list[str]:
    title = f"{short(advice.title)}{place_text(advice)}"
    lines = [_row("advice", title), _row("", short(advice.explanation, 400))]
    if advice.prediction is not None:
        before = quantity_text(advice.prediction.before, advice.prediction.unit)
        after = quantity_text(advice.prediction.after, advice.prediction.unit)
        lines.append(_row("", f"{before} → {after} expected"))
    lines += [_row("", text) for text in remedy_texts(advice)]
    return lines
