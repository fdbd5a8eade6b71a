"""Which call has moved a module, or converted its type."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...derive import line_of
from ...record import CellRecord, Move


def conversion_to(
    record: CellRecord, history: Sequence[CellRecord], dtype: str, name: str | None = None
) -> str | None:
    """The latest conversion of a module to a type, as a fact; ``None``: none was seen.

    Of float32, which modules are made with, nothing is told. ``name``: the module's.
    """
    if dtype in ("float32", ""):
        return None
    return _latest(record, history, name, lambda key: key.partition(" ")[2] == dtype)


def move_to(
    record: CellRecord, history: Sequence[CellRecord], device: str, name: str | None = None
) -> str | None:
    """The latest move of a module to a device, as a fact; ``None``: none was seen."""
    return _latest(record, history, name, lambda key: key.partition(" ")[0] == device)


def _latest(
    record: CellRecord,
    history: Sequence[CellRecord],
    name: str | None,
    is_there: Callable[[str], bool],
) -> str | None:
    for run in reversed([*(each for each in history if each is not record), record]):
        for move in reversed(run.moves):
            if name is not None and not move.what.startswith(f"{name} ("):
                continue
            if any(map(is_there, move.target)) and not all(map(is_there, move.source)):
                return _told(run, move)
    return None


def _told(run: CellRecord, move: Move) -> str:
    count = "?" if run.execution_count is None else run.execution_count
    line = line_of(run, move.place)
    where = f"[{count}]" if line is None else f"[{count}], line {line}"
    called, function = _called(run, move)
    by = f" by `{called}()`" if called else ""
    within = f" in `{function}`," if function else ""
    target = " and ".join(sorted(move.target))
    return f"`{move.what}` was brought to {target}{by}{within} in {where}."


def _called(run: CellRecord, move: Move) -> tuple[str | None, str | None]:
    """The function of a library that led to the move, and the user's function that called it."""
    at, called = move.place, None
    while at is not None and run.places[at].kind == "library":
        called = run.places[at].function or called
        at = run.places[at].parent
    function = run.places[at].function if at is not None else None
    return called.rpartition(".")[2] if called is not None else None, function
