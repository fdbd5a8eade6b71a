"""What a container, an object or a module holds itself, and how each of it is reached."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Any

from .kinds import Kind, Kinds, fields_of
from .paths import Step, Trail
from .tensors import Tensors
from .trees import child_trail

Members = tuple[Iterator[Any], Iterator[Any], Step]
"""Keys and values that are left of a container, and how a value is reached."""

_FOLLOWED = frozenset({Kind.MAPPING, Kind.OBJECT, Kind.SEQUENCE})


def open_container(kinds: Kinds, kind: Kind, thing: Any) -> Members:
    """Of a container, by its built-in base's own methods, or of an object with attributes."""
    if kind is Kind.MAPPING:
        return iter(dict.keys(thing)), iter(dict.values(thing)), Step.ITEM
    if kind is Kind.OBJECT:
        attributes = kinds.attributes(thing)
        return iter(attributes), iter(attributes.values()), Step.ATTRIBUTE
    if kind is Kind.SET:
        own = set.__iter__ if issubclass(type(thing), set) else frozenset.__iter__
        return count(), own(thing), Step.ELEMENT
    if kind is Kind.QUEUE:
        return count(), deque.__iter__(thing), Step.ITEM
    if issubclass(type(thing), list):
        return count(), list.__iter__(thing), Step.ITEM
    fields = fields_of(type(thing))
    if fields is not None and len(fields) == tuple.__len__(thing):
        return iter(fields), tuple.__iter__(thing), Step.ATTRIBUTE
    return count(), tuple.__iter__(thing), Step.ITEM


def members(tensors: Tensors, thing: Any, trail: Trail) -> Iterator[tuple[Any, Trail]]:
    """What a thing at ``trail`` holds that has a way of writing it, but a module's tensors."""
    kind = tensors.kind(thing)
    if kind is Kind.MODULE:
        content = tensors.module_content(thing)
        named = tensors.has_named_children(thing)
        for name, child in content.children:
            yield child, child_trail(trail, name, named)
        for name, value, _kind in content.others:
            yield value, (trail, Step.ATTRIBUTE, name)
    elif kind in _FOLLOWED:
        keys, values, step = open_container(tensors, kind, thing)
        for value, key in zip(values, keys, strict=False):
            yield value, (trail, step, key)
