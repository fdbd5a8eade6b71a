"""Code that somebody is measuring: what a profiler or a timer of the notebook's own looks at.

A cell that profiles a model exists for the numbers it shows, so a change of what is measured is
no help there. What runs under a profiler is told by the run (`Forwards.profiler`) where it was
seen, and by the text: blocks, decorators, calls and magics.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ...derive import line_of
from ...record import CellRecord
from ..text.code import read
from ..text.measurements import FUNCTIONS, WORDS, Measurements, instruments, lines_of
from ..text.program import Program
from ..text.sites import functions_below, functions_reached


@dataclass(slots=True)
class Measured:
    """What of a run somebody was measuring."""

    whole: bool = False
    lines: set[int] = field(default_factory=set)
    """Of the cell that ran."""
    functions: set[str] = field(default_factory=set)
    """Of the notebook, by name: what they do is measured where they are called."""
    elsewhere: dict[str, set[int]] = field(default_factory=dict)
    """By the text of another cell: the lines on which its functions measure something."""

    def __bool__(self) -> bool:
        return self.whole or bool(self.lines)


def measured(program: Program) -> Measured:
    """What the notebook's own profilers and timers look at in the run."""
    record = program.record
    found = Measured(lines=_seen(record))
    if not found.lines and not any(WORDS.search(cell.source) for cell in program.cells):
        return found
    names = instruments(program)
    measuring: set[str] = set()
    called: set[str] = set()
    reached = functions_below(program, _called_on(record))
    for cell in program.cells:
        reader = Measurements(cell.source, program.imports, names)
        measuring |= reader.measuring
        if cell is record:
            found.whole = reader.whole
            found.lines |= reader.lines
            called |= reader.functions | _called_on(cell, reader.lines | _seen(record, alone=True))
            called |= _called_on(cell) if found.whole else set()
        elif reader.measuring & reached:
            found.elsewhere[cell.source] = reader.lines
            called |= _called_on(cell, reader.lines)
    _add_callers(found, program, measuring)
    _add_called(found, program, called)
    return found


def measured_lines(record: CellRecord, history: Sequence[CellRecord]) -> Collection[int]:
    """Lines to leave out for rules that speak of several at once; cheap where there are none."""
    if not _seen(record) and not WORDS.search(record.source):
        return ()
    return measured(Program(record, history)).lines


def _seen(record: CellRecord, *, alone: bool = False) -> set[int]:
    """Lines whose forwards ran below a profiler or a timer; ``alone``: and no others."""
    forwards = record.grad.forwards if record.grad is not None else []
    found = [(line_of(record, entry.place), entry.profiler) for entry in forwards]
    others = {line for line, profiler in found if not profiler} if alone else set()
    return {line for line, profiler in found if profiler and line is not None} - others


def _called_on(cell: CellRecord, lines: Collection[int] | None = None) -> set[str]:
    """The functions that are called on these lines of a cell, or on all."""
    code = read(cell.source)
    calls = code.calls if code is not None else ()
    return {call.method for call in calls if lines is None or call.line in lines}


def _add_callers(found: Measured, program: Program, functions: set[str]) -> None:
    """Lines of the cell that call functions in which something is measured."""
    code = read(program.record.source) if functions else None
    for call in code.calls if code is not None else ():
        if functions & functions_reached(program, [call]):
            found.lines |= lines_of(call.statement) if _is_simple(call.statement) else {call.line}


def _is_simple(statement: ast.stmt) -> bool:
    return not hasattr(statement, "body")


def _add_called(found: Measured, program: Program, called: set[str]) -> None:
    """Functions that are called where it is measured; and of the cell's, the lines of them."""
    code = read(program.record.source)
    if code is None:
        return
    found.functions = functions_below(program, called)
    for node in ast.walk(code.tree):
        if isinstance(node, FUNCTIONS) and node.name in found.functions:
            found.lines |= lines_of(node)
