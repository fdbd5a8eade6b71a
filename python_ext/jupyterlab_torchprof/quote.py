"""Text of strangers as it is shown: what would act, or hide, becomes a visible sign.

`INVISIBLE` has a twin in ``src/record/visible.ts``; one fixture holds both to the same characters.
"""

from __future__ import annotations

import re

INVISIBLE = (
    (0x00, 0x08),  # controls, without tab and line feed
    (0x0B, 0x0C),
    (0x0E, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),  # a hyphen that is mostly not there
    (0x061C, 0x061C),  # directions of writing, also of what stands beside the text
    (0x180E, 0x180E),
    (0x200B, 0x200B),  # no space at all
    (0x200E, 0x200F),
    (0x2028, 0x202E),  # ends of lines and of paragraphs, then directions again
    (0x2060, 0x206F),
    (0xD800, 0xDFFF),  # halves of characters
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE007F),  # a second, invisible ASCII
)
"""First and last of each range. Joiners are not among them: scripts and emoji need them."""

SIGN = "\N{REPLACEMENT CHARACTER}"
_ACTS = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in INVISIBLE)}]")

_BLANKS = re.compile(r"[\t\n\r]")


def visible(text: str) -> str:
    """The same text without anything that acts on its surroundings or hides; lines stay.

    A carriage return counts only before a line feed: alone it would write over the line.
    """
    return _ACTS.sub(SIGN, text.replace("\r\n", "\n").replace("\r", SIGN))


def short(text: str, limit: int = 120) -> str:
    """One line of at most ``limit`` characters."""
    head = text[: 4 * limit]
    line = " ".join(visible(_BLANKS.sub(" ", head)).split())
    return line if len(line) <= limit and head == text else f"{line[: limit - 1]}…"


def printable(text: str, width: int | None = None) -> str:
    """One line with its blanks as they are, cut to ``width``."""
    line = visible(_BLANKS.sub(" ", text[:4000])).strip()
    return line if width is None or len(line) <= width else f"{line[: width - 1]}…"


def quoted(thing: object) -> str:
    """A name or path of the user's between quotes, for a sentence."""
    return f"'{printable(str(thing), 120)}'"
