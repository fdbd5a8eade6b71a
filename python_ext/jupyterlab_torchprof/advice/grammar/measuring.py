"""Whether a remedy would change what a profiler or a timer of the notebook's own looks at."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...record import CellRecord
from ..evidence.measuring import measured
from ..text.code import read
from ..text.measurements import FUNCTIONS, lines_of
from .case import Case
from .finding import Remedy
from .rule import Alters


def is_measured(alters: Alters, run: Case, remedy: Remedy) -> bool:
    """Whether a remedy would change what somebody measures in the run; `Rule.alters`."""
    if alters == "nothing":
        return False
    found, record = measured(run.program), run.record
    if not found:
        return False
    if found.whole or (alters == "run" and _work(run) & found.lines):
        return True
    code = remedy.code or record
    if code is record:
        return bool(found.lines & _touched(record, remedy))
    return bool(found.functions & _functions_at(code.source, remedy.lines))


def _work(run: Case) -> set[int | None]:
    """Lines on which the run's models computed."""
    if run.record.grad is None:
        return set()
    lines = {entry.line for entry in run.grad.forwards}
    return lines | {run.grad.last_backward_line, run.grad.last_step_line}


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
