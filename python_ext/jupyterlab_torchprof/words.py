"""Lists of things in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def enumerate_words(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def code_list(names: Sequence[str]) -> str:
    """Names as code, each in backticks."""
    return enumerate_words([f"`{name}`" for name in names])


def count_of(number: int, singular: str, plural: str | None = None) -> str:
    """``1 forward``, ``2 forwards``; ``plural`` where an ``s`` does not do."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def sentence(text: str) -> str:
    """With a capital, unless it begins with a name."""
    return text[:1].upper() + text[1:]
