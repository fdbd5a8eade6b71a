"""Have a function compute with one thread."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..record import Fix
from .cell import CannotFix, descendants, imported_by
from .rewrite import Rewrite
from .torch_name import find_torch

__all__ = ["CannotFix", "set_one_thread"]

_SETTER = "set_num_threads"


def set_one_thread(source: str, line: int, *, torch_name: str | None, cell_id: str | None) -> Fix:
    """Have the innermost function around ``line`` begin with ``torch.set_num_threads(1)``.

    ``torch_name``: under which the namespace holds PyTorch. Raises CannotFix where that is not
    possible, and where the function sets the number of threads by itself.
    """
    rewrite = Rewrite(source, cell_id)
    function = _around(rewrite, line)
    name, block = function.name.value, function.body
    if not isinstance(block, cst.IndentedBlock):
        raise CannotFix(f"The statement of line {line} stands behind a colon.")
    for node in descendants(function):
        if isinstance(node, cst.Name) and node.value == _SETTER:
            raise CannotFix(f"{name} sets the number of threads by itself.")
    torch = find_torch(rewrite.cell, rewrite.cell.lines(function)[0], torch_name)
    own = [each for each in descendants(function) if torch.expression in _bound_by(each)]
    body = block.body
    index = int(function.get_docstring() is not None)
    if own:  # the name is the function's own, and stands for nothing before
        while index < len(body) and _is_import(body[index]):
            index += 1
        if not all(any(each in _parts(head) for head in body[:index]) for each in own):
            raise CannotFix(f"{name} imports torch below other statements.")
    elif torch.import_line is not None:
        raise CannotFix("The notebook has no name for torch.")
    call = f"{torch.expression}.{_SETTER}(1)"
    if index < len(body):
        rewrite.add_line_above(body[index], call)
    else:
        rewrite.add_line_below(body[-1], call)
    return rewrite.fix(f"Compute with one thread in {name}")


def _around(rewrite: Rewrite, line: int) -> cst.FunctionDef:
    """The innermost function whose lines hold one."""
    found: cst.FunctionDef | None = None
    for node in descendants(rewrite.cell.module):
        if isinstance(node, cst.FunctionDef):
            first, last = rewrite.cell.lines(node)
            inner = found is None or first > rewrite.cell.lines(found)[0]
            if first <= line <= last and inner:
                found = node
    if found is None:
        raise CannotFix(f"Line {line} stands in no function.")
    return found


def _parts(statement: cst.BaseStatement) -> Sequence[cst.CSTNode]:
    return statement.body if isinstance(statement, cst.SimpleStatementLine) else ()


def _is_import(statement: cst.BaseStatement) -> bool:
    parts = _parts(statement)
    return bool(parts) and all(isinstance(each, (cst.Import, cst.ImportFrom)) for each in parts)


def _bound_by(node: cst.CSTNode) -> set[str]:
    """Names that an import binds; none of anything else."""
    if not isinstance(node, cst.BaseSmallStatement):
        return set()
    return {name for _what, name in imported_by(node)}
