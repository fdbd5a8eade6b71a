"""Where advice stands and what to do about it, in words for surfaces without buttons."""

from __future__ import annotations

from ..quote import short
from ..record import Action, Advice

SHOWN = 3
"""Advice shown for one run; more would bury what matters."""


def place_text(advice: Advice) -> str:
    """``" (line 4)"``, empty without lines or where the title names the line.

    Of a module always with its path: the cell has a line of that number as well.
    """
    if advice.lines and advice.code_path is not None:
        return f" (line {advice.lines[0]} of {short(advice.code_path)})"
    if not advice.lines or advice.title.startswith(f"Line {advice.lines[0]} "):
        return ""
    elsewhere = advice.code_cell_id is not None and advice.code_cell_id != advice.cell_id
    return f" (line {advice.lines[0]}{' of another cell' if elsewhere else ''})"


def remedy_texts(advice: Advice) -> list[str]:
    """What to do, most useful first: the fix, or why there is none, then the actions."""
    texts: list[str] = []
    if advice.fix is not None:
        texts.append(f"Fix: {short(advice.fix.title)}")
    elif advice.refusal:
        texts.append(f"No automatic fix: {short(advice.refusal, 300)}")
    for action in advice.actions[:SHOWN]:
        command = _command(action)
        texts.append(short(action.title) + (f": {command}" if command else ""))
    return texts


def more_text(advice: list[Advice]) -> str:
    """``"and 2 more"``, empty if all is shown."""
    return f"and {len(advice) - SHOWN} more" if len(advice) > SHOWN else ""


def _command(action: Action) -> str:
    """The line magic that does the same; empty if there is none."""
    targets = " ".join(action.targets)
    if action.kind == "release_outputs":
        targets = " ".join(f"Out[{target}]" for target in action.targets)
    elif action.kind == "clear_traceback":
        targets = "traceback"
    elif action.kind == "empty_cache":
        targets = "cache"
    elif action.kind == "run_cell":
        return ""
    return f"%torchprof free {short(targets)}"
