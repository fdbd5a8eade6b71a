"""What cells do with tensors that have a graph: whether they want it back."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import TypeGuard

from ....record import CellRecord
from ..code import dotted, resolve
from ..functions import Function
from .flow import COMPREHENSIONS, LOOKS, Follower, Uses, follow

_GRAPH = frozenset(
    {"backward", "detach_", "grad", "grad_fn", "is_leaf", "output_nr", "register_hook"}
    | {"register_post_accumulate_grad_hook", "requires_grad", "requires_grad_", "retain_grad"}
    | {"retains_grad", "set_", "share_memory_"}
)
_FACTS = frozenset({"device", "dim", "dtype", "is_cuda", "ndim", "numel", "shape", "size"})
_NO_GRAPH = _FACTS | {
    *("all", "any", "argmax", "argmin", "argsort", "bool", "data", "detach", "eq", "ge", "gt"),
    *("int", "item", "le", "long", "lt", "ne", "numpy", "tolist"),
}
"""Methods and attributes without a graph in any case."""
_REPORTS = frozenset(
    {"add_scalar", "add_scalars", "debug", "info", "log", "set_description", "set_postfix", "write"}
)
"""Methods that show a value and hand nothing on."""
GATHERS = frozenset({"add", "append", "appendleft", "extend", "insert", "setdefault", "update"})
_VALUES = frozenset({"bool", "float", "int", "round"})
_PASSES = frozenset(
    {"abs", "dict", "enumerate", "iter", "list", "max", "min", "next", "reversed", "set", "sorted"}
    | {"sum", "tuple", "zip"}
)
_OPERATORS = (ast.BinOp, ast.BoolOp, ast.Compare, ast.Dict, ast.IfExp, ast.NamedExpr, ast.Set)
_PARTS = (ast.List, ast.Slice, ast.Starred, ast.Tuple, ast.UnaryOp, *_OPERATORS, *COMPREHENSIONS)
_ENDS = (ast.Assert, ast.Expr, ast.FormattedValue, ast.If, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_DECORATORS = frozenset({"classmethod", "property", "staticmethod"})
_DRAWS = frozenset({"matplotlib", "numpy", "pandas", "seaborn"})
_NOT_FUNCTIONS = ("torch.autograd.", "torch.compile", "torch.func.", "torch.nn.utils.")


def graph_uses(
    texts: Sequence[str],
    variables: Collection[str],
    *,
    own: str,
    functions: Collection[str] = (),
    modules: Collection[str] = (),
    plain: Collection[str] = (),
    imports: Mapping[str, str],
    detached: bool = False,
    asked: bool = False,
) -> Uses:
    """Follow tensors with a graph through the texts of the cells.

    ``own`` is the text of the run that made them; ``functions``: those that return such tensors;
    ``modules``: variables that hold modules, whose call keeps nothing of its input; ``plain``:
    functions of which the same is known (`plain_functions`). ``detached``:
    follow values without a graph, too, which may take part in a training all the same, and name
    attributes that get them, and are not followed. ``asked``: the texts may ask for the graph, for
    it is known what came of that; followed is only by which names they have it.
    """
    kind = partial(
        _Graphs,
        modules=frozenset((*modules, *plain)),
        imports=imports,
        detached=detached,
        asked=asked,
    )
    return follow(kind, texts, variables, own=own, functions=functions, modules=modules)


class _Graphs(Follower):
    """Everything is allowed that does not ask for the graph, as far as it can be followed."""

    def __init__(
        self,
        uses: Uses,
        source: str,
        tree: ast.AST,
        *,
        modules: frozenset[str],
        imports: Mapping[str, str],
        detached: bool,
        asked: bool,
    ) -> None:
        """See `graph_uses`."""
        super().__init__(uses, source, tree)
        self._detached = detached
        self._asked = asked
        self._modules = modules
        self._imports = imports

    def up(self, node: ast.AST, parent: ast.AST) -> ast.AST | None:
        """See `Follower.up`."""
        if isinstance(parent, ast.Attribute):
            return self._method(parent)
        if isinstance(parent, ast.keyword):
            parent = self.parents[parent]
        if isinstance(parent, ast.Call) and node is not parent.func:
            return self._passed(parent)
        if isinstance(parent, ast.Subscript):
            return parent if isinstance(parent.ctx, ast.Load) else None
        if isinstance(parent, ast.comprehension) and node is parent.iter:
            self.each(parent.target, self.parents[parent])
        elif isinstance(parent, (ast.For, ast.AsyncFor)) and node is parent.iter:
            self.each(parent.target, parent)
            self._bind([parent.target], parent)
        elif isinstance(parent, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            if node is parent.value:
                targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
                self._bind(targets, parent)
        elif isinstance(parent, _PARTS):
            self.uses.computes = self.uses.computes or isinstance(parent, _OPERATORS)
            if isinstance(parent, ast.NamedExpr):
                self._bind([parent.target], parent)
            return parent
        elif not isinstance(parent, _ENDS):
            self._end(parent)
        return None

    def _end(self, statement: ast.AST) -> None:
        """The value leaves by the return of the function whose body the text is, or is lost."""
        around: ast.AST | None = statement
        while around is not None and not isinstance(around, _FUNCTIONS):
            around = self.parents.get(around)
        if isinstance(statement, ast.Return) and around is None:
            self.uses.returned = True
        elif isinstance(statement, ast.Return) and _is_plain(around):
            self.uses.returning.add(around.name)
        else:
            self.give_up()

    def _bind(self, targets: Sequence[ast.expr], place: ast.AST) -> None:
        """Take on names, also of containers; give up where a target is anything else."""
        plain: list[ast.expr] = []
        for target in targets:
            parts = target.elts if isinstance(target, (ast.List, ast.Tuple)) else [target]
            plain += map(container, parts)
        if self._detached:
            kept = [target for target in plain if isinstance(target, ast.Attribute)]
            self.uses.attributes.update(map(dotted, kept))
            plain = [target for target in plain if not isinstance(target, ast.Attribute)]
        if not self.bind(plain, place):
            self.give_up()

    def _method(self, attribute: ast.Attribute) -> ast.AST | None:
        call, name = self.parents[attribute], attribute.attr
        is_call = isinstance(call, ast.Call) and call.func is attribute
        if name in _GRAPH and self._asked:
            return None
        if name in _GRAPH or not isinstance(attribute.ctx, ast.Load):
            self.give_up()
        elif name in (_FACTS if self._detached else _NO_GRAPH):
            self.uses.to_host = self.uses.to_host or name not in _FACTS
        elif name in GATHERS and is_call:
            return None if name in ("append", "extend", "insert", "update") else call
        else:
            self.uses.computes = True
            return call if is_call else attribute
        return None

    def _passed(self, call: ast.Call) -> ast.AST | None:
        function = call.func
        full = resolve(dotted(function), self._imports)
        package, last = full.partition(".")[0], full.rpartition(".")[2]
        if isinstance(function, ast.Name) and function.id in LOOKS | _VALUES:
            self.uses.to_host = self.uses.to_host or function.id in _VALUES
            return call if self._detached and function.id in _VALUES else None
        if self._detached and isinstance(function, ast.Attribute) and function.attr in _REPORTS:
            return None
        if isinstance(function, ast.Name) and function.id in _PASSES:
            return call
        if dotted(function) in self._modules:
            return call
        if isinstance(function, ast.Attribute) and last in GATHERS and package != "torch":
            self._bind([function.value], call)
            return None
        if package == "torch" and last.islower() and not full.startswith(_NOT_FUNCTIONS):
            if "grad" not in last and last != "save":
                self.uses.computes = True
                return call
        elif package in _DRAWS:
            return None
        self.give_up()
        return None


def _is_plain(function: ast.AST | None) -> TypeGuard[Function]:
    """Whether only a text with its name can get what a function returns, and gets just that."""
    return (
        isinstance(function, Function)
        and not function.name.startswith("__")
        and all(dotted(each) in _DECORATORS for each in function.decorator_list)
    )


def container(target: ast.expr) -> ast.expr:
    """``history`` of ``history["train"]`` and of ``*history``."""
    while isinstance(target, (ast.Starred, ast.Subscript)):
        target = target.value
    return target


def modules_of(record: CellRecord) -> list[str]:
    """Variables that hold modules after a run, and attributes as their own methods write them."""
    modules = [] if record.placement is None else list(record.placement.modules)
    found: dict[str, None] = {}
    while modules:
        module = modules.pop()
        owner, _, own = module.path.rpartition(".")
        found[module.path] = None
        if owner:
            found[f"self.{own}"] = None
        modules += module.children
    return list(found)
