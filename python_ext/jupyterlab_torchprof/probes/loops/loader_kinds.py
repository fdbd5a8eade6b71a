"""Which `DataLoader`s are of one kind: the same data, asked for in the same way at one place.

A trainer makes a loader for each evaluation; each a row of its own would say nothing more.
"""

from __future__ import annotations

import weakref
from collections.abc import Hashable, Iterable
from typing import Any

from ...record import DataLoading
from ..objects.kinds import attributes_of, class_name, home_of
from ..places.tree import Step
from .passes import LoaderStats

_SETTINGS = ("drop_last", "timeout")
"""Attributes that tell kinds apart and are not in the record."""


class LoaderKinds:
    """Those of one run. Keeps no loader and no dataset alive."""

    def __init__(self) -> None:
        """None is known."""
        self._known: dict[Hashable, tuple[weakref.ref[Any] | None, LoaderStats]] = {}

    def find(self, loader: Any, kind: Hashable, *, within_library: bool) -> LoaderStats | None:
        """What is counted of loaders of this kind, if this one is to be one of them.

        ``within_library``: a library asks for the batches. The user's own loops go over loaders
        that have names: there only what comes and goes is of one kind.
        """
        known = self._known.get(kind)
        if known is None:
            return None
        reference, stats = known
        if reference is not None and reference() is not attributes_of(loader).get("dataset"):
            return None  # another dataset has got the id
        return stats if within_library or not stats.is_alive() else None

    def add(self, loader: Any, kind: Hashable, stats: LoaderStats) -> None:
        """The next loader of this kind is looked for here."""
        dataset = attributes_of(loader).get("dataset")
        try:
            reference = None if _fingerprint(dataset) else weakref.ref(dataset)
        except TypeError:
            return  # a list: nothing would tell whether it is still the same
        self._known[kind] = (reference, stats)


def kind_of(loader: Any, facts: DataLoading, way: Iterable[Step]) -> Hashable:
    """Equal for loaders of one kind; ``way``: the code through which a library iterates."""
    own = attributes_of(loader)
    dataset, made = own.get("dataset"), facts.made
    return (
        facts.place,
        tuple((step.code.co_filename, step.code.co_firstlineno) for step in way),
        facts.dataset,
        _fingerprint(dataset) or id(dataset),
        class_name(own.get("sampler")),
        class_name(own.get("batch_sampler")),
        *(facts.batch_size, facts.workers, facts.prefetch_factor, facts.persistent_workers),
        facts.pin_memory,
        *(_plain(own.get(name)) for name in _SETTINGS),
        None if made is None else (made.run_id, made.line, made.source_hash),
    )


def _fingerprint(dataset: Any) -> str | None:
    """What 🤗 Datasets itself says of the content: trainers make a new view of it each time."""
    if not home_of(type(dataset)).startswith("datasets."):
        return None
    value = attributes_of(dataset).get("_fingerprint")
    return value if type(value) is str and value else None


def _plain(value: Any) -> Hashable:
    return value if type(value) in (bool, int, float) else None
