"""What the text of a cell says before it runs: its hash, and the `%%torchprof` mark on top."""

from __future__ import annotations

import hashlib
import re

from .deep_options import PATTERN, DeepOptions, read_options

MAGIC = "torchprof"
ALIAS = "jupyterlab_torchprof"
"""Name of the magic where somebody else's is called `MAGIC` already."""

_ANY_MARK = re.compile(rf"%%(?:{MAGIC}|{ALIAS})(?:{PATTERN})?[ \t]*\r?\n?")


def source_hash(source: str) -> str:
    """SHA-256 of the text in UTF-8, hexadecimal; lone surrogates count as U+FFFD, as in a browser.

    >>> source_hash("")[:8]
    'e3b0c442'
    """
    try:
        data = source.encode()
    except UnicodeEncodeError:
        data = source.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return hashlib.sha256(data).hexdigest()


def leading_lines(lines: list[str]) -> int:
    """How many lines on top are never compiled: blank ones, and the mark with those after it."""
    start = _blank(lines, 0)
    if start < len(lines) and _ANY_MARK.fullmatch(lines[start]):
        start = _blank(lines, start + 1)
    return start


class Mark:
    """The mark under the name that the magic was registered as."""

    # IPython asks transformers without side effects whether the cell is complete; this one would
    # make a cell that has only the mark so far look empty.
    has_side_effects = True

    def __init__(self, name: str = MAGIC) -> None:
        """``name``: `MAGIC` or `ALIAS`."""
        self._line = re.compile(rf"%%{name}(?P<arguments>(?:{PATTERN})?)[ \t]*\r?\n?")

    def is_on(self, source: str) -> bool:
        """Whether the cell has the mark on top, perhaps below other magics."""
        return self._found(source) is not None

    def deep(self, source: str) -> DeepOptions | None:
        """The deep profile that the mark asks for."""
        found = self._found(source)
        return None if found is None else read_options(found["arguments"])

    def _found(self, source: str) -> re.Match[str] | None:
        for line in source.split("\n"):
            found = self._line.fullmatch(line)
            if found:
                return found
            if line.strip() and not line.startswith("%%"):
                return None
        return None

    def __call__(self, lines: list[str]) -> list[str]:
        """An IPython input transformer: the mark goes, the cell then runs as if it had none.

        A magic that ran the body itself could not await, would show an error twice and would
        shift every line; this way the body is a cell like any other.
        """
        start = _blank(lines, 0)
        if start == len(lines) or not self._line.fullmatch(lines[start]):
            return lines
        return lines[_blank(lines, start + 1) :] or ["\n"]


def _blank(lines: list[str], start: int) -> int:
    while start < len(lines) and not lines[start].strip():
        start += 1
    return start


def first_line(source: str) -> str:
    """The first line that says what the cell does: no blank, comment, magic or command of a shell.

    Its twin is ``firstCodeLine`` in ``src/record/derive.ts``.
    """
    lines = [line.strip() for line in source[:4000].splitlines() if line.strip()]
    code = [line for line in lines if not line.startswith(("#", "%", "!"))]
    return (code or lines or [""])[0]
