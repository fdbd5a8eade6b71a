"""Which places of the program's text a run went through, as far as the text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .code import Call, Code, read
from .program import Program, Site


def sites_of_run(program: Program, sites: Iterable[Site]) -> list[Site]:
    """Those in the cell that ran, and those in functions of other cells that it calls."""
    found = list(sites)
    if all(site.record is program.record for site in found):
        return found
    code = read(program.record.source)
    reached = functions_reached(program, code.calls if code is not None else ())
    return [
        site for site in found if site.record is program.record or site.call.reached_by in reached
    ]


def block_of(code: Code, statement: ast.stmt) -> list[ast.stmt]:
    """The statements among which one stands; empty if it is not in this cell."""
    for node in ast.walk(code.tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and any(each is statement for each in block):
                return block
    return []


def mentions(program: Program, *words: str) -> bool:
    """Whether any cell so far contains one of these texts."""
    return any(word in cell.source for cell in program.cells for word in words)


def functions_reached(program: Program, calls: Iterable[Call]) -> set[str]:
    """Names of functions that these calls are of, and that those of the notebook call."""
    return functions_below(program, (call.method for call in calls))


def functions_below(program: Program, names: Iterable[str]) -> set[str]:
    """These names of functions, and those that the notebook's functions among them call."""
    pending = list(names)
    reached: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending.extend(call.method for call in program.calls_by_function.get(name, ()))
    return reached


def calls_below(program: Program, calls: Iterable[Call]) -> Iterator[Call]:
    """The calls that stand in functions of the notebook which these calls run."""
    for name in functions_reached(program, calls):
        yield from program.calls_by_function.get(name, ())
