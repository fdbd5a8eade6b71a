"""Functions of the cells that compute from what they get, and keep nothing of it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from ..code import dotted, resolve
from ..functions import Function, functions_in, parameters_of
from ..names import TRAINING_CALLS

_BUILTINS = frozenset(
    {"abs", "enumerate", "float", "int", "len", "list", "max", "min", "print", "range", "sum"}
    | {"tuple", "zip"}
)
_KEEPS = frozenset({"append", "appendleft", "extend", "insert", "add", "update", "setdefault"})
_LEAVES = (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Await, ast.Lambda, *(Function,))
_NOT_PLAIN = ("torch.autograd.", "torch.func.", "torch.save", "torch.compile", "torch.utils.")


def plain_functions(
    texts: Iterable[str], modules: Collection[str], imports: Mapping[str, str]
) -> set[str]:
    """Names of functions that give nothing on but by their return, in every text that has them.

    They call PyTorch, ``modules``, methods of their own variables, and each other. A loss of two
    embeddings is one; what fills a memory bank is none.
    """
    return set(_plain(frozenset(texts), frozenset(modules), frozenset(imports.items())))


@lru_cache(maxsize=16)
def _plain(
    texts: frozenset[str], modules: frozenset[str], named: frozenset[tuple[str, str]]
) -> frozenset[str]:
    imports = dict(named)
    known: dict[str, list[Function]] = {}
    for text in texts:
        for function in functions_in(text):
            known.setdefault(function.name, []).append(function)
    plain = set(known)
    while True:
        allowed = plain | modules
        left = {name for name in plain if all(_is_plain(f, allowed, imports) for f in known[name])}
        if left == plain:
            return frozenset(plain)
        plain = left


def _is_plain(function: Function, allowed: Collection[str], imports: Mapping[str, str]) -> bool:
    if function.decorator_list or isinstance(function, ast.AsyncFunctionDef):
        return False
    parameters = set(parameters_of(function))
    own = parameters | {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if parameters & {"self", "cls"}:
        return False
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, _LEAVES):
                return False
            if (
                isinstance(node, (ast.Attribute, ast.Subscript))
                and not isinstance(node.ctx, ast.Load)
                and dotted(_root(node)) not in own - parameters
            ):
                return False
            if isinstance(node, ast.Call) and not _is_allowed(
                node, own, parameters, allowed, imports
            ):
                return False
    return True


def _is_allowed(
    call: ast.Call,
    own: Collection[str],
    parameters: Collection[str],
    allowed: Collection[str],
    imports: Mapping[str, str],
) -> bool:
    function = call.func
    name = dotted(function)
    if name in allowed and name not in own:
        return True
    full = resolve(name, imports)
    if full.startswith("torch."):
        return not full.startswith(_NOT_PLAIN) and full.rpartition(".")[2].islower()
    if isinstance(function, ast.Name):
        return name in _BUILTINS and hasattr(builtins, name) and name not in own
    if not isinstance(function, ast.Attribute) or function.attr in TRAINING_CALLS:
        return False
    root = _root(function)
    if isinstance(root, ast.Name):
        known = set(own) - set(parameters) if function.attr in _KEEPS else set(own)
        return root.id in known
    return function.attr not in _KEEPS  # of a result, as in `(a @ b).sum()`


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node
