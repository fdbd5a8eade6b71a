"""The dictionaries that variables hold, and those that are attributes of their objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from .kinds import Kind, Kinds
from .variables import Variables

_MAX_OBJECTS = 1000
_MAX_ATTRIBUTES = 64
"""Of one object."""


def dictionaries(namespace: Mapping[str, Any], kinds: Kinds) -> Iterator[tuple[str, Any]]:
    """As the user would write them; neither names nor attributes with a leading underscore."""
    variables = Variables(namespace)
    yield from variables.of(dict)
    for name, thing in variables.objects[:_MAX_OBJECTS]:
        if name[:1] != "_" and kinds.kind(thing) is Kind.OBJECT:
            for attribute, value in islice(kinds.attributes(thing).items(), _MAX_ATTRIBUTES):
                if attribute[:1] != "_" and issubclass(type(value), dict):
                    yield f"{name}.{attribute}", value
