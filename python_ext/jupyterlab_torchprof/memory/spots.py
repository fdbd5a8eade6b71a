"""Where an attribute or a value of a dictionary can be let go of without running anybody's code.

A way is what the user would write, ``trainer.log`` or ``models["a"]``. It is followed through plain
objects' own dictionaries, and dictionaries and lists of exactly these types. An object whose class
sees its attributes being set is left alone, and so is what PyTorch has made of its own.
"""

from __future__ import annotations

import ast
import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from ..probes.objects.kinds import Kind, attributes_of, class_name, home_of, is_exactly, look_up
from ..probes.objects.paths import Step, variable, write
from ..probes.objects.tensors import Tensors
from ..probes.torch_import import imported_torch

_MOST_KEYS = 20
_MOST_ITEMS = 10_000
"""Of lists that are looked at for a tensor."""
_OWN_REFERENCES = 3
"""To the value of a spot: the dictionary's, the spot's, and that of the call that counts them."""
_MISSING = object()


class Spot(NamedTuple):
    """A value, and the dictionary that has it. Holds the user's objects: drop it soon."""

    owner: dict[Any, Any]
    """An object's own dictionary, or one that the user has made."""
    key: Any
    value: Any
    is_key: bool
    """It is the value of a key, and no attribute."""

    def is_held_elsewhere(self) -> bool:
        """Whether something besides the dictionary refers to the value."""
        return sys.getrefcount(self.value) > _OWN_REFERENCES

    def is_deleted(self) -> bool:
        """Whether the key goes; else an empty container of the same type takes the place."""
        return empty_like(self.value) is None

    def let_go(self) -> None:
        """Take the value away."""
        empty = empty_like(self.value)
        if empty is None:
            dict.__delitem__(self.owner, self.key)
        else:
            dict.__setitem__(self.owner, self.key, empty)


def find_spot(namespace: Mapping[str, Any], way: str) -> Spot | None:
    """Where a way leads, if what is there can be let go of."""
    torch, node = imported_torch(), _parse(way)
    if torch is None or node is None or isinstance(node, ast.Name):
        return None
    spot = _follow(Tensors(torch), namespace, node)
    if spot is None:
        return None
    if empty_like(spot.value) is None:
        return spot if spot.is_key else None
    return spot if _has_data_only(Tensors(torch), spot.value, 2) else None


def targets_of(namespace: Mapping[str, Any], way: str) -> list[str]:
    """What to let go of so that the tensors at a way are free; empty: it cannot be done.

    Of a dictionary of lists the lists, so that code which adds to them goes on.
    """
    spot, torch = find_spot(namespace, way), imported_torch()
    if spot is None or torch is None:
        return []
    value = spot.value
    if not (type(value) is dict or type(value) is defaultdict) or not value:
        return [way]
    if not all(type(each) is list for each in dict.values(value)):
        return [way]
    tensors, at = Tensors(torch), variable(way)
    ways = [
        write((at, Step.ITEM, key))
        for key, each in dict.items(value)
        if type(key) is str and _has_tensor(tensors, each)
    ]
    return ways if 0 < len(ways) <= _MOST_KEYS else []


def class_of_owner(namespace: Mapping[str, Any], way: str) -> str | None:
    """The class of the object that has the attribute to which a way leads, where that is known."""
    torch, node = imported_torch(), _parse(way)
    if torch is None or not isinstance(node, ast.Attribute):
        return None
    owner = _value(Tensors(torch), namespace, node.value)
    return None if owner is _MISSING else class_name(owner)


def empty_like(value: Any) -> Any:
    """An empty container of exactly the same type; ``None`` for what is no such container."""
    cls = type(value)
    for plain in (list, dict, set, OrderedDict):
        if cls is plain:
            return plain()
    if cls is deque:
        return deque(maxlen=value.maxlen)
    return defaultdict(value.default_factory) if cls is defaultdict else None


@lru_cache(maxsize=256)
def _parse(way: str) -> ast.expr | None:
    """A way as an expression; ``None`` for what is none, as the variables of a function."""
    try:
        return ast.parse(way, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None


def _has_data_only(tensors: Tensors, container: Any, depth: int) -> bool:
    """Whether there are tensors, numbers, texts and containers of those in it: no objects."""
    things = dict.values(container) if issubclass(type(container), dict) else container
    some = list(islice(things, _MOST_ITEMS))
    if not tensors.any_of_interest(some):
        return True
    for _key, each, kind in tensors.of_interest(enumerate(some)):
        if kind is Kind.TENSOR:
            continue
        is_plain = is_exactly(each, (list, tuple, dict, set))
        if not (depth and is_plain and _has_data_only(tensors, each, depth - 1)):
            return False
    return True


def _has_tensor(tensors: Tensors, things: list[Any]) -> bool:
    return any(tensors.kind(each) is Kind.TENSOR for each in islice(things, _MOST_ITEMS))


def _follow(tensors: Tensors, namespace: Mapping[str, Any], node: ast.expr) -> Spot | None:
    """The last step of a way."""
    if isinstance(node, ast.Attribute):
        owner = _value(tensors, namespace, node.value)
        own = {} if owner is _MISSING else _own_attributes(tensors, owner, node.attr)
        value = own.get(node.attr, _MISSING)
        return None if value is _MISSING else Spot(own, node.attr, value, is_key=False)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner, key = _value(tensors, namespace, node.value), node.slice.value
        if type(owner) is dict or type(owner) is OrderedDict or type(owner) is defaultdict:
            value = dict.get(owner, key, _MISSING)
            return None if value is _MISSING else Spot(owner, key, value, is_key=True)
    return None


def _value(tensors: Tensors, namespace: Mapping[str, Any], node: ast.expr) -> Any:
    """What a part of a way leads to."""
    if isinstance(node, ast.Name):
        hidden = node.id[:1] == "_" or not issubclass(type(namespace), dict)
        return _MISSING if hidden else namespace.get(node.id, _MISSING)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner, at = _value(tensors, namespace, node.value), node.slice.value
        if type(owner) is list and type(at) is int:
            return owner[at] if at < len(owner) else _MISSING
    if isinstance(node, ast.Attribute):
        owner = _value(tensors, namespace, node.value)
        if owner is not _MISSING and tensors.kind(owner) is Kind.MODULE:
            children: Any = tensors.module_attributes(owner).get("_modules")
            if type(children) is dict and node.attr in children:
                return children[node.attr]
    spot = _follow(tensors, namespace, node)
    return _MISSING if spot is None else spot.value


def _own_attributes(tensors: Tensors, thing: Any, name: str) -> dict[str, Any]:
    """The object's own dictionary, if its class has no say in what is in it under this name."""
    cls, kind = type(thing), tensors.kind(thing)
    if kind is Kind.MODULE:
        setter = look_up(tensors.torch.nn.Module, "__setattr__")
        if name[:1] == "_":  # what every module has
            return {}
    elif kind is Kind.OBJECT:
        setter = object.__setattr__
    else:
        return {}
    if look_up(cls, "__setattr__") is not setter or tensors.is_optimizer(thing):
        return {}
    if home_of(cls).partition(".")[0] == "torch":
        return {}
    of_class = look_up(cls, name)
    if of_class is not None and (
        look_up(type(of_class), "__get__") or look_up(type(of_class), "__set__")
    ):
        return {}  # a property, or the like
    return attributes_of(thing)
