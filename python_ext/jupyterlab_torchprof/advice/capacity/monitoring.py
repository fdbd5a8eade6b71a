"""Memory that is watched by hand."""

from __future__ import annotations

import ast
import re

from ..grammar import Case, Finding, Rule
from ..text.code import read

_COMMAND = re.compile(r"^[ \t]*(?:[!%].*\bnvidia-smi\b|\w+[ \t]*=[ \t]*!.*\bnvidia-smi\b)", re.M)
_READERS = frozenset(
    {"max_memory_allocated", "max_memory_reserved", "memory_allocated", "memory_reserved"}
    | {"memory_stats", "memory_summary", "mem_get_info"}
)


class ManualMonitoring(Rule):
    """A cell prints the memory in use, or runs `nvidia-smi`.

    Evidence: The cell's text.

    Fix: Nothing has to change: the panel shows memory before, after and at the peak of each cell,
    and `%torchprof` prints it.

    Silent: Where the program uses the number; after the first time.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management

    Notes: To use the number is to assign, compare, return or log it.
    """

    id = "manual-monitoring"
    severity = "info"
    alters = "nothing"
    once = True

    def find(self, case: Case) -> Finding | None:
        """A line that runs ``nvidia-smi``, or a statement that shows what PyTorch says."""
        source = case.record.source
        if case.record.status != "ok" or not ("mem" in source or "nvidia-smi" in source):
            return None
        watched = _watched(source)
        if watched is None:
            return None
        what, line = watched
        return Finding(
            title="The panel shows the memory of every cell without being asked.",
            explanation=(
                f"This cell looks at the memory with `{what}`. The panel, and `%torchprof` in any "
                "front end, show memory before, after and at the peak of each cell, by device, "
                "and what holds it."
            ),
            evidence=[f"Line {line} runs `{what}`."],
            remedy=case.by_hand("Nothing has to change.", lines=[line]),
        )


def _watched(source: str) -> tuple[str, int] | None:
    """What looks at the memory, and on which line."""
    command = _COMMAND.search(source)
    if command is not None:
        return "nvidia-smi", source.count("\n", 0, command.end()) + 1
    code = read(source)
    for call in code.calls if code is not None else ():
        if call.method in _READERS and call.receiver and _is_shown(call.statement):
            return call.name, call.line
    return None


def _is_shown(statement: ast.stmt) -> bool:
    """Whether a statement prints, or is itself what the cell shows."""
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in ("print", "display")
    return not isinstance(value, ast.Call) or (
        isinstance(value.func, ast.Attribute) and value.func.attr in _READERS
    )
