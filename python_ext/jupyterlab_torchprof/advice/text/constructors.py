"""Where the notebook constructs objects of a library's classes, or of its own subclasses."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from .code import Call, dotted, read, resolve
from .makers import assigned_to
from .paths import path_of
from .program import Program, Site
from .settings import Library

_RETURN_SELF = frozenset({"to", "cuda"})
"""Methods that give back the object that they are called on."""


def sites_of(program: Program, library: Library, classes: Collection[str]) -> Iterator[Site]:
    """Calls of these classes of a library, and of the notebook's classes that inherit them."""
    own = {name for name, bases in _bases(program) if bases & set(classes)}
    for cell in program.nearest_first:
        words = {*(each.lstrip("*") for each in classes), *own, *_renamed(program, classes)}
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
        if path is None or path not in _bound(each.call):
            continue
        scope = each.call.function
        is_near = path.startswith("self.") or scope == used.call.function
        if scope is None or (each.record is used.record and is_near):
            yield each


def _bound(call: Call) -> set[str]:
    """What a call's value is bound to, itself or by a method that returns the object."""
    statement, node = call.statement, call.node
    value = statement.value if isinstance(statement, ast.Assign) else None
    while isinstance(value, ast.Call) and value is not node:
        function = value.func
        is_kept = isinstance(function, ast.Attribute) and function.attr in _RETURN_SELF
        value = function.value if is_kept and isinstance(function, ast.Attribute) else None
    if value is node and isinstance(statement, ast.Assign):
        return {path for path in map(path_of, statement.targets) if path is not None}
    return assigned_to(call)


def _is_of(name: str, library: Library, classes: Collection[str]) -> bool:
    package, _, path = name.partition(".")
    return package in library.packages and any(_ends_with(path, each) for each in classes)


def _ends_with(path: str, name: str) -> bool:
    """Whether a path is of a class, as `Library.loops` names it."""
    return path.endswith(name[1:]) if name.startswith("*") else f".{path}".endswith(f".{name}")


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
