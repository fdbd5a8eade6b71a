"""Which lines of a program a document tells; written without a look at how they are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_TELLS_NOTHING = re.compile(r"[\w.]+(\(\))?[:,]?|.{0,3}")


def lines_told(document: Any, sources: Iterable[str]) -> list[tuple[str, str]]:
    """Lines of ``sources`` that occur in a text of ``document``, each with that text.

    Lines that are a bare name, or shorter than four characters, do not count.
    """
    lines = {line.strip() for source in sources for line in source.splitlines()}
    secrets = {line for line in lines if not _TELLS_NOTHING.fullmatch(line)}
    return [(line, text) for text in texts_of(document) for line in secrets if line in text]


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a document of plain JSON, but for the names of members."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
