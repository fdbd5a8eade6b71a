"""What else has the memory of a variable, so that to delete the variable frees nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ..probes.objects.survey import Survey

_OWN_REFERENCES = 3
"""To a variable's object: the namespace's, ours, and that of the call that counts them."""


def sharers(found: Survey) -> dict[str, list[str]]:
    """By what is told to have memory: what has some of the same storages, too."""
    if not any([one.shared for one in found.kept]) and not any(
        one.shared_with for one in found.trees
    ):
        return {}
    first: dict[int, str] = {}
    for kept in found.kept:
        first.update(dict.fromkeys(kept.large, kept.path))
    shared: dict[str, list[str]] = {}

    def add(owner: str | None, other: str) -> None:
        if owner and other and other != owner and other not in shared.setdefault(owner, []):
            shared[owner].append(other)

    for kept in found.kept:
        for key in kept.shared:
            add(first.get(key), kept.path)
            for tree in found.trees:
                if key in tree.storages or key in tree.gradients:
                    add(tree.path, kept.path)
    for tree in found.trees:
        for owner in tree.shared_with:
            add(owner, tree.path)
    return shared


def is_held_elsewhere(namespace: Mapping[str, Any], name: str) -> bool:
    """Whether something besides the variable refers to its object.

    What IPython displayed is forgotten with the variable, so that does not count.
    """
    thing = namespace[name]
    if sys.getrefcount(thing) <= _OWN_REFERENCES:
        return False
    outputs = namespace.get("_oh")
    return type(outputs) is not dict or not any(each is thing for each in dict.values(outputs))
