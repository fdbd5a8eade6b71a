"""The line by which a cell is told from others in a terminal."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.source import first_line


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\ny = 2", "x = 1"),
        ("\n  # set up\nx = 1", "x = 1"),
        ("%%px --targets 1\n\ntrain(10)", "train(10)"),
        ("%matplotlib inline\n!pip list\nx = 1", "x = 1"),
        ("%px train(10)", "%px train(10)"),
        ("# nothing yet", "# nothing yet"),
        ("", ""),
    ],
)
def test_first_line(source: str, line: str) -> None:
    assert first_line(source) == line
