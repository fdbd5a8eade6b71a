"""A session without the source of its cells; ``src/report/redact.ts`` is its twin.

Sources and the changes that fixes would make are left out. Other texts (titles, evidence,
messages) may quote code: what they quote of a cell's line is replaced by an ellipsis. Names of
variables, modules and files stay, and so do the hashes of sources, by which cells are compared.

It works on the plain document, so that what a newer version added is looked through as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

REFUSAL = "The source was left out of this document, and the change with it."
_QUOTED = "…"
_PREFIX = 4
"""Characters by which lines are looked up; shorter ones tell nothing."""
_NAME = re.compile(r"[\w.]+(\(\))?[:,]?")
"""A name, or a call of it without arguments, is no secret."""
_CODE = re.compile(r"`([^`]*)`")
_IDENTIFIERS = frozenset({"run_id", "cell_id", "code_cell_id", "source_hash", "baseline_run_id"})


def leave_source_out(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of a session document without source; it says so in ``source_left_out``."""
    sources = list(_sources(document))
    scrub = _Scrubber(sources)
    redacted = scrub.value(document)
    assert isinstance(redacted, dict)
    return {**redacted, "source_left_out": True}


def _sources(value: Any) -> list[str]:
    """Every text of code in a document: of cells, and what fixes would write."""
    found: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            found += [
                text
                for key in ("source", "new_text")
                if isinstance(text := item.get(key), str) and text
            ]
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return found


class _Scrubber:
    def __init__(self, sources: list[str]) -> None:
        self._sources = sources
        lines: defaultdict[str, set[str]] = defaultdict(set)
        for source in sources:
            for line in source.splitlines():
                code = line.strip()
                if len(code) >= _PREFIX and not _NAME.fullmatch(code):
                    lines[code[:_PREFIX]].add(code)
        # The longest first: one line may be the beginning of another.
        self._lines = {
            prefix: sorted(found, key=lambda line: (-len(line), line))
            for prefix, found in lines.items()
        }

    def value(self, value: Any, key: str = "") -> Any:
        """The same without source."""
        if isinstance(value, dict):
            result = {name: self.value(item, name) for name, item in value.items()}
            if isinstance(value.get("fix"), dict):
                result.update(fix=None, refusal=REFUSAL)
            return result
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if isinstance(value, str) and key not in _IDENTIFIERS:
            return "" if key in ("source", "new_text") else self.text(value)
        return value

    def text(self, text: str) -> str:
        """A text without what it quotes."""
        return self._without_lines(_CODE.sub(self._code, text))

    def _code(self, match: re.Match[str]) -> str:
        """A span of code, unless it is a name or no cell has it."""
        code = match[1].strip()
        if _NAME.fullmatch(code) or not any(code in source for source in self._sources):
            return match[0]
        return f"`{_QUOTED}`"

    def _without_lines(self, text: str) -> str:
        parts: list[str] = []
        start = place = 0
        while place <= len(text) - _PREFIX:
            for line in self._lines.get(text[place : place + _PREFIX], ()):
                if text.startswith(line, place):
                    parts += [text[start:place], _QUOTED]
                    start = place = place + len(line)
                    break
            else:
                place += 1
        return "".join([*parts, text[start:]])
