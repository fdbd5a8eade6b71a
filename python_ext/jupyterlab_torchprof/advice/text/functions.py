"""The notebook's functions: which one a call is of, what it gets, and what it gives back."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache

from .code import read
from .paths import path_of
from .program import Program

Function = ast.FunctionDef | ast.AsyncFunctionDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
Functions = Mapping[str, Function]
"""By name, without that of a class."""


def functions_of(program: Program) -> dict[str, Function]:
    """Those of the session's cells, as they were defined last.

    A name that two functions of one cell have is left out: it does not say which one is called.
    """
    found: dict[str, Function] = {}
    for cell in program.cells:
        own = functions_in(cell.source)
        count = Counter(function.name for function in own)
        for function in own:
            found.pop(function.name, None)
            if count[function.name] == 1:
                found[function.name] = function
    return found


@lru_cache(maxsize=1024)
def functions_in(source: str) -> tuple[Function, ...]:
    """The functions and methods of a cell."""
    code = read(source) if "def " in source else None
    nodes = ast.walk(code.tree) if code is not None else ()
    return tuple(node for node in nodes if isinstance(node, Function))


@lru_cache(maxsize=1024)
def attributes_set_in(source: str) -> frozenset[str]:
    """The attributes that a cell sets, by name: also fields of its classes, and of a namespace."""
    code = read(source)
    found: set[str] = set()
    for node in ast.walk(code.tree) if code is not None else ():
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg is not None:
            found.add(node.arg)
        elif isinstance(node, ast.ClassDef):
            fields = (each for each in node.body if isinstance(each, (ast.AnnAssign, ast.Assign)))
            names = (each for field in fields for each in ast.walk(field))
            found |= {
                each.id
                for each in names
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
    return frozenset(found)


def made_by_imports(
    sources: Collection[str], *, but: Callable[[str], bool] = lambda _name: False
) -> set[str]:
    """Variables and attributes, by name, that cells bind to what a call of an import gives.

    So does a class of their own that has one imported below it. ``but``: whether what has this
    full name does not count.
    """
    codes = [code for code in map(read, sources) if code is not None]
    imported = {name for code in codes for name, full in code.imports.items() if not but(full)}
    classes = [
        node for code in codes for node in ast.walk(code.tree) if isinstance(node, ast.ClassDef)
    ]
    bases = {
        each.name: {(path_of(base) or "").partition(".")[0] for base in each.bases}
        for each in classes
    }
    while new := {name for name, of in bases.items() if not of.isdisjoint(imported)} - imported:
        imported |= new
    return {
        name
        for code in codes
        for node in ast.walk(code.tree)
        for target, value in assigned_by(node)
        if (name := getattr(target, "id", getattr(target, "attr", None))) is not None
        and isinstance(value, ast.Call)
        and (path_of(value.func) or "").partition(".")[0] in imported
    }


def is_among(names: Collection[str], path: str) -> bool:
    """Whether what has the attribute at a path, or has that, is of one of these names."""
    return any(owner in names for owner in path.split(".")[:-1])


def assigned_by(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a statement binds, and to what: ``a, b = f(), g()`` binds each to its own."""
    if not isinstance(node, ast.Assign):
        return
    for target in node.targets:
        value = node.value
        if (
            isinstance(target, (ast.List, ast.Tuple))
            and isinstance(value, (ast.List, ast.Tuple))
            and len(target.elts) == len(value.elts)
        ):
            yield from zip(target.elts, value.elts, strict=True)
        else:
            yield target, value


@lru_cache(maxsize=4096)
def only_defines(source: str) -> bool:
    """Whether a cell does nothing but import, and define functions and classes."""
    code = read(source)
    return code is not None and all(isinstance(each, DEFINITIONS) for each in code.tree.body)


@lru_cache(maxsize=1024)
def definitions_in(source: str) -> str:
    """What a cell's text leaves behind that may run later: its functions and classes."""
    code = read(source) if "def " in source or "lambda" in source else None
    kept = [
        each
        for each in (code.tree.body if code is not None else ())
        if isinstance(each, (Function, ast.ClassDef))
        or (isinstance(each, ast.Assign) and isinstance(each.value, ast.Lambda))
    ]
    return "\n".join(map(ast.unparse, kept))


def called(call: ast.AST, functions: Functions) -> Function | None:
    """The notebook's function that a call is of: a method of something, or a plain function."""
    if not isinstance(call, ast.Call):
        return None
    name = call.func.attr if isinstance(call.func, ast.Attribute) else path_of(call.func)
    function = functions.get(name or "")
    if function is None or is_method(function) != isinstance(call.func, ast.Attribute):
        return None
    return function


def is_method(function: Function) -> bool:
    """Whether what it is called on is its first argument."""
    return parameters_of(function)[:1] in (["self"], ["cls"])


def parameters_of(function: Function) -> list[str]:
    """The names of its parameters that take one argument each, in order."""
    own = function.args
    return [each.arg for each in (*own.posonlyargs, *own.args, *own.kwonlyargs)]


def arguments_of(call: ast.Call, function: Function) -> Iterator[tuple[str, ast.expr]]:
    """A call's arguments by the names of the parameters, as far as the text tells."""
    names = parameters_of(function)[is_method(function) :]
    for name, argument in zip(names, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            break
        yield name, argument
    yield from ((word.arg, word.value) for word in call.keywords if word.arg is not None)


def returned_by(function: ast.AST) -> Iterator[ast.expr]:
    """What its ``return`` statements give back."""
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def binds(function: ast.AST, name: str) -> bool:
    """Whether a function binds the name for itself, and not as a parameter."""
    return not shares(function, name, (ast.Global, ast.Nonlocal)) and any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in _of_its_own(function)
    )


def shares(function: ast.AST, name: str, by: tuple[type[ast.AST], ...] = (ast.Global,)) -> bool:
    """Whether a function says that a name is not its own."""
    return any(
        isinstance(node, by) and name in getattr(node, "names", ())
        for node in _of_its_own(function)
    )


def _of_its_own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function but for what has names of its own: functions and classes in it."""
    stack = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.comprehension):
            stack += [node.iter, *node.ifs]
        elif not isinstance(node, (Function, ast.Lambda, ast.ClassDef)):
            stack += ast.iter_child_nodes(node)


def within_functions(tree: ast.AST) -> Iterator[tuple[ast.AST, str | None]]:
    """All nodes, each with the name of the innermost function around it."""
    stack: list[tuple[ast.AST, str | None]] = [(tree, None)]
    while stack:
        node, function = stack.pop()
        yield node, function
        inner = node.name if isinstance(node, Function) else function
        stack += [(child, inner) for child in ast.iter_child_nodes(node)]
