"""Text of strangers: the same characters are made visible as in the front end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from jupyterlab_torchprof.quote import printable, quoted, short, visible

FIXTURE = json.loads(
    (Path(__file__).parents[1] / "unit" / "fixtures" / "visible.json").read_text("utf-8")
)


def test_the_list() -> None:
    changed = [
        code
        for code in range(sys.maxunicode + 1)
        if chr(code) != "\r" and visible(chr(code)) != chr(code)
    ]
    listed = [code for first, last in FIXTURE["invisible"] for code in range(first, last + 1)]
    assert changed == listed


@pytest.mark.parametrize(("text", "expected"), FIXTURE["shown"], ids=ascii)
def test_what_is_shown(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_one_line() -> None:
    assert short("a\n\t b\r\nc\0") == "a b c\N{REPLACEMENT CHARACTER}"
    assert printable("  a\n  b\u202e ") == "a   b\N{REPLACEMENT CHARACTER}"
    assert printable("x" * 50, 10) == "x" * 9 + "…"
    assert quoted("\x1b[2J") == "'\N{REPLACEMENT CHARACTER}[2J'"
