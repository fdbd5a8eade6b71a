"""Graphs that nothing can go through again, since a backward in the loop has been through them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .code import dotted
from .functions import Function, Functions, arguments_of, called, parameters_of, returned_by
from .paths import is_part, path_of

_LETS_GO = frozenset({"detach", "item", "tolist", "numpy", "float", "int", "len"})
"""Calls whose result has no graph."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A value, or a part of a tuple or dictionary, whose graph is spent."""

    node: ast.expr
    path: str
    """What in it a backward has been through: ``loss``, ``self.loss``."""


def spent_parts(value: ast.expr, loop: ast.AST, functions: Functions) -> list[Spent]:
    """The parts of an expression that a backward in the loop has been through.

    ``functions``: those that may run a backward for the loop.
    """
    return _parts_of(value, _Backwards(functions).of_loop(loop))


def _parts_of(value: ast.expr, spent: set[str]) -> list[Spent]:
    return [
        Spent(part, paths[0])
        for part in _parts(value)
        if (paths := _carried_of(part, spent)) and not _computes_another(part, spent)
    ]


def _parts(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, (ast.Tuple, ast.List)):
        return value.elts
    return value.values if isinstance(value, ast.Dict) else [value]


def _carried_of(value: ast.AST, spent: set[str]) -> list[str]:
    return [path for path in _carried(value) if any(is_part(path, whole) for whole in spent)]


class _Backwards:
    """What the backwards of a loop go through, which may run in functions of the notebook."""

    def __init__(self, functions: Functions) -> None:
        """``functions`` as for `spent_parts`."""
        self._functions = functions
        self._known: dict[Function, set[str]] = {}
        self._open: set[Function] = set()
        """Those that are being looked at: what they call themselves is not theirs."""

    def of_loop(self, loop: ast.AST) -> set[str]:
        """What a backward goes through, or such is computed from, and each round makes."""
        passed: set[str] = set()
        computed: list[tuple[set[str], set[str]]] = []
        for node in ast.walk(loop):
            if isinstance(node, ast.Call):
                passed.update(self._passed_through(node))
            elif isinstance(node, (ast.Assign, ast.AugAssign)):
                bound = _bound_by(node)
                computed.append((bound, set(_carried(node.value)) - bound))
                passed.update(self._returned(node))
        spent, more = set(passed), set(passed)
        while more:
            more = {path for bound, read in computed if bound & spent for path in read} - spent
            spent |= more
        made = _bound_in(loop)
        own = passed & _parameters(loop)
        return own | {path for path in spent if any(is_part(path, whole) for whole in made)}

    def _of_function(self, function: Function) -> set[str]:
        """The same of a function: each is looked at once, however often it is called."""
        if function not in self._known:
            self._open.add(function)
            self._known[function] = self.of_loop(function)
            self._open.remove(function)
        return self._known[function]

    def _called(self, call: ast.AST) -> Function | None:
        function = called(call, self._functions)
        return None if function in self._open else function

    def _passed_through(self, call: ast.Call) -> Iterator[str]:
        """What a call runs a backward through: itself, or as a function of the notebook."""
        function = self._called(call)
        if function is not None:
            spent = self._of_function(function)
            for parameter, argument in arguments_of(call, function):
                if parameter in spent:
                    yield from _carried(argument)
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "backward":
            for part in (call.func.value, *call.args):
                yield from _carried(part)

    def _returned(self, node: ast.Assign | ast.AugAssign) -> Iterator[str]:
        """What gets the result of a function that has run its backward: ``loss = step(x)``."""
        function = self._called(node.value)
        if function is None or isinstance(node, ast.AugAssign):
            return
        for value in returned_by(function):
            spent = [one.node for one in _parts_of(value, self._of_function(function))]
            for target in node.targets:
                for own, part in zip(_parts(target), _parts(value), strict=False):
                    path = path_of(own)
                    if path is not None and part in spent:
                        yield path


def _parameters(loop: ast.AST) -> set[str]:
    """What each call of a function brings."""
    return set(parameters_of(loop)) if isinstance(loop, Function) else set()


def _carried(value: ast.AST) -> list[str]:
    """The paths in an expression whose graphs its value keeps, as far as the text tells."""
    found: list[str] = []
    stack: list[ast.AST] = [value]
    while stack:
        node = stack.pop()
        path = path_of(node)
        if isinstance(node, ast.Call):
            if dotted(node.func).rpartition(".")[2] in _LETS_GO:
                continue
            stack += [*node.args, *(word.value for word in node.keywords)]
            if isinstance(node.func, ast.Attribute):
                stack.append(node.func.value)
        elif isinstance(node, ast.Attribute) and node.attr in ("data", "shape"):
            continue
        elif path is not None:
            found.append(path)
        elif not isinstance(node, ast.Starred):  # a list of them is none itself
            stack += list(ast.iter_child_nodes(node))
    return found


def _bound_in(loop: ast.AST) -> set[str]:
    """What each round assigns anew; neither the variables of the loop's head nor modules."""
    return {
        name
        for node in ast.walk(loop)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr))
        for name in _bound_by(node)
    }


def _bound_by(node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr) -> set[str]:
    """All paths that are targets of an assignment."""
    pending = list(node.targets if isinstance(node, ast.Assign) else [node.target])
    found: set[str] = set()
    while pending:
        target = pending.pop()
        path = path_of(target)
        if path is not None:
            found.add(path)
        elif isinstance(target, (ast.Tuple, ast.List)):
            pending += target.elts
    return found


def _computes_another(value: ast.AST, spent: set[str]) -> bool:
    """Whether a part of what is gathered is computed by a call, with a graph of its own."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id in ("float", "int", "len"):
                continue
            if not isinstance(function, ast.Attribute):
                return True
            owner = path_of(function.value)
            if owner is not None and not any(is_part(owner, whole) for whole in spent):
                return True
    return False
