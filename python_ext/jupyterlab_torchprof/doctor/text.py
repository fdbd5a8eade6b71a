"""The doctor's findings as text."""

from __future__ import annotations

from collections.abc import Sequence

from ..record import Check

_MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def render(results: Sequence[Check]) -> str:
    """A line for each finding, what to do below it, and a sentence at the end."""
    width = max(len(result.topic) for result in results)
    lines: list[str] = []
    for result in results:
        lines.append(f"{_MARKS[result.level]}  {result.topic:<{width}}  {result.found}")
        if result.advice:
            lines.append(f"{'':<9}{'':<{width}}  → {result.advice}")
    problems = sum(result.level == "problem" for result in results)
    ending = {0: "No problem was found.", 1: "One problem was found."}
    return "\n".join([*lines, "", ending.get(problems, f"{problems} problems were found.")])
