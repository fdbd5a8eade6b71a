"""Trees of modules, and how one is known again without being listed anew.

From cell to cell most models stay as they are. To see that a model has not changed takes a tenth
of the time that it takes to list and to count it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...record import PlacedModule
from .kinds import Kind, is_exactly
from .paths import Step, Trail, write
from .tensors import Tensors

_MAX_KNOWN = 200
_CHECK_EVERY = 64


class Part(NamedTuple):
    """One module of a tree of modules."""

    module: Any
    trail: Trail
    parent: int | None
    """Index of the module that has it as a child, in the list that this part is in."""
    tensors: list[tuple[str, Any, bool]]
    """Name, tensor and whether it is a parameter."""


class Other(NamedTuple):
    """What a module holds besides parameters, buffers and children."""

    value: Any
    kind: Kind
    trail: Trail
    of_library: bool
    """The module is one of PyTorch's own."""


class Root(NamedTuple):
    """What a variable holds. Keeps nothing of it alive."""

    reference: weakref.ref[Any]
    class_name: str
    parameters: list[weakref.ref[Any]]
    """A few, of a module."""


@dataclass(slots=True)
class Counted:
    """What counting a tree has come to."""

    placed: PlacedModule
    shown: int
    """Modules in ``placed``."""
    modules: int
    storages: frozenset[int]
    """Keys of its storages, those of gradients left out; no tree before it had one of them."""
    module_storages: frozenset[int]
    totals: dict[tuple[Any, Any], tuple[int, int]]
    """Bytes and tensors by device and dtype."""


class TreeStorage(NamedTuple):
    """One storage of a tree. Does not keep it alive."""

    device: str
    nbytes: int
    reference: weakref.ref[Any] | None
    """To the tensor that was met with it; ``None``: nothing is known of it."""


@dataclass(slots=True)
class TreeMemory:
    """The memory of a tree by itself, each storage once, by key."""

    storages: dict[int, TreeStorage]
    """Of parameters and buffers."""
    gradients: dict[int, TreeStorage]
    parameter_bytes: dict[str, int] = field(default_factory=dict)
    """Of `storages`, by device."""
    gradient_bytes: dict[str, int] = field(default_factory=dict)
    gradient_keys: list[int] = field(default_factory=list)
    """Keys of the gradients of a known tree in the order in which it was seen."""


@dataclass(slots=True)
class KnownTree:
    """What is known of a tree, as long as it does not change. Keeps nothing of it alive."""

    reference: weakref.ref[Any]
    signature: list[object]
    modules: frozenset[int]
    """Ids of its modules."""
    seen: frozenset[int]
    """Ids of its modules and tensors."""
    root: Root | None = None
    counted: Counted | None = None
    memory: TreeMemory | None = None
    overlaps: bool = False
    """It shares storages with a tree before it, so that it is counted anew each time."""


@dataclass(slots=True)
class Tree:
    """A module and all below it. Holds the user's objects, as the walk does."""

    module: Any
    trail: Trail
    known: KnownTree | None = None
    gradients: list[int] = field(default_factory=list)
    """Keys of the gradients' storages, if it is known."""
    listed: list[Part] | None = None

    def parts(self, tensors: Tensors) -> list[Part]:
        """Its modules from the root down."""
        if self.listed is None:
            self.listed, _others = list_parts(tensors, self.module, self.trail)
        return self.listed


def list_parts(
    tensors: Tensors, root: Any, trail: Trail, is_over: Callable[[], bool] = lambda: False
) -> tuple[list[Part], list[Other]]:
    """List a tree's modules, and what they hold besides; stops when it ``is_over``."""
    parts: list[Part] = []
    others: list[Other] = []
    within = {id(root)}
    stack: list[tuple[Any, Trail, int | None]] = [(root, trail, None)]
    while stack and not (len(parts) % _CHECK_EVERY == _CHECK_EVERY - 1 and is_over()):
        module, its_trail, parent = stack.pop()
        content = tensors.module_content(module)
        for name, value, kind in content.others:
            way = (its_trail, Step.ATTRIBUTE, name)
            others.append(Other(value, kind, way, tensors.is_library_module(type(module))))
        if content.children:
            index = len(parts)
            named = tensors.has_named_children(module)
            for name, child in reversed(content.children):
                if id(child) not in within:
                    within.add(id(child))
                    stack.append((child, child_trail(its_trail, name, named), index))
        parts.append(Part(module, its_trail, parent, content.tensors))
    return parts, others


def child_trail(parent: Trail, name: str, in_dictionary: bool) -> Trail:
    """The way to a module's child: ``layers[0]``, ``heads["a"]``, ``encoder``."""
    if in_dictionary:
        return (parent, Step.ITEM, name)
    if type(name) is not str:  # somebody has put it there by hand
        return ((parent, Step.ATTRIBUTE, "_modules"), Step.ITEM, name)
    if name.isdecimal():
        return (parent, Step.ITEM, int(name))
    return (parent, Step.ATTRIBUTE, name)


class KnownTrees:
    """The trees that were met in earlier walks."""

    def __init__(self) -> None:
        """There are none."""
        self._trees: dict[tuple[int, str], KnownTree] = {}

    def find(self, tree: Tree, signature: list[object]) -> KnownTree | None:
        """What is known of it, if it is as it was."""
        known = self._trees.get((id(tree.module), write(tree.trail)))
        if known is None or known.reference() is not tree.module:
            return None
        return known if known.signature == signature else None

    def have(self, module: Any) -> bool:
        """Whether it is in one of them. Trees that are gone have left their ids to others."""
        return any(
            id(module) in known.modules and known.reference() is not None
            for known in self._trees.values()
        )

    def remember(
        self, tensors: Tensors, tree: Tree, signature: list[object], others: list[Other]
    ) -> None:
        """It was listed to its end, and this is its signature."""
        parts = tree.parts(tensors)
        modules = frozenset(id(part.module) for part in parts)
        seen = modules.union(id(tensor) for part in parts for _name, tensor, _ in part.tensors)
        if not all(_is_within(tensors, o.value, seen) for o in others if o.of_library):
            return
        if len(self._trees) >= _MAX_KNOWN:
            self._trees.clear()
        tree.known = KnownTree(weakref.ref(tree.module), signature, modules, seen)
        self._trees[id(tree.module), write(tree.trail)] = tree.known


def _is_within(tensors: Tensors, thing: Any, seen: frozenset[int], depth: int = 2) -> bool:
    """Whether an attribute leads to nothing but the tree's own: a recurrent layer's weights."""
    if not tensors.kind(thing) or id(thing) in seen:
        return True
    if not depth or not is_exactly(thing, (list, tuple)):
        return False
    return all(_is_within(tensors, one, seen, depth - 1) for one in thing)


_Way = tuple[Any, str, bool] | None
"""The way from a tree's root: the way before, a child's name, and whether it is written as an
item; written out only where it is needed."""


def signature_of(tree: Tree, tensors: Tensors) -> tuple[list[object] | None, list[Other]]:
    """What stays the same as long as nothing that is counted changes, and what it holds besides.

    What modules of the user's classes hold besides may change: that is to be looked at in any
    case. ``None`` for trees that have tensors or modules of kinds of which little is known.
    """
    own_of, is_library = tensors.module_attributes, tensors.is_library_module
    add_tensors, module_kind = tensors.add_identities, Kind.MODULE
    signature: list[object] = []
    others: list[Other] = []
    seen = {id(tree.module)}
    stack: list[tuple[Any, _Way]] = [(tree.module, None)]
    while stack:
        module, way = stack.pop()
        attributes = own_of(module)
        signature += (id(module), len(attributes), attributes.get("training") is True)
        share = attributes.get("p", attributes.get("dropout"))
        if type(share) is float:
            signature.append(share)
        if not is_library(type(module)):
            for name, value, kind in tensors.module_others(attributes):
                trail = (_trail(tree.trail, way), Step.ATTRIBUTE, name)
                others.append(Other(value, kind, trail, of_library=False))
        for slot in ("_parameters", "_buffers"):
            registered = attributes.get(slot)
            if registered is not None and not add_tensors(registered, signature, tree.gradients):
                return None, []
        children = attributes.get("_modules")
        if children is None:
            continue
        if not issubclass(type(children), dict):
            return None, []
        named = tensors.has_named_children(module)
        for name, child in dict.items(children):
            is_module = child is None or tensors.kind(child) is module_kind
            if type(name) is not str or not is_module:
                return None, []  # to compare names of other classes may run their code
            signature.append(name)
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                stack.append((child, (way, name, named)))
    own = set(tree.gradients)
    if len(own) < len(tree.gradients) or not own.isdisjoint(signature):
        return None, []  # gradients that share memory with each other, or with parameters
    return signature, others


def _trail(root: Trail, way: _Way) -> Trail:
    if way is None:
        return root
    before, name, named = way
    return child_trail(_trail(root, before), name, named)
