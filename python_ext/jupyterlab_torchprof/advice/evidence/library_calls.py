"""The library loops that a notebook constructs, by the names under which it calls them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..text.code import Call, dotted, read, resolve
from ..text.constructors import sites_of
from ..text.makers import assigned_to
from ..text.program import Program
from ..text.settings import LIBRARIES, Library


def loop_calls(program: Program) -> set[str]:
    """Names of loops and of variables that hold one: ``L.Trainer`` and ``trainer``.

    Not where it gets callbacks or loggers of which no text and no library we know says what they
    do.
    """
    found: set[str] = set()
    for library in LIBRARIES:
        for site in sites_of(program, library, library.loops):
            helpers = list(_helpers(site.call))
            if site.call.has_double_star:
                continue
            if all(_is_known(each, library, program) for each in helpers):
                found |= {site.call.name, *assigned_to(site.call)}
    return found


def _helpers(call: Call) -> Iterator[ast.expr]:
    """What a loop is told to call as it goes."""
    for name in ("callbacks", "logger", "plugins"):
        given = call.keywords.get(name)
        if isinstance(given, (ast.List, ast.Tuple)):
            yield from given.elts
        elif given is not None and not isinstance(given, ast.Constant):
            yield given


def _is_known(helper: ast.expr, library: Library, program: Program) -> bool:
    """Whether it is made by a class of the notebook's or of the library."""
    if isinstance(helper, ast.Tuple) and helper.elts:  # skorch: a name and a callback
        helper = helper.elts[-1]
    if isinstance(helper, ast.Name):
        makers = [call.name for call in _calls(program) if helper.id in assigned_to(call)]
    else:
        makers = [dotted(helper.func if isinstance(helper, ast.Call) else helper)]
    return bool(makers) and all(
        resolve(name, program.imports).partition(".")[0] in library.packages
        or name in _classes(program)
        for name in makers
    )


def _calls(program: Program) -> Iterator[Call]:
    for cell in program.cells:
        code = read(cell.source)
        yield from code.calls if code is not None else ()


def _classes(program: Program) -> set[str]:
    codes = (read(cell.source) for cell in program.cells if "class " in cell.source)
    return {
        node.name
        for code in codes
        if code is not None
        for node in ast.walk(code.tree)
        if isinstance(node, ast.ClassDef)
    }
