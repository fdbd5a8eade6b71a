"""Applying edits, and positions in UTF-16."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyterlab_torchprof.fixes.apply import EditError, apply_edits
from jupyterlab_torchprof.fixes.text import Text
from jupyterlab_torchprof.record import Position, TextEdit
from jupyterlab_torchprof.source import source_hash


def edit(source, start, end, text):
    return TextEdit(
        cell_id=None,
        source_hash=source_hash(source),
        start=Position(line=start[0], column=start[1]),
        end=Position(line=end[0], column=end[1]),
        new_text=text,
    )


def test_positions_refer_to_the_text_before():
    source = "ab\ncd\n"
    edits = [edit(source, (1, 0), (1, 1), "XYZ"), edit(source, (0, 1), (0, 2), "")]
    assert apply_edits(source, edits) == "a\nXYZd\n"


def test_an_insertion_behind_a_replacement_is_no_overlap():
    source = "abc"
    edits = [edit(source, (0, 0), (0, 1), "X"), edit(source, (0, 1), (0, 1), "Y")]
    assert apply_edits(source, edits) == "XYbc"


def test_columns_are_utf16():
    source = "'😀' + b"
    assert apply_edits(source, [edit(source, (0, 7), (0, 8), "c")]) == "'😀' + c"


@pytest.mark.parametrize(
    ("source", "edits", "reason"),
    [
        ("abc", [((0, 0), (0, 2), ""), ((0, 1), (0, 3), "")], "same place"),
        ("abc", [((0, 1), (0, 1), "x"), ((0, 1), (0, 1), "y")], "same place"),
        ("abc", [((0, 2), (0, 1), "x")], "ends before it starts"),
        ("abc", [((1, 0), (1, 0), "x")], "no line 2"),
        ("abc", [((0, 4), (0, 4), "x")], "no column 4"),
        ("😀", [((0, 1), (0, 1), "x")], "no column 1"),
        ("a\r\nb", [((0, 2), (0, 2), "x")], "no column 2"),
    ],
)
def test_edits_that_do_not_fit(source, edits, reason):
    with pytest.raises(EditError, match=reason):
        apply_edits(source, [edit(source, *parts) for parts in edits])


def test_another_text_is_refused():
    with pytest.raises(EditError, match="changed since"):
        apply_edits("b = 1", [edit("a = 1", (0, 0), (0, 1), "c")])


@settings(deadline=None)
@given(st.text(alphabet="ab😀é\n\r\t "))
def test_positions_and_offsets_agree(content):
    text = Text(content)
    assert "".join(content[line.start : line.end] + line.newline for line in text.lines) == content
    for number, line in enumerate(text.lines, 1):
        for column in range(line.end - line.start + 1):
            assert text.offset(text.position(number, column)) == line.start + column
