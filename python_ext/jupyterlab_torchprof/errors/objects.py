"""What the failing line reads: names and what they stood for, with devices and sizes."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping
from typing import Any

from ..probes.holding.frame_locals import frame_locals
from ..probes.objects.kinds import class_name, is_exactly
from ..probes.objects.optimizer_parts import OptimizerParts
from ..probes.objects.placed import storage_bytes_by_device
from ..probes.objects.tensors import Tensors
from ..probes.torch_import import imported_torch
from ..record import NamedObject
from .frames import own_tracebacks

_MAX_OBJECTS = 16
_MAX_ITEMS = 64
_MAX_MODULES = 2_000
_MISSING = object()


def named_objects(error: BaseException, namespace: Mapping[str, Any]) -> list[NamedObject]:
    """Tensors, modules and optimizers that the innermost line of the notebook's code reads.

    Only names, attributes and constant subscripts that can be followed through dictionaries and
    lists: no property and no method of the user's runs. Keeps nothing alive.
    """
    torch = imported_torch()
    tracebacks = list(own_tracebacks(error, namespace))
    if torch is None or not tracebacks:
        return []
    innermost = tracebacks[-1]
    frame = innermost.tb_frame
    chains = _chains("".join(linecache.getlines(frame.f_code.co_filename)), innermost.tb_lineno)
    if not chains:
        return []
    local: dict[str, Any] = {}
    if frame.f_code.co_name != "<module>":
        local = {name: value for name, value in frame_locals(frame) if name is not None}
    found: list[NamedObject] = []
    reader = _Reader(torch)
    for name, chain in chains:
        value = reader.follow(chain, local, frame.f_globals)
        described = None if value is _MISSING else reader.describe(name, value)
        if described is not None:
            found.append(described)
    # Of "self.head(x)" the head is of interest, and not the module that it is a part of.
    names = [entry.name for entry in found]
    wholes = {name for name in names if any(other.startswith(f"{name}.") for other in names)}
    return [entry for entry in found if entry.name not in wholes][:_MAX_OBJECTS]


def _chains(source: str, line: int) -> list[tuple[str, ast.expr]]:
    """The longest readable chains on a line, in order: ``self.head``, ``batch["image"]``."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    found: dict[str, ast.expr] = {}
    for node in _on_line(tree, line):
        if _is_chain(node):
            found.setdefault(ast.unparse(node), node)
    return list(found.items())


def _on_line(tree: ast.Module, line: int) -> Iterator[ast.expr]:
    """Chains that the statement on a line reads, in order; of a compound one only that line's."""
    statement = _statement(tree.body, line)
    if statement is None:
        return
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


def _statement(body: list[ast.stmt], line: int) -> ast.stmt | None:
    """The innermost statement that a line is in."""
    found: ast.stmt | None = None
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            found = node
            stack = list(ast.iter_child_nodes(node))
        elif not isinstance(node, (ast.stmt, ast.expr)):  # handlers and cases
            stack.extend(ast.iter_child_nodes(node))
    return found


def _is_chain(node: ast.AST) -> bool:
    """Whether it is a name, with attributes and constant subscripts."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            return False
        node = node.value
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


class _Reader:
    """Follows chains and describes what they lead to."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        self._read = Tensors(torch)

    def follow(self, node: ast.expr, local: Mapping[str, Any], shared: Mapping[str, Any]) -> Any:
        """What a chain stands for, or `_MISSING`."""
        if isinstance(node, ast.Name):
            return local.get(node.id, shared.get(node.id, _MISSING))
        if isinstance(node, ast.Attribute):
            return self._attribute(self.follow(node.value, local, shared), node.attr)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            return _item(self.follow(node.value, local, shared), node.slice.value)
        return _MISSING

    def _attribute(self, thing: Any, name: str) -> Any:
        try:
            own = object.__getattribute__(thing, "__dict__")
        except (AttributeError, TypeError):
            return _MISSING
        if type(own) is not dict:
            return _MISSING
        places: list[Any] = [own]
        if issubclass(type(thing), self._torch.nn.Module):
            places += [own.get(slot) for slot in ("_parameters", "_buffers", "_modules")]
        for place in places:
            if issubclass(type(place), dict) and dict.__contains__(place, name):
                return dict.__getitem__(place, name)
        return _MISSING

    def describe(self, name: str, value: Any) -> NamedObject | None:
        """A value with its tensors; ``None`` if it has none."""
        torch, read = self._torch, self._read
        cls = type(value)
        with read.quiet():
            if issubclass(cls, torch.Tensor):
                return NamedObject(
                    name=name,
                    kind="tensor",
                    class_name=class_name(value),
                    devices=self._devices([value]),
                    dtype=read.dtype_name(value),
                    shape=read.shape(value),
                )
            if issubclass(cls, torch.nn.Module):
                tensors = self._of_module(value)
                return self._described(name, "module", value, tensors)
            if issubclass(cls, torch.optim.Optimizer):
                parts = OptimizerParts(torch).parameters(value)
                tensors = [each for each in parts if issubclass(type(each), torch.Tensor)]
                return self._described(name, "optimizer", value, tensors)
            if is_exactly(value, (list, tuple, dict)):
                items = list(value.values() if cls is dict else value)[:_MAX_ITEMS]
                tensors = [item for item in items if issubclass(type(item), torch.Tensor)]
                return self._described(name, "other", value, tensors) if tensors else None
        return None

    def _described(self, name: str, kind: Any, value: Any, tensors: list[Any]) -> NamedObject:
        return NamedObject(
            name=name,
            kind=kind,
            class_name=class_name(value),
            devices=self._devices(tensors),
            dtype=self._read.dtype_name(tensors[0]) if tensors else None,
        )

    def _devices(self, tensors: list[Any]) -> dict[str, int]:
        return storage_bytes_by_device(self._read, tensors)

    def _of_module(self, module: Any) -> list[Any]:
        tensors: list[Any] = []
        stack, seen = [module], set[int]()
        while stack and len(seen) < _MAX_MODULES:
            at = stack.pop()
            if id(at) in seen:
                continue
            seen.add(id(at))
            content = self._read.module_content(at)
            tensors += [tensor for _name, tensor, _own in content.tensors]
            stack.extend(child for _name, child in content.children)
        return tensors


def _item(thing: Any, key: Any) -> Any:
    if type(thing) is dict:
        return thing.get(key, _MISSING)
    if is_exactly(thing, (list, tuple)) and type(key) is int and -len(thing) <= key < len(thing):
        return thing[key]
    return _MISSING
