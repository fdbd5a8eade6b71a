"""A change of a module's text, spelt out for the user to make."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from ...fixes.apply import EditError, apply_edits
from ...source import source_hash
from ...words import enumerate_words
from .finding import Remedy

_MOST_LINES = 6
"""Lines of code in one step; more would be a listing, not a sentence."""


def to_do_by_hand(remedy: Remedy, path: str, source: str) -> str:
    """Why there is no fix, and what it would have been; ``source`` is the text that it is of."""
    reason = f"It stands in {path}, which this extension does not edit"
    if remedy.fix is None:
        return f"{reason}. {remedy.refusal or ''}".rstrip()
    own = source_hash(source)
    steps: list[str] = []
    if all(edit.source_hash == own for edit in remedy.fix.edits):
        try:
            changed = apply_edits(source, remedy.fix.edits)
        except EditError:
            pass
        else:
            steps = list(_steps(source.split("\n"), changed.split("\n")))
    if not steps:
        return f"{reason}. By hand: {remedy.fix.title[:1].lower()}{remedy.fix.title[1:]}."
    return f"{reason}. By hand: {'; '.join(steps)}."


def _steps(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """What to do, by the numbers of lines before the change, from the top.

    The last line of a body's text is none of the module's.
    """
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, first, end, new_first, new_end in matcher.get_opcodes():
        old, new = before[first:end], after[new_first:new_end]
        if kind == "equal":
            continue
        if kind == "delete":
            yield f"take out {_lines(first, end)}"
        elif kind == "insert":
            yield f"put {_code(new)} {_beside(first, before, new[0])}"
        elif (head := _head_of_block(old, new)) is not None:
            them = "that line" if end - first == 1 else "these lines"
            yield f"put {_code(head)} above {_lines(first, end)} and indent {them}"
        elif (index := _with_another_head(old, new)) is not None:
            where = _lines(first, end)
            if index > 0:
                yield f"put {_code(new[:index])} above {where}"
                where = "that line"
            yield f"write {_code([new[index]])} instead of {where}"
            if len(new) > index + 1:
                yield f"put {_code(new[index + 1 :])} below it"
        else:
            yield f"write {_code(new)} instead of {_lines(first, end)}"


def _head_of_block(old: Sequence[str], new: Sequence[str]) -> Sequence[str] | None:
    """The new lines above the old ones, if those are only indented."""
    count = len(new) - len(old)
    if count < 1:
        return None
    is_indented = all(
        now.strip() == was.strip() and len(now) >= len(was)
        for was, now in zip(old, new[count:], strict=True)
    )
    return new[:count] if is_indented else None


def _with_another_head(old: Sequence[str], new: Sequence[str]) -> int | None:
    """Which of several new lines is the only old one but for its first word: no more return."""
    words = old[0].split(maxsplit=1) if len(old) == 1 else []
    if len(words) < 2:
        return None
    found = [index for index, line in enumerate(new) if line.endswith(f" {words[1]}")]
    return found[0] if len(found) == 1 else None


def _beside(index: int, before: Sequence[str], new: str) -> str:
    """Where a new line goes: above the next one, or below the last of a block."""
    below = next((i for i in range(index, len(before) - 1) if before[i].strip()), None)
    above = [i for i in range(index) if before[i].strip()]
    if below is not None and (not above or _indent(new) <= _indent(before[below])):
        return f"above line {below + 1}"
    last = above[-1]
    if _indent(new) >= _indent(before[last]):
        return f"below line {last + 1}"
    level = next((i for i in reversed(above) if _indent(before[i]) == _indent(new)), last)
    return f"below line {last + 1}, as far left as line {level + 1}"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _lines(first: int, end: int) -> str:
    return f"line {first + 1}" if end - first == 1 else f"lines {first + 1} to {end}"


def _code(lines: Sequence[str]) -> str:
    """Lines of code in a sentence."""
    shown = [f"`{line.strip()}`" for line in lines if line.strip()]
    if len(shown) > _MOST_LINES:
        shown = [*shown[:_MOST_LINES], "…"]
    return enumerate_words(shown) if shown else "an empty line"
