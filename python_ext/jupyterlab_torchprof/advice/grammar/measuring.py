"""Whether a remedy would change what a profiler or a timer of the notebook's own looks at."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from msgspec.structs import replace

from ...record import CellRecord, FileText
from ..evidence.measuring import measured
from ..text.code import read
from ..text.measurements import FUNCTIONS, lines_of
from ..text.program import Program
from .case import Case
from .finding import Remedy
from .rule import Alters


def is_measured(alters: Alters, run: Case, case: Case, remedy: Remedy) -> bool:
    """Whether a remedy would change what somebody measures in the run; `Rule.alters`.

    ``case``: what the rule spoke of, which may be a function of the run.
    """
    if alters == "nothing":
        return False
    if remedy.file is not None and _is_measured_within(remedy.file, case, remedy.lines):
        return True
    found, record = measured(run.program), run.record
    if not found:
        return False
    if found.whole or (alters == "run" and _work(run) & found.lines):
        return True
    code = remedy.file or remedy.code or record
    if code is record:
        return bool(found.lines & _touched(record, remedy))
    if found.elsewhere.get(code.source, set()) & set(remedy.lines):
        return True
    return bool(found.functions & _functions_at(code.source, remedy.lines))


def _is_measured_within(file: FileText, case: Case, lines: Sequence[int]) -> bool:
    """Whether the module itself measures what it does on these lines."""
    as_cell = replace(case.record, source=file.source)
    found = measured(Program(as_cell, [*case.program.runs[:-1], as_cell]))
    measures = found.whole or bool(found.lines & set(lines))
    return measures or bool(found.functions & _functions_at(file.source, lines))


def _work(run: Case) -> set[int | None]:
    """Lines on which the run's models computed."""
    if run.record.grad is None:
        return set()
    grad = run.grad
    places = {entry.place for entry in grad.forwards}
    return set(map(run.line, places | {grad.last_backward_place, grad.last_step_place}))


def _touched(record: CellRecord, remedy: Remedy) -> set[int]:
    edits = remedy.fix.edits if remedy.fix is not None else []
    own = [edit for edit in edits if edit.source_hash == record.source_hash]
    return {*remedy.lines, *(edit.start.line + 1 for edit in own)}


def _functions_at(source: str, lines: Sequence[int]) -> set[str]:
    code = read(source)
    defined = (
        [n for n in ast.walk(code.tree) if isinstance(n, FUNCTIONS)] if code is not None else []
    )
    return {node.name for node in defined if lines_of(node) & set(lines)}
