"""Where a value goes that a block computes, and whether somebody there changes it in place."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..code import dotted, read, resolve
from ..functions import (
    Function,
    arguments_of,
    binds,
    is_among,
    is_method,
    made_by_imports,
    parameters_of,
)
from ..libraries import is_library
from .around import CellText
from .flow import COMPREHENSIONS, arguments
from .graphs import GATHERS
from .values import changed

_FACTS = frozenset({"device", "dtype", "item", "ndim", "shape", "size", "tolist"})
_PASSES = frozenset(
    {"dict", "enumerate", "filter", "iter", "list", "map", "max", "min", "next", "reversed", "set"}
    | {"sorted", "tuple", "zip"}
)
_SETTINGS = frozenset({"data", "grad", "requires_grad"})
_VALUES = frozenset({"bool", "float", "int", "len", "str"})
_FRESH = frozenset(
    {"abs", "all", "any", "argmax", "argmin", "argsort", "bmm", "cat", "clone", "concat", "cumsum"}
    | {"eq", "exp", "ge", "gt", "le", "log", "log_softmax", "logsumexp", "lt", "matmul", "max"}
    | {"mean", "median", "min", "mm", "ne", "norm", "prod", "round", "sigmoid", "softmax", "sort"}
    | {"sqrt", "stack", "std", "sum", "tanh", "topk", "var"}
)
"""What computes a tensor of its own, which may be changed if it is made outside of the block."""
_KEEPERS = frozenset({"from_pretrained", "register_buffer", "register_parameter"})
_GROUPS = (ast.List, ast.Set, ast.Tuple)
_MOST_ROUNDS = 8

_Key = tuple[ast.AST | None, str]
"""A name and the function that it is local to; attributes and global names are nobody's."""


def is_changed_where_it_goes(
    texts: Collection[str], around: str, block: ast.stmt, imports: Mapping[str, str]
) -> bool:
    """Whether a value of ``block`` may be changed in place, or wrapped, by who gets it.

    It is followed into functions that it is passed to, and into what they keep and return.
    ``around``: the text that the block stands in, on the same lines; nothing in it counts. What
    functions do whose text is not here is not known, so they may.
    """
    trees = {text: code.tree for text in texts if (code := read(text)) is not None}
    cells = [CellText(tree, block if text == around else None) for text, tree in trees.items()]
    functions: dict[str, list[Function]] = {}
    for cell in cells:
        for node in cell.around:
            if isinstance(node, Function):
                functions.setdefault(node.name, []).append(node)
    search = _Search(
        functions,
        imports,
        made_by_imports(texts, but=is_library),
        any("inplace=True" in text for text in texts),
    )
    for _round in range(_MOST_ROUNDS):
        before = len(search.known)
        if any(search.is_spoiled(cell) for cell in cells):
            return True
        if len(search.known) == before:
            return False
    return True


@dataclass
class _Search:
    """What may hold the value by now."""

    functions: Mapping[str, list[Function]]
    imports: Mapping[str, str]
    foreign: set[str]
    """Names that get something of a module whose text is not here."""
    has_inplace: bool
    """Layers may change what they get."""
    known: set[_Key] = field(default_factory=set)

    def is_spoiled(self, cell: CellText) -> bool:
        """Go once through a text; whether it changes what may hold the value."""
        for node, function in cell.around.items():
            self._bind(cell, node, function)
            if isinstance(node, ast.Call) and self._is_lost(cell, node):
                return True
            if node in cell.inside:
                continue
            target = changed(node)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                target = node.value if node.attr in _SETTINGS else None
            if target is not None and self._holds(cell, target):
                return True
        return False

    def _bind(self, cell: CellText, node: ast.AST, function: ast.AST | None) -> None:
        """Take on what a node binds to the value."""
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign):
            self._take(cell, node.targets, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            self._take(cell, [node.target], node.value)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._take(cell, [node.target], node.iter)
        elif isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)):
            if isinstance(function, Function) and value is not None and self._holds(cell, value):
                self.known.add((None, f"{function.name}()"))
        elif isinstance(node, ast.Call):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if owner is not None and dotted(node.func).rpartition(".")[2] in GATHERS:
                for argument in node.args:
                    self._take(cell, [owner], argument)
            for called in self._functions(cell, node):
                for name, argument in arguments_of(node, called):
                    if self._holds(cell, argument):
                        self.known.add((called, name))

    def _take(self, cell: CellText, targets: list[ast.expr], value: ast.expr | None) -> None:
        if value is None or not self._holds(cell, value):
            return
        for target in targets:
            for part in [*ast.walk(target)] if isinstance(target, _GROUPS) else [target]:
                key = self._key(cell, part)
                if key is not None:
                    self.known.add(key)

    def _key(self, cell: CellText, node: ast.AST) -> _Key | None:
        while isinstance(node, (ast.Subscript, ast.Starred)):
            node = node.value
        if isinstance(node, ast.Attribute):
            return None, node.attr
        if not isinstance(node, ast.Name):
            return None
        function = cell.around.get(node)
        while isinstance(function, Function):
            if node.id in parameters_of(function) or binds(function, node.id):
                return function, node.id
            function = cell.around.get(function)
        return None, node.id

    def _holds(self, cell: CellText, value: ast.expr) -> bool:
        """Whether an expression is the value, a view of it, or something that holds it."""
        if isinstance(value, (ast.Name, ast.Attribute)):
            name = value.id if isinstance(value, ast.Name) else value.attr
            # A function that returns it may be a property, or be called by who gets it.
            if self._key(cell, value) in self.known or (None, f"{name}()") in self.known:
                return True
        if isinstance(value, ast.Attribute):
            return value.attr not in _FACTS and self._holds(cell, value.value)
        if isinstance(value, (ast.Subscript, ast.Starred, ast.NamedExpr, ast.Await)):
            return self._holds(cell, value.value)
        if isinstance(value, ast.IfExp):
            return self._holds(cell, value.body) or self._holds(cell, value.orelse)
        if isinstance(value, (*_GROUPS, ast.Dict)):
            parts = value.values if isinstance(value, ast.Dict) else value.elts
            return any(self._holds(cell, each) for each in parts)
        if isinstance(value, COMPREHENSIONS):
            return self._holds(cell, value.value if isinstance(value, ast.DictComp) else value.elt)
        if isinstance(value, ast.Call):
            return self._call_holds(cell, value)
        return value in cell.inside and not isinstance(value, (ast.Constant, ast.JoinedStr))

    def _call_holds(self, cell: CellText, call: ast.Call) -> bool:
        own = call.func.value if isinstance(call.func, ast.Attribute) else None
        full = resolve(dotted(call.func), self.imports)
        name = full.rpartition(".")[2]
        if name in (_VALUES if own is None else _FACTS):
            return False
        if call in cell.inside or (None, f"{name}()") in self.known:
            return True
        is_fresh = name in _FRESH and (own is not None or full.startswith("torch."))
        if is_fresh or name in self.functions:
            return False
        if is_library(full) and not full.startswith("torch."):
            return name in _PASSES and self._gets(cell, call)
        return self._gets(cell, call) or (own is not None and self._holds(cell, own))

    def _gets(self, cell: CellText, call: ast.Call) -> bool:
        return any(self._holds(cell, each) for each in arguments(call))

    def _functions(self, cell: CellText, call: ast.Call) -> list[Function]:
        """The functions of these texts that a call may be of."""
        name = dotted(call.func).rpartition(".")[2]
        is_attribute = isinstance(call.func, ast.Attribute)
        if name in self.functions:
            return [each for each in self.functions[name] if is_attribute or not is_method(each)]
        if is_library(resolve(dotted(call.func), self.imports)):
            return []
        if name[:1].isupper():
            return self.functions.get("__init__", [])
        # Within the block, what a module changes in place is its own.
        if is_attribute or call in cell.inside:
            return []
        return [each for name in ("forward", "__call__") for each in self.functions.get(name, ())]

    def _is_lost(self, cell: CellText, call: ast.Call) -> bool:
        """Whether a call may change or wrap what it gets, and no text tells."""
        if not self._gets(cell, call):
            return False
        written = dotted(call.func)
        full, root = resolve(written, self.imports), written.partition(".")[0]
        name = full.rpartition(".")[2]
        if name in _KEEPERS or (full.startswith("torch.nn.") and name[:1].isupper()):
            return True
        if name in self.functions or is_library(full):
            is_inplace = any(word.arg == "inplace" for word in call.keywords)
            return is_inplace and call not in cell.inside
        if root in self.imports or is_among(self.foreign, written):
            return True
        return self.has_inplace and call not in cell.inside
