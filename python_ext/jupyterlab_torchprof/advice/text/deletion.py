"""Whether a variable can be deleted at the end of the cell that made it."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import CellRecord
from .code import cell_key
from .names import name_uses
from .notebook import Later, Outlook, has_word


def is_mentioned_elsewhere(name: str, record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether the text of any other cell that ran has the name, in whatever way."""
    key = cell_key(record)
    return any(has_word(run.source, name) and cell_key(run) != key for run in history)


def outlook_for_names(names: Sequence[str], record: CellRecord, later: Later) -> Outlook:
    """What the cells mean for variables that a fix deletes at the end of their own."""
    if later.mentions(names, record):
        return Outlook.NEEDED
    uses = name_uses(record.source)
    first = uses.first if uses is not None else {}
    again = all(name in first and first[name].kind == "bound" for name in names)
    return Outlook.SAFE if again else Outlook.UNSAFE
