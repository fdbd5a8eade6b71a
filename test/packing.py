"""The same notebook, packed in another way: its code in functions, its variables in an object.

Advice must not depend on how a program is cut up. Each packing computes what the notebook computes
and leaves the same values behind, under names that its own texts use.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from textwrap import indent

from corpus import Case

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINED = "_defined"
"""Ends the names of cells that define what another cell calls."""


@dataclass(frozen=True)
class Packing:
    """One way to pack notebooks."""

    name: str
    pack: Callable[[Case], Case | None]
    """``None``: this notebook cannot be packed so."""

    def __str__(self) -> str:
        return self.name


def own_cell(name: str) -> str:
    """The notebook's cell that a cell of a packed notebook was made of."""
    return name.removesuffix(_DEFINED)


def in_functions(case: Case) -> Case | None:
    """Each cell's code in a function of its own, which a cell above defines."""
    cells: dict[str, str] = {}
    for name, source in case.cells.items():
        packed = _as_function(f"run_{name}", source)
        if packed is None:
            cells[name] = source
        else:
            cells[name + _DEFINED], call = packed
            cells[name] = _raised(source) + call
    return _packed(case, cells)


def in_an_object(case: Case) -> Case | None:
    """All variables as attributes of one object: ``model`` becomes ``lab.model``."""
    trees = {name: _parse(source) for name, source in case.cells.items()}
    if any(tree is None for tree in trees.values()):
        return None
    found = {name: tree for name, tree in trees.items() if tree is not None}
    kept = {
        bound
        for tree in found.values()
        for node in tree.body
        if isinstance(node, (*_DEFINITIONS, *_IMPORTS))
        for bound in _names_bound(ast.Module([node], []))
    }
    names = {name for tree in found.values() for name in _names_bound(tree)} - kept
    if not names:
        return None
    start = "from types import SimpleNamespace\nlab = SimpleNamespace()\n"
    cells: dict[str, str] = {}
    for name, tree in found.items():
        own = start if not cells else ""
        cells[name] = _raised(case.cells[name]) + own + _with_attributes(tree, names)
    return _packed(case, cells)


PACKINGS = (Packing("functions", in_functions), Packing("an_object", in_an_object))


def _packed(case: Case, cells: dict[str, str]) -> Case | None:
    if cells == case.cells:
        return None
    waits = tuple(name for name in cells if own_cell(name) in case.waits)
    expected = tuple(replace(entry, lines=()) for entry in case.expected)
    return replace(case, cells=cells, waits=waits, expected=expected)


def _raised(source: str) -> str:
    """The comment that says which error a cell must raise."""
    first = source.partition("\n")[0]
    return f"{first}\n" if first.startswith("# raises:") else ""


def _as_function(name: str, source: str) -> tuple[str, str] | None:
    """The definition and the call of a function that does what a cell does.

    ``None`` for cells that only import and define, and for code that cannot be moved: text over
    several lines in quotes, ``import *``, a top-level ``await``, IPython's own syntax.
    """
    tree = _parse(source)
    if tree is None or '"""' in source or "'''" in source:
        return None
    if any(isinstance(node, ast.Await) for node in ast.walk(tree)) or _imports_all(tree):
        return None
    lines = source.split("\n")
    imports = [node for node in tree.body if isinstance(node, _IMPORTS)]
    moved = {number for node in imports for number in _lines(node)}
    body = [line for number, line in enumerate(lines, 1) if number not in moved]
    inner = ast.parse("\n".join(body))
    if all(isinstance(node, _DEFINITIONS) for node in inner.body):
        return None
    shown = inner.body[-1]
    if isinstance(shown, ast.Expr) and shown.col_offset == 0:
        body[shown.lineno - 1] = f"return {body[shown.lineno - 1]}"
    bound = sorted(_names_bound(inner))
    head = [f"def {name}():", *([f"    global {', '.join(bound)}"] if bound else [])]
    above = [lines[number - 1] for number in sorted(moved)]
    return "\n".join([*above, *head, indent("\n".join(body), "    ")]), f"{name}()"


def _with_attributes(tree: ast.Module, names: set[str]) -> str:
    return ast.unparse(ast.fix_missing_locations(_Attributes(names).visit(tree)))


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _imports_all(tree: ast.Module) -> bool:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return any(alias.name == "*" for node in found for alias in node.names)


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _names_bound(tree: ast.AST) -> set[str]:
    """The names that code binds or deletes in its own scope."""
    return set(_bound(tree))


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _DEFINITIONS):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, _COMPREHENSIONS):
        # Its own variables are not the cell's, but for those of ``:=``.
        yield from (each.target.id for each in ast.walk(node) if isinstance(each, ast.NamedExpr))
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield node.id
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    elif isinstance(node, _IMPORTS):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from _bound(child)


class _Attributes(ast.NodeTransformer):
    """Writes variables of the notebook as attributes, where no function has its own of the name."""

    def __init__(self, names: set[str]) -> None:
        self._names = names
        self._own: list[set[str]] = []

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._names or any(node.id in own for own in self._own):
            return node
        return ast.copy_location(
            ast.Attribute(ast.Name("lab", ast.Load()), node.id, node.ctx), node
        )

    def visit_Global(self, node: ast.Global) -> ast.stmt:
        left = [name for name in node.names if name not in self._names]
        return ast.Global(left) if left else ast.Pass()

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self._defaults(node.args)
        (node.body,) = self._within(_parameters(node.args), [node.body])
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        said = (each for each in ast.walk(node) if isinstance(each, ast.Global))
        shared = {name for each in said for name in each.names}
        own = _parameters(node.args) | (_names_bound(ast.Module(node.body, [])) - shared)
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        self._defaults(node.args)
        node.body = self._within(own, node.body)
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, _COMPREHENSIONS):
            return super().generic_visit(node)
        targets = [part for each in node.generators for part in ast.walk(each.target)]
        self._own.append({part.id for part in targets if isinstance(part, ast.Name)})
        visited = super().generic_visit(node)
        self._own.pop()
        return visited

    def _within(self, own: set[str], parts: list[ast.AST]) -> list[ast.AST]:
        self._own.append(own)
        visited = [self.visit(part) for part in parts]
        self._own.pop()
        return visited

    def _defaults(self, arguments: ast.arguments) -> None:
        arguments.defaults = [self.visit(each) for each in arguments.defaults]
        arguments.kw_defaults = [each and self.visit(each) for each in arguments.kw_defaults]


def _parameters(arguments: ast.arguments) -> set[str]:
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    stars = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return {each.arg for each in (*plain, *stars)}
