"""Which reads of a name are of the notebook's variable, and find what was bound to it before."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from ..code import dotted, read
from ..functions import Function, binds, is_method
from ..names import owners_of

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_PAUSES = (ast.Yield, ast.YieldFrom)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor)

Parents = Mapping[ast.AST, ast.AST]


def parents_of(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    """Of each node of a tree."""
    return {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}


def reads(tree: ast.AST, name: str, parents: Parents, *, within: bool) -> Iterator[ast.Name]:
    """Where a cell reads, or changes in place, the global variable.

    A function's own variable of that name is another one. ``within``: the cell itself binds the
    name to what is looked for; else reads below another binding, which stands in their way, do
    not count.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        augmented = isinstance(parents[node], ast.AugAssign)
        if not isinstance(node.ctx, ast.Load) and not augmented:
            continue
        if not _is_bound_before(node, name, parents, within=within):
            yield node


def attribute_reads(tree: ast.AST, path: str, parents: Parents) -> Iterator[ast.Attribute | None]:
    """Where a text reads an attribute, written as ``self.history``, of whatever it may be there.

    ``None``: it hands on what has the attribute, to who may read it in some other way.
    """
    owners, attribute = owners_of(path), path.rpartition(".")[2]
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Attribute, ast.Name)):
            continue
        parent = parents[node]
        if isinstance(parent, ast.Call) and parent.func is node:
            continue  # no value, but a method
        is_read = isinstance(node.ctx, ast.Load) or isinstance(parent, ast.AugAssign)
        if isinstance(node, ast.Attribute) and node.attr == attribute and is_read:
            yield node
        elif is_read and dotted(node) in owners:
            is_on_the_way = isinstance(parent, ast.Attribute) and parent.attr != "__dict__"
            yield from () if is_on_the_way else (None,)


def methods_read(tree: ast.AST, name: str) -> Iterator[ast.Attribute]:
    """Where a text reads a method or a property of this name, of whatever it may be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == name:
            yield node


def method_around(node: ast.AST, parents: Parents) -> str | None:
    """The name of the method that a node stands in."""
    around: ast.AST | None = node
    while around is not None and not (isinstance(around, Function) and is_method(around)):
        around = parents.get(around)
    return around.name if isinstance(around, Function) else None


def reads_in_function(source: str, name: str) -> bool:
    """Whether a function of the cell needs the global variable, and may do so later.

    A generator that a variable keeps is like a function. What the function has bound itself by
    then it does not need.
    """
    if name not in source:
        return False
    code = read(source)
    if code is None:
        return True
    parents = parents_of(code.tree)
    needed: list[ast.AST] = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Del)
    ]
    found = reads(code.tree, name, parents, within=True)
    needed += [node for node in found if not _is_own(node, name, parents)]
    return any(_runs_later(node, parents) for node in needed)


def _is_own(node: ast.AST, name: str, parents: Parents) -> bool:
    """Whether the function that reads a global variable has surely bound it above."""
    bound = False
    while node in parents:
        child, node = node, parents[node]
        bound = bound or any(_binds_surely(each, name) for each in _above(child, node))
        if isinstance(node, (*FUNCTIONS, ast.GeneratorExp)):
            pauses = (isinstance(each, _PAUSES) for each in ast.walk(node))
            return bound and not isinstance(node, ast.GeneratorExp) and not any(pauses)
    return False


def _runs_later(node: ast.AST, parents: Parents) -> bool:
    """Whether a node stands in a function, or in a generator that a variable keeps."""
    while node in parents:
        child, node = node, parents[node]
        is_kept = isinstance(child, ast.GeneratorExp) and isinstance(node, ast.Assign)
        if is_kept or isinstance(node, FUNCTIONS):
            return True
    return False


def _is_bound_before(node: ast.AST, name: str, parents: Parents, *, within: bool) -> bool:
    child, crossed = node, False
    while child in parents:
        parent = parents[child]
        if isinstance(parent, FUNCTIONS):
            if child is not getattr(parent, "args", None) and is_local(parent, name):
                return True
            crossed = True  # it runs when it is called: what stands above proves nothing
        elif isinstance(parent, _COMPREHENSIONS):
            first = parent.generators[0]
            if child is not first and any(_binds(each.target, name) for each in parent.generators):
                return True
        elif not within and not crossed:
            if isinstance(parent, _LOOPS) and child in parent.body and _binds(parent.target, name):
                return True
            if any(_binds_surely(each, name) for each in _above(child, parent)):
                return True
        child = parent
    return False


def _above(child: ast.AST, parent: ast.AST) -> list[ast.stmt]:
    """The statements that have run when a statement of the same block begins."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, None)
        if isinstance(block, list) and child in block:
            found: list[ast.stmt] = block[: block.index(child)]
            return found
    return []


def _binds_surely(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, ast.Assign):
        return any(_binds(target, name) for target in statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is not None and _binds(statement.target, name)
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        items = [item.optional_vars for item in statement.items if item.optional_vars is not None]
        return any(_binds(target, name) for target in items)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return any((alias.asname or alias.name.split(".")[0]) == name for alias in statement.names)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return statement.name == name
    return False


def _binds(target: ast.expr, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(target)
    )


def is_local(function: ast.AST, name: str) -> bool:
    """Whether a function has a variable of its own of this name, or a parameter."""
    arguments = getattr(function, "args", None)
    if arguments is not None and any(
        isinstance(each, ast.arg) and each.arg == name for each in ast.iter_child_nodes(arguments)
    ):
        return True
    return binds(function, name)
