"""What ``torch.compile`` says of a graph break, taken apart.

The text is for people and changes from version to version; what it does not have is left empty.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_WHERE = re.compile(r"Graph break in user code at (.+):(\d+)\s*$", re.MULTILINE)
_REASON = re.compile(r"^(?:Graph Break )?Reason:[ \t]*(.*)$", re.MULTILINE)
_INTRODUCTION = "Encountered graph break"
_END = re.compile(r"^\s*(?:User code traceback:|Traceback \(most recent call last\))", re.MULTILINE)
_EXPLANATION = re.compile(r"^\s*Explanation: (.+)$", re.MULTILINE)
_HINT = re.compile(r"^\s*Hint: (.+)$", re.MULTILINE)
_URL = re.compile(r"https://\S+")
_MOST_HINTS = 3
_MOST_TEXT = 300
_REPORT = "Please report an issue"


class GraphBreak(NamedTuple):
    """One of them."""

    filename: str
    line: int
    function: str
    """Empty where it is not told."""
    reason: str
    hints: tuple[str, ...]
    url: str | None


def parse_break(text: str) -> GraphBreak | None:
    """``None``: it does not say where."""
    where = _WHERE.search(text)
    if where is None:
        return None
    rest = text[where.end() :]
    end = _END.search(rest)
    said = rest[: end.start()] if end is not None else rest
    filename, line = where.group(1), int(where.group(2))
    hints = (each for each in _HINT.findall(said) if not each.startswith(_REPORT))
    url = _URL.search(said)
    return GraphBreak(
        filename,
        line,
        _function(rest, filename, line),
        _reason(said),
        tuple(each.strip()[:_MOST_TEXT] for each in hints)[:_MOST_HINTS],
        url.group(0).rstrip(".,)") if url is not None else None,
    )


def _reason(said: str) -> str:
    """The explanation, or else the first line that is more than an introduction."""
    explanation = _EXPLANATION.search(said)
    if explanation is not None:
        return explanation.group(1).strip()
    reason = _REASON.search(said)
    if reason is None:
        return ""
    lines = [reason.group(1), *said[reason.end() :].split("\n")]
    told = (line.strip() for line in lines)
    return next((line for line in told if line and not line.startswith(_INTRODUCTION)), "")


def _function(text: str, filename: str, line: int) -> str:
    """The name that the innermost frame of this line has in the traceback."""
    found = re.findall(rf'File "{re.escape(filename)}", line {line}, in (\S+)', text)
    return found[-1] if found else ""
