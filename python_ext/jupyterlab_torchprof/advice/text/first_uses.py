"""Goes through a cell's text as it runs, and notes how each name is used."""

from __future__ import annotations

import ast
from functools import lru_cache

from ...fixes.syntax import parse
from .code import dotted
from .names import TRAINING_CALLS, FirstUse, Kind, NameUses, owners_of

_MAYBE = (
    ast.AsyncFor,
    ast.AsyncWith,
    ast.For,
    ast.If,
    ast.IfExp,
    ast.Match,
    ast.Try,
    getattr(ast, "TryStar", ast.Try),  # from Python 3.11 on
    ast.While,
    ast.With,  # may swallow an error
)


_KINDS: dict[type[ast.expr_context], Kind] = {
    ast.Load: "read",
    ast.Store: "bound",
    ast.Del: "deleted",
}


@lru_cache(maxsize=512)
def name_uses(source: str) -> NameUses | None:
    """The names of a cell; ``None`` if its text cannot be read. Don't change the result."""
    try:
        tree = parse(source)
    except SyntaxError:
        return None
    visitor = _Visitor()
    for statement in tree.body:
        visitor.visit(statement)
    return visitor.uses


class _Visitor(ast.NodeVisitor):
    """Visits in the order of evaluation: values before targets."""

    def __init__(self) -> None:
        self.uses = NameUses()
        self._unsure = 0
        self._own: list[set[str]] = []
        """Names of the scopes inside the cell's, innermost last."""

    def _use(self, name: str, kind: Kind, line: int) -> None:
        uses, owners = self.uses, owners_of(name)
        if any((*owners, name)[0] in own for own in self._own):
            return
        sure, order = self._unsure == 0, len(uses.first)
        for owner in owners:
            uses.first.setdefault(owner, FirstUse("read", sure, order))
        uses.read.update(owners)
        use = FirstUse(kind, sure, order)
        uses.first.setdefault(name, use)
        uses.whole.setdefault(name, use)
        if kind == "read":
            uses.read.add(name)
            uses.handed_on.add(name)
        elif kind == "bound":
            uses.bound[name] = line

    def visit(self, node: ast.AST) -> None:
        """Visit a node and all below it."""
        maybe = isinstance(node, _MAYBE)
        if not maybe:
            super().visit(node)
            return
        self._unsure += 1
        super().visit(node)
        self._unsure -= 1

    def visit_Name(self, node: ast.Name | ast.Attribute) -> None:
        name = dotted(node)
        if name.startswith("?"):
            self.generic_visit(node)
        else:
            self._use(name, _KINDS[type(node.ctx)], node.lineno)

    visit_Attribute = visit_Name

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        name = dotted(node.target)
        if not name.startswith("?"):
            self._use(name, "read", node.lineno)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute):
            if function.attr in TRAINING_CALLS:
                self.uses.trains = True
            filled = dotted(function.value)
            if function.attr in ("append", "extend") and not filled.startswith("?"):
                self.uses.bound[filled] = node.lineno
        elif isinstance(function, ast.Name) and function.id in TRAINING_CALLS:
            self.uses.trains = True

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self._use(alias.asname or alias.name.split(".")[0], "bound", node.lineno)

    visit_ImportFrom = visit_Import

    def _scope(self, node: ast.AST, own: set[str]) -> None:
        self._own.append(own)
        self._unsure += 1
        self.generic_visit(node)
        self._unsure -= 1
        self._own.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope(node, _local_names(node))
        self._use(node.name, "bound", node.lineno)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope(node, _local_names(node))
        self._use(node.name, "bound", node.lineno)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._scope(node, _local_names(node))

    def _comprehension(self, node: ast.AST) -> None:
        own = {
            name.id
            for generator in getattr(node, "generators", ())
            for name in ast.walk(generator.target)
            if isinstance(name, ast.Name)
        }
        self._own.append(own)
        self.generic_visit(node)
        self._own.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension


def _local_names(scope: ast.AST) -> set[str]:
    """Names that a function or class binds for itself."""
    names: set[str] = set()
    shared: set[str] = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            shared.update(node.names)
    return names - shared
