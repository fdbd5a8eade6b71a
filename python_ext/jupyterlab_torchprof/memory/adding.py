"""Which line of a cell adds to a list, a dictionary, or what else gathers tensors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from ..advice.text.code import read

_ADDING = frozenset({"append", "appendleft", "add", "extend", "insert", "setdefault", "update"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_REPEATED = (ast.For, ast.AsyncFor, ast.While, *_FUNCTIONS)
_MAKERS = frozenset({"list", "dict", "set", "deque", "OrderedDict"})


@lru_cache(maxsize=64)
def adding_line(
    source: str, path: str, *, function: str | None = None, owner: str | None = None
) -> int | None:
    """The only line of a cell that adds to what is at ``path``, in a loop or a function.

    ``function``: the one in which ``path`` is a local variable, which must stand in the cell;
    ``owner``: the class of the object whose attribute it is, so that its methods count, too.
    ``None`` as well if what is there may have been bound with something in it.
    """
    code = read(source)
    if code is None:
        return None
    tree: ast.AST = code.tree
    if function is not None:
        functions = [
            node
            for node in ast.walk(tree)
            if isinstance(node, _FUNCTIONS) and node.name == function
        ]
        if len(functions) != 1:
            return None
        tree = functions[0]
    lines = set(_adding(tree, path, owner))
    return lines.pop() if len(lines) == 1 else None


def _adding(tree: ast.AST, path: str, owner: str | None) -> Iterator[int | None]:
    """Lines that add; ``None`` for what is not repeated."""
    of_self = f"self.{path.rpartition('.')[2]}"
    stack: list[tuple[ast.AST, bool, str | None]] = [(tree, False, None)]
    while stack:
        node, is_repeated, cls = stack.pop()
        names = {path, of_self} if cls is not None and cls == owner else {path}
        if any(_written(target) in names for target in _targets(node)):
            yield getattr(node, "lineno", None) if is_repeated else None
        if any(_exactly(target) in names for target in _bound(node)):
            yield None
        is_repeated = is_repeated or isinstance(node, _REPEATED)
        cls = node.name if isinstance(node, ast.ClassDef) else cls
        stack += [(child, is_repeated, cls) for child in ast.iter_child_nodes(node)]


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    """What a piece of code adds to."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _ADDING:
            yield node.func.value
    elif isinstance(node, ast.AugAssign):
        yield node.target
    elif isinstance(node, ast.Assign):
        yield from (target for target in node.targets if isinstance(target, ast.Subscript))


def _bound(node: ast.AST) -> Iterator[ast.expr]:
    """What a statement binds to something that may be full."""
    if isinstance(node, ast.Assign) and not _is_empty(node.value):
        yield from node.targets
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and not (
        node.value is None or _is_empty(node.value)
    ):
        yield node.target


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, (ast.List, ast.Tuple)):
        return not value.elts
    if isinstance(value, ast.Dict):
        return all(isinstance(each, ast.expr) and _is_empty(each) for each in value.values)
    if not isinstance(value, ast.Call):
        return False
    name = value.func.attr if isinstance(value.func, ast.Attribute) else _exactly(value.func)
    return name == "defaultdict" or (name in _MAKERS and not value.args)


def _written(target: ast.expr) -> str:
    """A name or attribute, whatever is taken out of it by keys."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return _exactly(target)


def _exactly(target: ast.expr) -> str:
    return ast.unparse(target) if isinstance(target, (ast.Name, ast.Attribute)) else ""
