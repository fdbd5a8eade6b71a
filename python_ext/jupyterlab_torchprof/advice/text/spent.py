"""Graphs that nothing can go through again, since a backward in the loop has been through them."""

from __future__ import annotations

import ast

from .code import dotted

_LETS_GO = frozenset({"detach", "item", "tolist", "numpy", "float", "int", "len"})
"""Calls whose result has no graph."""


def spent_names(value: ast.expr, loop: ast.AST) -> list[str]:
    """Variables of an expression that a backward in the loop has been through."""
    spent = _spent(loop) & _bound_in(loop)
    if any(_makes_another(node, spent) for node in ast.walk(value)):
        return []
    return [name for name in _carried(value) if name in spent]


def _spent(loop: ast.AST) -> set[str]:
    """Variables that a backward in the loop goes through, or that such are computed from."""
    spent: set[str] = set()
    computed: list[tuple[set[str], set[str]]] = []
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "backward":
                if any(word.arg in ("retain_graph", "create_graph") for word in node.keywords):
                    return set()
                for part in (node.func.value, *node.args):
                    spent.update(_carried(part))
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            bound = _bound_by(node)
            computed.append((bound, set(_carried(node.value)) - bound))
    while True:
        more = {name for bound, read in computed if bound & spent for name in read} - spent
        if not more:
            return spent
        spent |= more


def _carried(value: ast.expr) -> list[str]:
    """The variables in an expression whose graphs its value keeps, as far as the text tells."""
    found: list[str] = []
    stack: list[ast.AST] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            if dotted(node.func).rpartition(".")[2] in _LETS_GO:
                continue
            stack += [*node.args, *(word.value for word in node.keywords)]
            if isinstance(node.func, ast.Attribute):
                stack.append(node.func.value)
        elif isinstance(node, ast.Attribute) and node.attr in ("data", "shape"):
            continue
        elif isinstance(node, ast.Name):
            found.append(node.id)
        else:
            stack += list(ast.iter_child_nodes(node))
    return found


def _bound_in(loop: ast.AST) -> set[str]:
    """Variables that each round assigns anew; neither those of the loop's head nor modules."""
    return {
        name
        for node in ast.walk(loop)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr))
        for name in _bound_by(node)
    }


def _bound_by(node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr) -> set[str]:
    """All variables in the targets of an assignment."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {
        each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
    }


def _makes_another(node: ast.AST, spent: set[str]) -> bool:
    """Whether a part of what is gathered is computed by a call, with a graph of its own."""
    if not isinstance(node, ast.Call):
        return False
    root, dot, _rest = dotted(node.func).partition(".")
    return not (root in spent if dot else root in ("float", "int", "len"))
