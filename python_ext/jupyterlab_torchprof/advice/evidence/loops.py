"""Loops that a library runs: whose they are, and the call that constructed what takes settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...record import CellRecord, Made, Place
from ..text.code import Call, read
from ..text.constructors import assigned_in, sites_of
from ..text.program import Program, Site
from ..text.settings import Library, library_of
from .functions.view import run_of


@dataclass(frozen=True, slots=True)
class Loop:
    """A call of the user's in which a library runs the loop, or a step of it."""

    library: Library
    caller: Place
    """The line that called the library."""
    constructor: Site | None
    """The call that takes the library's settings, if it is certain."""

    def made(self, made: Made | None) -> bool:
        """Whether something was made within this very call, so by the library."""
        caller = self.caller
        return made is not None and (made.line, made.source_hash) == (
            caller.line,
            caller.source_hash,
        )


def loop_of(program: Program, record: CellRecord, place: int | None) -> Loop | None:
    """The library's loop in which something happened, the innermost whose constructor is found.

    Where none is found, the innermost one. ``program``: of the run, not of a function.
    """
    first: Loop | None = None
    for library, caller in _calls_of_libraries(run_of(record), place):
        loop = Loop(library, caller, _constructor(program, library, caller))
        if loop.constructor is not None:
            return loop
        first = first or loop
    return first


def _calls_of_libraries(run: CellRecord, place: int | None) -> Iterator[tuple[Library, Place]]:
    """The libraries below which a place is, from the inside, and the user's lines above them."""
    while place is not None and 0 <= place < len(run.places):
        node = run.places[place]
        library = library_of(node.package) if node.kind == "library" else None
        parent = node.parent
        if library is not None and parent is not None and run.places[parent].kind != "library":
            yield library, run.places[parent]
        place = parent


def _constructor(program: Program, library: Library, caller: Place) -> Site | None:
    """What a line's object was constructed with: the only candidate there is."""
    cell = next((each for each in program.cells if each.source_hash == caller.source_hash), None)
    code = read(cell.source) if cell is not None else None
    if cell is None or code is None or caller.line is None:
        return None
    loops = list(sites_of(program, library, library.loops))
    here = [call for call in code.calls if call.place.line <= caller.line <= call.place.end_line]
    made = {
        id(site.call): site for call in here for site in _makers(library, Site(cell, call), loops)
    }
    if len(made) != 1:
        return None
    loop = next(iter(made.values()))
    return loop if library.passed_as is None else _passed(program, library, loop)


def _makers(library: Library, site: Site, makers: list[Site]) -> Iterator[Site]:
    """The calls that may have made the object whose method a call is of."""
    function = site.call.node.func
    if library.is_called:
        yield from assigned_in(makers, function, site)
        return
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call):
        yield from (each for each in makers if each.call.node is function.value)
    elif isinstance(function, ast.Attribute):
        yield from assigned_in(makers, function.value, site)


def _passed(program: Program, library: Library, loop: Site) -> Site | None:
    """The call that constructed the settings which a loop's constructor gets."""
    node = _argument(loop.call, library)
    if node is None:
        return None
    makers = list(sites_of(program, library, library.constructors))
    if isinstance(node, ast.Call):
        found = [each for each in makers if each.call.node is node]
    else:
        found = list(assigned_in(makers, node, loop))
    return found[0] if len(found) == 1 else None


def _argument(call: Call, library: Library) -> ast.expr | None:
    """What is passed as the settings."""
    if library.passed_as in call.keywords:
        return call.keywords[library.passed_as]
    plain = [] if any(isinstance(each, ast.Starred) for each in call.node.args) else call.node.args
    at = library.passed_at
    return plain[at] if at is not None and len(plain) > at else None
