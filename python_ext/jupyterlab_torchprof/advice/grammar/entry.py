"""A rule's entry in the documentation, as its docstring has it."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from .rule import Rule

_PART = re.compile(r"^(Evidence|Fix|Silent|Sources|Notes):\s*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the documentation says of a rule, in Markdown."""

    what: str
    """What goes wrong."""
    evidence: str
    fix: str
    silent: str
    sources: tuple[str, ...]
    """Addresses of documentation, or names of sources."""


def entry_of(rule: Rule) -> Entry:
    """The entry; raises `ValueError` if the docstring lacks a part."""
    what, *rest = _PART.split(inspect.getdoc(type(rule)) or "")
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    missing = [name for name in ("Evidence", "Fix", "Silent", "Sources") if name not in parts]
    if missing:
        raise ValueError(f"The docstring of {type(rule).__name__} lacks {', '.join(missing)}.")
    return Entry(
        what=_flowing(what),
        evidence=_flowing(parts["Evidence"]),
        fix=_flowing(parts["Fix"]),
        silent=_flowing(parts["Silent"]),
        sources=tuple(line.strip() for line in parts["Sources"].splitlines() if line.strip()),
    )


def _flowing(text: str) -> str:
    """Paragraphs as one line each, as the page has them."""
    return " ".join(text.split())
