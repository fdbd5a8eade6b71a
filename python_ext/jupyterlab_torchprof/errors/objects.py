"""What the failing line reads: names and what they stood for, with devices and sizes."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

from ..probes.holding.frame_locals import frame_locals
from ..probes.objects.kinds import attributes_of, home_of, is_exactly
from ..record import NamedObject
from .description import Describer

_MAX_OBJECTS = 16
_MISSING = object()


class Line:
    """The expressions of one line that can be followed, and what they stood for.

    Only names, attributes and constant subscripts that can be followed through dictionaries and
    lists: no property and no method of the user's runs.
    """

    def __init__(self, torch: Any, traceback: TracebackType) -> None:
        """``traceback``: the part of it that stands on the line."""
        frame = traceback.tb_frame
        self._torch = torch
        lines = "".join(linecache.getlines(frame.f_code.co_filename))
        self._chains = _chains(lines, traceback.tb_lineno)
        self._shared = frame.f_globals
        self._local: dict[str, Any] = {}
        if frame.f_code.co_name != "<module>":
            named = frame_locals(frame)
            self._local = {name: value for name, value in named if name is not None}

    def objects(self, describer: Describer) -> list[NamedObject]:
        """Tensors, modules and optimizers that the line reads."""
        found: list[NamedObject] = []
        for name, value, unregistered in self._values():
            described = describer.describe(name, value, unregistered)
            if described is not None:
                found.append(described)
        # Of "self.head(x)" the head is of interest, and not the module that it is a part of.
        names = [entry.name for entry in found]
        wholes = {name for name in names if any(other.startswith(f"{name}.") for other in names)}
        return [entry for entry in found if entry.name not in wholes][:_MAX_OBJECTS]

    def names(self) -> dict[int, str]:
        """How the line writes things, by their ids, which hold while the error does."""
        found: dict[int, str] = {}
        for name, value, _unregistered in self._values():
            found.setdefault(id(value), name)
        return found

    def _values(self) -> Iterator[tuple[str, Any, str | None]]:
        """What the line writes, what it is, and what holds it without being known to a module."""
        reader = _Reader(self._torch)
        seen: set[str] = set()
        for chain in self._chains:
            node = chain
            value, unregistered = reader.follow(node, self._local, self._shared)
            if value is _MISSING:
                node, value = reader.tensor_in(node, self._local, self._shared)
            name = ast.unparse(node)
            if value is not _MISSING and name not in seen:
                seen.add(name)
                yield name, value, unregistered


def _chains(source: str, line: int) -> list[ast.expr]:
    """The longest readable chains on a line, in order: ``self.head``, ``batch["image"]``."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    return list(_on_line(tree, line))


def _on_line(tree: ast.Module, line: int) -> Iterator[ast.expr]:
    """Chains that the statement on a line reads, in order; of a compound one only that line's."""
    for statement in _statements(tree.body, line):
        yield from _in_statement(statement, line)


def _in_statement(statement: ast.stmt, line: int) -> Iterator[ast.expr]:
    if isinstance(statement, ast.AugAssign) and _is_chain(statement.target, ast.Store):
        yield statement.target  # what it is before the statement has changed it
    is_compound = hasattr(statement, "body")
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.expr):
            if is_compound and not node.lineno <= line <= (node.end_lineno or node.lineno):
                continue
            if _is_chain(node):
                yield node
                continue
        children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # The function may be a module, or the method of an object.
            children.insert(1, node.func.value)
        stack.extend(reversed(children))


def _statements(nodes: Iterable[ast.AST], line: int) -> list[ast.stmt]:
    """The innermost statements that a line is in: several where semicolons are between them."""
    found: list[ast.stmt] = []
    for node in nodes:
        if isinstance(node, ast.expr):
            continue
        if not isinstance(node, ast.stmt):  # handlers and cases
            found += _statements(ast.iter_child_nodes(node), line)
        elif node.lineno <= line <= (node.end_lineno or node.lineno):
            found += _statements(ast.iter_child_nodes(node), line) or [node]
    return found


def _is_chain(node: ast.AST, context: type[ast.expr_context] = ast.Load) -> bool:
    """Whether it is a name, with attributes and constant subscripts."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            return False
        node = node.value
    return isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Load, context))


class _Reader:
    """Follows chains."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch

    def follow(
        self, node: ast.expr, local: Mapping[str, Any], shared: Mapping[str, Any]
    ) -> tuple[Any, str | None]:
        """What a chain stands for, or `_MISSING`; and the attribute that hides it from a module."""
        if isinstance(node, ast.Name):
            return local.get(node.id, shared.get(node.id, _MISSING)), None
        if isinstance(node, ast.Attribute):
            thing, unregistered = self.follow(node.value, local, shared)
            value, is_known = self._attribute(thing, node.attr)
            return value, unregistered if is_known else ast.unparse(node)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            thing, unregistered = self.follow(node.value, local, shared)
            if self._is_module(thing):
                return self._child(thing, node.slice.value), unregistered
            return _item(thing, node.slice.value), unregistered
        return _MISSING, None

    def tensor_in(
        self, node: ast.expr, local: Mapping[str, Any], shared: Mapping[str, Any]
    ) -> tuple[ast.expr, Any]:
        """The tensor that a chain asks for its gradient, or in which it binds an element."""
        whole = node
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            if isinstance(node, ast.Attribute):
                wanted = node.attr == "grad"
            else:
                wanted = isinstance(whole.ctx, ast.Store) if node is whole else False
            node = node.value
            value, _unregistered = self.follow(node, local, shared) if wanted else (_MISSING, None)
            if issubclass(type(value), self._torch.Tensor):
                return node, value
        return whole, _MISSING

    def _attribute(self, thing: Any, name: str) -> tuple[Any, bool]:
        """An object's attribute; ``False`` with one that its module does not know."""
        try:
            own = object.__getattribute__(thing, "__dict__")
        except (AttributeError, TypeError):
            return _MISSING, True
        if type(own) is not dict:
            return _MISSING, True
        if dict.__contains__(own, name):
            return dict.__getitem__(own, name), not self._is_module(thing)
        if self._is_module(thing):
            for slot in ("_parameters", "_buffers", "_modules"):
                place: Any = own.get(slot)
                if issubclass(type(place), dict) and dict.__contains__(place, name):
                    return dict.__getitem__(place, name), True
        return _MISSING, True

    def _child(self, module: Any, key: Any) -> Any:
        """A child of one of PyTorch's own containers, which read it by this key."""
        if not home_of(type(module)).startswith("torch.nn.modules.container"):
            return _MISSING
        children: Any = attributes_of(module).get("_modules")
        if not issubclass(type(children), dict):
            return _MISSING
        if type(key) is int and key < 0:
            key += len(children)
        return dict.get(children, str(key) if type(key) is int else key, _MISSING)

    def _is_module(self, thing: Any) -> bool:
        return issubclass(type(thing), self._torch.nn.Module)


def _item(thing: Any, key: Any) -> Any:
    if type(thing) is dict:
        return thing.get(key, _MISSING)
    if is_exactly(thing, (list, tuple)) and type(key) is int and -len(thing) <= key < len(thing):
        return thing[key]
    return _MISSING
