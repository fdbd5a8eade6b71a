"""Every fix on generated cells around the patterns that it is made for."""

from __future__ import annotations

import pytest
from generic import all_adapters, golden
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.fixes.cell import CannotFix
from jupyterlab_torchprof.fixes.syntax import check_compiles
from jupyterlab_torchprof.record import TextEdit
from length import AT_LENGTH

ADAPTERS = all_adapters()
PATTERNS = {
    rule: [case.read("in.py") for case in golden("*.*") if case.rule == rule] for rule in ADAPTERS
}

ABOVE = [
    "",
    "import os",
    "# a comment 😀",
    "%matplotlib inline",
    "!ls",
    "text = '''\n  not code\n\tat all'''",
    "x = 1; y = 2",
    "def helper(a, *, b=1):\n\treturn a",
    "class Thing:\n  size = 3",
    "values = [\n    1,\n    2,\n]",
]
HEADS = ["if flag:", "for _ in range(2):", "def run():", "with lock:", "async def go():"]
UNITS = ["    ", "  ", "\t"]
NEWLINES = ["\n", "\r\n"]


@st.composite
def cells(draw, rule):
    """A pattern of the rule among other statements, perhaps in a block."""
    source = draw(st.sampled_from(PATTERNS[rule])).replace("\r\n", "\n").rstrip("\n")
    plain = not any(mark in source for mark in ('"""', "'''", "%", "\\\n", "import *"))
    if plain and draw(st.booleans()):
        unit = draw(st.sampled_from(UNITS))
        body = "\n".join(unit + line if line else line for line in source.split("\n"))
        source = f"{draw(st.sampled_from(HEADS))}\n{body}"
    above = draw(st.lists(st.sampled_from(ABOVE), max_size=3))
    below = draw(st.lists(st.sampled_from(ABOVE), max_size=2))
    if source.lstrip().startswith("%%") or "__future__" in source:
        above = []
    text = "\n".join([*above, source, *below])
    return text.replace("\n", draw(st.sampled_from(NEWLINES)))


@pytest.mark.parametrize("rule", sorted(ADAPTERS))
@settings(
    max_examples=100 if AT_LENGTH else 15, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_fix(rule, data):
    source = data.draw(cells(rule))
    try:
        check_compiles(source)
        edits = list(ADAPTERS[rule](source))
    except (CannotFix, SyntaxError):
        return
    fixed = apply_edits(source, edits)  # refuses edits that overlap
    check_compiles(fixed)
    assert fixed != source
    assert apply_edits(fixed, undo(source, edits)) == source
    try:
        again = list(ADAPTERS[rule](fixed))
    except CannotFix:
        return
    assert apply_edits(fixed, again) == fixed, "applying twice changes nothing"


def undo(source: str, edits: list[TextEdit]) -> list[TextEdit]:
    """The edits that take ``edits`` back, made without looking at the text before."""
    from jupyterlab_torchprof.fixes.text import Text
    from jupyterlab_torchprof.source import source_hash

    before, fixed = Text(source), apply_edits(source, edits)
    after, shift = Text(fixed), 0
    taken_back: list[tuple[int, int, str]] = []
    spans = sorted(
        ((before.offset(e.start), before.offset(e.end), e) for e in edits), key=lambda s: s[:2]
    )
    for start, end, edit in spans:
        first = start + shift
        last, text = first + len(edit.new_text), source[start:end]
        if taken_back and taken_back[-1][1] == first:  # neighbours are one change
            first, _, before_it = taken_back.pop()
            text = before_it + text
        taken_back.append((first, last, text))
        shift += len(edit.new_text) - (end - start)
    return [
        TextEdit(
            cell_id=None,
            source_hash=source_hash(fixed),
            start=position(after, first),
            end=position(after, last),
            new_text=text,
        )
        for first, last, text in taken_back
    ]


def position(text, offset):
    """The position of a code point of a text."""
    for number, line in enumerate(text.lines, 1):
        if line.start <= offset <= line.end + len(line.newline):
            if offset > line.end and number < len(text.lines):
                continue
            return text.position(number, offset - line.start)
    raise AssertionError(offset)
