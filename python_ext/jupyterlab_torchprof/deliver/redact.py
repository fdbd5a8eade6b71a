"""A session without the source of its cells; ``src/report/redact.ts`` is its twin.

Sources are left out, and the changes that fixes would make. Other texts (titles, evidence, errors,
warnings) may quote code; an ellipsis takes the place of

- each line of a source in them, unless it is a bare name (or shorter than four characters);
- the beginning of a line at the end of a text (which was cut), from twelve characters on, unless
  it is a name;
- what they quote in backticks, if a source has it, unless it is a name such as ``batch["image"]``.

Of the places where time went, of the frames of an error, of what was compiled, and of the files
whose text a run used, names of the user's functions and files are left out; lines stay, and so does
what a library calls its own. Why something was compiled again is left out, too.

Other names of variables, modules and files stay, and so do messages of errors. So do the hashes of
sources, by which cells are compared: they tell whoever guesses a source that the guess is right.

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
_CUT = 12
"""Characters from which on the beginning of a line tells something."""
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_BLANK = " \t\f"
_BARE = re.compile(r"[\w.]+(\(\))?[:,]?")
"""A line that is a name, or a call of it without arguments."""
_PATH = re.compile(r"""\w+(\.\w+|\[(\w+|"[^"]*"|'[^']*')\])*(\(\))?""")
"""A name as records write it."""
_PLACES = ("places", "frames", "files", "compiler")
"""Whose functions and files have names of the user's; the compiler's reasons quote conditions."""
_TOP_LEVEL = re.compile(r"<(module|cell line: [0-9]+)>")
"""What Python and IPython call the code of a cell that stands in no function."""
_CODE = re.compile(r"`([^`]*)`")
_FORMATTING = re.compile(r"\s+")
_IDENTIFIERS = frozenset({"run_id", "cell_id", "code_cell_id", "source_hash", "baseline_run_id"})


def leave_source_out(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of a session document without source; it says so in ``source_left_out``."""
    redacted = _Scrubber(_sources(document)).value(document)
    assert isinstance(redacted, dict)
    return {**redacted, "source_left_out": True}


def _sources(value: Any) -> set[str]:
    """The sources of cells and modules; what fixes would write is of these or our own."""
    found: set[str] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            source = item.get("source") if "source" in _code_members(item) else None
            if isinstance(source, str) and source:
                found.add(source)
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return found


def _code_members(item: dict[str, Any]) -> tuple[str, ...]:
    """Members that are code: what a hash stands beside. A transfer's source is a device."""
    return ("source", "new_text") if "source_hash" in item else ()


def _is_own_name(place: dict[str, Any], name: str, text: str) -> bool:
    """Whether a member is what a place, a frame or a file is called in the user's own code."""
    if place.get("kind") == "library" or name not in ("function", "path", "reason"):
        return False
    return bool(text) and not _TOP_LEVEL.fullmatch(text)


class _Scrubber:
    def __init__(self, sources: set[str]) -> None:
        self._plain = [_unformatted(source) for source in sorted(sources)]
        lines: defaultdict[str, set[str]] = defaultdict(set)
        for source in sources:
            for line in _LINE_ENDS.split(source):
                # Texts that quote lines may have their blanks put together.
                for code in {line.strip(_BLANK), " ".join(line.split())}:
                    if len(code) >= _PREFIX and not _BARE.fullmatch(code):
                        lines[code[:_PREFIX]].add(code)
        # The longest first: one line may be the beginning of another.
        self._lines = {
            prefix: sorted(found, key=lambda line: (-len(line), line))
            for prefix, found in lines.items()
        }

    def value(self, value: Any, key: str = "") -> Any:
        """The same without source."""
        if isinstance(value, dict):
            code = _code_members(value)
            is_place = key in _PLACES
            result: dict[str, Any] = {}
            for name, item in value.items():
                if isinstance(item, str) and name in code:
                    result[name] = ""
                elif isinstance(item, str) and is_place and _is_own_name(value, name, item):
                    result[name] = _QUOTED
                else:
                    result[name] = self.value(item, name)
            if isinstance(value.get("fix"), dict):
                result.update(fix=None, refusal=REFUSAL)
            return result
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        return self.text(value) if isinstance(value, str) and key not in _IDENTIFIERS else value

    def text(self, text: str) -> str:
        """A text without what it quotes."""
        # Lines first: one may have backticks in it.
        return _CODE.sub(self._code, self._without_lines(text))

    def _code(self, match: re.Match[str]) -> str:
        plain = _unformatted(match[1])
        if len(plain) < _PREFIX or _PATH.fullmatch(match[1].strip()):
            return match[0]
        if not any(plain in known for known in self._plain):
            return match[0]
        return f"`{_QUOTED}`"

    def _without_lines(self, text: str) -> str:
        end = len(_without_ending(text))
        parts: list[str] = []
        start = place = 0
        while place <= len(text) - _PREFIX:
            length = self._quoted(text, place, end)
            if length:
                parts += [text[start:place], _QUOTED]
                start = place = place + length
            else:
                place += 1
        return "".join([*parts, text[start:]])

    def _quoted(self, text: str, place: int, end: int) -> int:
        """How much of a text, from a place on, is a line of source; before ``end`` it is whole."""
        for line in self._lines.get(text[place : place + _PREFIX], ()):
            if text.startswith(line, place):
                return len(line)
            rest = text[place:end]
            if len(rest) >= _CUT and line.startswith(rest) and not _PATH.fullmatch(rest):
                return len(text) - place
        return 0


def _without_ending(text: str) -> str:
    """A text without the sign that it was cut."""
    return text.rstrip().removesuffix("...").removesuffix(_QUOTED)


def _unformatted(code: str) -> str:
    """Code without blanks, in single quotes, and without the sign that it was cut."""
    return _FORMATTING.sub("", _without_ending(code)).replace('"', "'")
