"""What cells do with gathered tensors: whether it makes a difference where they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...record import CellRecord
from ..code import read

_MAX_NAMES = 12
_TO_HOST = frozenset({"cpu", "item", "numpy", "tolist"})
_TELLS = frozenset(
    {"append", "clear", "device", "dim", "dtype", "element_size", "extend", "nbytes", "ndim"}
    | {"numel", "shape", "size"}
)
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
_LOOKS = frozenset({"display", "isinstance", "len", "print", "repr", "str", "type"})
_VALUES = frozenset({"bool", "float", "int"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(slots=True)
class LaterUse:
    """The uses of a variable in all cells, and of what was made from it."""

    to_host: bool = False
    """Something takes the values to the host."""
    elsewhere: bool = False
    """Something does with them what the text does not explain, or needs the device."""
    computes: bool = False
    """Something computes with them before."""
    readers: set[str] = field(default_factory=set)
    """Run ids of the cells that read them."""


def later_use(cells: Sequence[CellRecord], variable: str) -> LaterUse:
    """Follow a variable through the texts of the cells."""
    use = LaterUse()
    pending, known = [variable], {variable}
    while pending and not use.elsewhere:
        name = pending.pop()
        for cell in cells:
            if name not in cell.source:
                continue
            code = read(cell.source)
            if code is None:
                use.elsewhere = True
                break
            follower = _Follower(use, code.tree)
            if follower.follow(name, code.tree):
                use.readers.add(cell.run_id)
            new = follower.aliases - known
            known |= new
            pending += new
        use.elsewhere = use.elsewhere or len(known) > _MAX_NAMES
    return use


class _Follower:
    """Follows names through one cell."""

    def __init__(self, use: LaterUse, tree: ast.AST) -> None:
        self._use = use
        self._parents = {
            child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)
        }
        self.aliases: set[str] = set()

    def follow(self, name: str, scope: ast.AST) -> bool:
        """Whether the scope reads the name; what it does with it goes into the result."""
        loads = [
            node
            for node in ast.walk(scope)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        for node in loads:
            self._climb(node)
        return bool(loads)

    def _climb(self, node: ast.AST) -> None:
        current: ast.AST | None = node
        while current is not None:
            current = self._up(current)

    def _up(self, node: ast.AST) -> ast.AST | None:
        """What the value of a node becomes a part of; ``None`` where its way ends."""
        parent = self._parents[node]
        if isinstance(parent, ast.Attribute):
            return self._method(parent)
        if isinstance(parent, ast.Call) and node is not parent.func:
            return self._passed(parent)
        if isinstance(parent, (ast.List, ast.Tuple, ast.Starred)):
            return parent
        if isinstance(parent, ast.Subscript) and node is parent.value:
            return parent
        if isinstance(parent, ast.comprehension) and node is parent.iter:
            self._each(parent.target, self._parents[parent])
        elif isinstance(parent, ast.For) and node is parent.iter:
            self._each(parent.target, parent)
        elif isinstance(parent, _COMPREHENSIONS):
            return parent
        elif isinstance(parent, ast.Assign) and all(
            isinstance(target, ast.Name) for target in parent.targets
        ):
            self.aliases.update(t.id for t in parent.targets if isinstance(t, ast.Name))
        elif not isinstance(parent, (ast.Expr, ast.FormattedValue)):
            self._use.elsewhere = True
        return None

    def _each(self, target: ast.expr, scope: ast.AST) -> None:
        for name in ast.walk(target):
            if isinstance(name, ast.Name):
                self.follow(name.id, scope)

    def _method(self, attribute: ast.Attribute) -> ast.AST | None:
        call = self._parents[attribute]
        name = attribute.attr
        if name in _TELLS:
            return None
        if not isinstance(call, ast.Call) or call.func is not attribute:
            self._use.elsewhere = True
        elif name in _TO_HOST or (name == "to" and _is_host(call)):
            self._use.to_host = True
        elif name in _ARRANGES | _COMPUTES and all(map(_is_plain, _arguments(call))):
            self._use.computes = self._use.computes or name in _COMPUTES
            return call
        else:
            self._use.elsewhere = True
        return None

    def _passed(self, call: ast.Call) -> ast.AST | None:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else None
        name = function.id if isinstance(function, ast.Name) else name
        if name in _JOINS or (name in _PASSES and isinstance(function, ast.Name)):
            return call
        if isinstance(function, ast.Name) and name in _VALUES:
            self._use.to_host = True
        elif not isinstance(function, ast.Name) or name not in _LOOKS:
            self._use.elsewhere = True
        return None


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (word.value for word in call.keywords)


def _is_plain(node: ast.expr) -> bool:
    return all(
        isinstance(each, (ast.Constant, ast.UnaryOp, ast.Tuple, ast.expr_context, ast.USub))
        for each in ast.walk(node)
    )


def _is_host(call: ast.Call) -> bool:
    return any(isinstance(a, ast.Constant) and a.value == "cpu" for a in _arguments(call))
