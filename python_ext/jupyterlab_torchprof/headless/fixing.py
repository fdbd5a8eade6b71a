"""Apply what was advised on a run to the notebook that ran."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from ..fixes.apply import EditError, apply_edits
from ..quote import printable
from ..record import Advice, CellRecord, TextEdit
from .notebook import code_cells


@dataclass(slots=True)
class Fixed:
    """What was applied, what was not and why, and how the cells changed."""

    applied: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    diff: list[str] = field(default_factory=list)

    def text(self) -> str:
        """For the terminal."""
        lines = list(self.diff)
        if lines:
            lines.append("")
        lines += [f"fixed   {line}" for line in self.applied]
        lines += [f"left    {line}" for line in self.left]
        return "\n".join(lines or ["Nothing had to be fixed."])


def fix_notebook(
    notebook: NotebookNode, records: Sequence[CellRecord], rules: Collection[str] | None
) -> Fixed:
    """Apply the safe fixes, or with ``rules`` all of these, to the cells of ``notebook``.

    The latest run of each cell counts. Where two fixes touch one place, the first is applied and
    the other is left for another run. Outputs of changed cells are cleared: they are no longer
    what the cells compute.
    """
    result = Fixed()
    places = {cell.id: number for number, (_, cell) in enumerate(code_cells(notebook), start=1)}
    cells = {cell.id: cell for _, cell in code_cells(notebook)}
    before = {cell_id: cell.source for cell_id, cell in cells.items()}
    chosen: dict[str, list[TextEdit]] = {}
    dismissed = _dismissed(notebook)
    for record, advice in _latest(records):
        label = f"cell {places.get(record.cell_id or '', '?')}: {advice.rule}: "
        reason = _reason_to_leave(advice, rules)
        if (advice.rule, record.cell_id) in dismissed:
            reason = "dismissed in the notebook."
        if reason is None:
            reason = _choose(advice, before, chosen)
        if reason is None and advice.fix is not None:
            result.applied.append(printable(label + advice.fix.title))
        else:
            result.left.append(printable(f"{label}{reason}"))
    for cell_id, edits in sorted(chosen.items(), key=lambda item: places[item[0]]):
        cell = cells[cell_id]
        cell.source = apply_edits(before[cell_id], edits)
        cell.outputs, cell.execution_count = [], None
        result.diff += _diff(before[cell_id], cell.source, f"cell {places[cell_id]}")
    return result


def _latest(records: Sequence[CellRecord]) -> list[tuple[CellRecord, Advice]]:
    latest = {record.cell_id: record for record in records}
    return [(record, advice) for record in latest.values() for advice in record.advice]


def _dismissed(notebook: NotebookNode) -> set[tuple[str, str | None]]:
    """Rules and cells whose advice the user has dismissed; the panel writes them."""
    entries = notebook.metadata.get("jupyterlab-torchprof", {})
    entries = entries.get("dismissed", []) if isinstance(entries, dict) else []
    return {
        (entry["rule"], entry.get("cell_id"))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
        and isinstance(entry.get("rule"), str)
        and isinstance(entry.get("cell_id"), str | None)
    }


def _reason_to_leave(advice: Advice, rules: Collection[str] | None) -> str | None:
    if rules is not None and advice.rule not in rules:
        return "not asked for."
    if advice.fix is None:
        return advice.refusal or "there is nothing to change in the notebook."
    if rules is None and not advice.fix.safe:
        return f"{advice.fix.title}: values may change; ask for it with --rule {advice.rule}."
    return None


def _choose(
    advice: Advice, before: dict[str, str], chosen: dict[str, list[TextEdit]]
) -> str | None:
    """Add a fix's edits to those chosen so far, or say why not."""
    assert advice.fix is not None
    trial = {cell_id: list(edits) for cell_id, edits in chosen.items()}
    for edit in advice.fix.edits:
        if edit.cell_id is None or edit.cell_id not in before:
            return "its cell is not in the notebook."
        trial.setdefault(edit.cell_id, []).append(edit)
    try:
        for cell_id, edits in trial.items():
            apply_edits(before[cell_id], edits)
    except EditError:
        return "another fix changes the same place; run the command again on the result."
    chosen.clear()
    chosen.update(trial)
    return None


def _diff(before: str, after: str, name: str) -> list[str]:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), name, f"{name}, fixed", lineterm=""
    )
    return [_shown(line) for line in lines]


def _shown(line: str) -> str:
    """A line of a diff that a terminal cannot be misled by, with its indentation."""
    sign, text = line[:1], line[1:]
    blanks = text[: len(text) - len(text.lstrip(" \t"))]
    return sign + blanks + printable(text)
