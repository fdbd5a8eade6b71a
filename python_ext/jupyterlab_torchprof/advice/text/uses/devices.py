"""What cells do with gathered tensors: whether it makes a difference where they are."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from functools import partial

from ..code import Place
from .flow import COMPREHENSIONS, LOOKS, Follower, Uses, arguments, follow

_TO_HOST = frozenset({"cpu", "item", "numpy", "tolist"})
_TELLS = frozenset({"dim", "dtype", "element_size", "nbytes", "ndim", "numel", "shape", "size"})
_ARRANGES = frozenset(
    {"clone", "contiguous", "detach", "flatten", "permute", "reshape", "squeeze", "transpose"}
    | {"unsqueeze", "view"}
)
_COMPUTES = frozenset(
    {"abs", "argmax", "double", "exp", "float", "half", "log_softmax", "long", "max", "mean", "min"}
    | {"sigmoid", "softmax", "std", "sum", "topk", "var"}
)
_JOINS = frozenset({"cat", "concat", "concatenate", "hstack", "stack", "vstack"})
_PASSES = frozenset({"enumerate", "iter", "list", "next", "reversed", "tuple"})
_VALUES = frozenset({"bool", "float", "int"})
_GATHERS = frozenset({"append", "clear"})
_HANDS_OUT = frozenset({"copy", "items", "values"})


def device_uses(
    texts: Sequence[str],
    variable: str,
    *,
    own: str,
    sites: Collection[tuple[str, Place]] = (),
    functions: Collection[str] = (),
) -> Uses:
    """Follow a collection of tensors through the texts of the cells.

    ``own`` is the text of the run that filled it. ``sites``: texts and places of the values that
    are gathered, which a fix moves. ``functions``: those that return such a collection.
    """
    gathered = {(text, place.line, place.end_line) for text, place in sites}
    return follow(
        partial(_Devices, gathered=gathered), texts, [variable], own=own, functions=functions
    )


class _Devices(Follower):
    """Nothing but what is the same on every device is allowed."""

    def __init__(
        self, uses: Uses, source: str, tree: ast.AST, *, gathered: Collection[tuple[str, int, int]]
    ) -> None:
        """``gathered``: texts and lines of the values that a fix moves."""
        super().__init__(uses, source, tree)
        self._gathered = gathered

    def up(self, node: ast.AST, parent: ast.AST) -> ast.AST | None:
        """See `Follower.up`."""
        if isinstance(parent, ast.Attribute):
            return self._method(parent)
        if isinstance(parent, ast.Call) and node is not parent.func:
            return self._passed(parent)
        if isinstance(parent, (ast.List, ast.Tuple, ast.Starred)):
            return parent
        if isinstance(parent, ast.Subscript) and node is parent.value:
            if not self._is_site(self.parents[parent]):
                return parent
        elif isinstance(parent, ast.comprehension) and node is parent.iter:
            self.each(parent.target, self.parents[parent])
        elif isinstance(parent, ast.For) and node is parent.iter:
            names = [each for each in ast.walk(parent.target) if isinstance(each, ast.Name)]
            self.each(parent.target, parent)
            self.bind(names, parent)  # the last one stays
        elif isinstance(parent, COMPREHENSIONS):
            return parent
        elif isinstance(parent, ast.Assign) and node is parent.value:
            if not self.bind(parent.targets, parent):
                self.give_up()
        elif not isinstance(parent, (ast.Expr, ast.FormattedValue)) and not self._is_site(parent):
            self.give_up()
        return None

    def _is_site(self, node: ast.AST) -> bool:
        """Whether the values that a statement adds are moved, too."""
        value = getattr(node, "value", None)
        if isinstance(node, ast.Call) and len(node.args) == 1:
            value = node.args[0]
        if isinstance(value, ast.List) and len(value.elts) == 1:
            value = value.elts[0]
        place = (self.source, getattr(value, "lineno", 0), getattr(value, "end_lineno", 0))
        return isinstance(node, (ast.Assign, ast.AugAssign, ast.Call)) and place in self._gathered

    def _method(self, attribute: ast.Attribute) -> ast.AST | None:
        call = self.parents[attribute]
        name = attribute.attr
        if name in _TELLS:
            return None
        if not isinstance(call, ast.Call) or call.func is not attribute:
            self.give_up()
        elif name in _TO_HOST or (name == "to" and _is_host(call)):
            self.uses.to_host = True
        elif name in _ARRANGES | _COMPUTES and all(map(_is_plain, arguments(call))):
            self.uses.computes = self.uses.computes or name in _COMPUTES
            return call
        elif name in _HANDS_OUT and not call.args:
            return call
        elif name not in _GATHERS or (call.args and not self._is_site(call)):
            self.give_up()
        return None

    def _passed(self, call: ast.Call) -> ast.AST | None:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else None
        name = function.id if isinstance(function, ast.Name) else name
        if (name in _JOINS and _is_pure(call)) or (
            name in _PASSES and isinstance(function, ast.Name)
        ):
            return call
        if isinstance(function, ast.Name) and name in _VALUES:
            self.uses.to_host = True
        elif not isinstance(function, ast.Name) or name not in LOOKS:
            self.give_up()
        return None


def _is_pure(call: ast.Call) -> bool:
    """Whether a call joins one collection, and nothing else that may be on the device."""
    nodes = [node for part in arguments(call) for node in ast.walk(part)]
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return len({node.id for node in names} - bound - _PASSES) == 1


def _is_host(call: ast.Call) -> bool:
    return any(isinstance(a, ast.Constant) and a.value == "cpu" for a in arguments(call))


def _is_plain(node: ast.expr) -> bool:
    """Whether an expression has nothing but constants."""
    return all(
        isinstance(each, (ast.Constant, ast.UnaryOp, ast.Tuple, ast.expr_context, ast.USub))
        for each in ast.walk(node)
    )
