"""Statements below the one that makes a model."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite
from .torch_name import find_torch

__all__ = ["CannotFix", "add_below"]


def add_below(
    source: str,
    place: Place,
    statement: str,
    title: str,
    *,
    torch_name: str | None,
    cell_id: str | None,
) -> Fix:
    """Write a statement below the assignment at ``place``.

    ``{torch}`` in it stands for the module. Raises CannotFix if it has no name there, or if the
    statement is there already.
    """
    rewrite = Rewrite(source, cell_id)
    made = rewrite.find(cst.Assign, place)
    text = statement
    if "{torch}" in statement:
        torch = find_torch(rewrite.cell, place.end_line, torch_name)
        if torch.import_line is not None:
            raise CannotFix("No cell imports torch under a name that could be used here.")
        text = statement.replace("{torch}", torch.expression)
    if text in source:
        raise CannotFix("The cell has this statement already.")
    rewrite.add_line_below(made, text)
    return rewrite.fix(title)
