"""Where the notebook constructs objects of a library's classes, or of its own subclasses."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from .code import dotted, read, resolve
from .makers import assigned_to
from .paths import path_of
from .program import Program, Site
from .settings import Library


def sites_of(program: Program, library: Library, classes: Collection[str]) -> Iterator[Site]:
    """Calls of these classes of a library, and of the notebook's classes that inherit them."""
    own = {name for name, bases in _bases(program) if bases & set(classes)}
    for cell in program.nearest_first:
        words = {*classes, *own, *_renamed(program, classes)}
        code = read(cell.source) if any(word in cell.source for word in words) else None
        for call in code.calls if code is not None else ():
            if call.name in own or _is_of(resolve(call.name, program.imports), library, classes):
                yield Site(cell, call)


def assigned_in(makers: Iterable[Site], node: ast.expr, used: Site) -> Iterator[Site]:
    """Those calls whose value an expression can have where it is used.

    What a function binds to a plain name is seen in that function only.
    """
    path = path_of(node)
    for each in makers:
        if path is None or path not in assigned_to(each.call):
            continue
        scope = each.call.function
        is_near = path.startswith("self.") or scope == used.call.function
        if scope is None or (each.record is used.record and is_near):
            yield each


def _is_of(name: str, library: Library, classes: Collection[str]) -> bool:
    package, _, last = name.rpartition(".")
    return last in classes and package.partition(".")[0] in library.packages


def _renamed(program: Program, classes: Collection[str]) -> Iterator[str]:
    """Names under which cells have imported these classes."""
    for name, full in program.imports.items():
        if full.rpartition(".")[2] in classes:
            yield name


def _bases(program: Program) -> Iterator[tuple[str, set[str]]]:
    """Classes of the notebook, and the last parts of the names of what each inherits."""
    direct: dict[str, set[str]] = {}
    for cell in program.cells:
        code = read(cell.source) if "class " in cell.source else None
        for node in ast.walk(code.tree) if code is not None else ():
            if isinstance(node, ast.ClassDef):
                names = (resolve(dotted(base), program.imports) for base in node.bases)
                direct[node.name] = {name.rpartition(".")[2] for name in names}
    for name in direct:
        found: set[str] = set()
        pending = [name]
        while pending:
            for base in direct.get(pending.pop(), ()):
                if base not in found:
                    found.add(base)
                    pending.append(base)
        yield name, found
