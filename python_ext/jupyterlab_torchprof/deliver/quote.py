"""Text of the user's program, as one line that does no harm where it is shown."""

from __future__ import annotations

_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Controls that turn the direction of writing, also of what stands beside the text."""


def short(text: str, limit: int = 120) -> str:
    """One line of at most ``limit`` characters.

    Controls, those of the direction of writing too, and halves of characters become U+FFFD.
    """
    head = text[: 4 * limit]
    line = " ".join("".join(_harmless(character) for character in head).split())
    return line if len(line) <= limit and head == text else f"{line[: limit - 1]}…"


def _harmless(character: str) -> str:
    if character in "\t\n\r":
        return " "
    control = character < " " or "\x7f" <= character <= "\x9f"
    half = "\ud800" <= character <= "\udfff"
    return "\ufffd" if control or half or character in _DIRECTIONS else character
