"""What a walk over an autograd graph has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class GraphBounds:
    """Where a walk over a graph stops."""

    nodes: int = 20_000
    seconds: float = 0.005
    """Of this thread's processor time."""


@dataclass(slots=True)
class Saved:
    """A storage that a graph keeps alive."""

    nbytes: int
    device: str
    tensor: Any
    """A tensor on it; drop it soon."""


@dataclass(slots=True)
class Graph:
    """The part of a graph that one walk was the first to reach."""

    nodes: int = 0
    saved: dict[int, Saved] = field(default_factory=dict)
    """By the storage's key, without the storages of the graph's leaves and of parameters."""
    leaves: set[int] = field(default_factory=set)
    """Keys of the storages of its leaves and of parameters."""
    other_leaves: bool = False
    """A leaf that requires grad is no parameter."""
    freed: bool = False
    """A backward has freed saved tensors of it."""
    truncated: bool = False
    goes_on: bool = False
    """It reaches the end of the graph that the same variable had before."""

    def forget_tensors(self) -> None:
        """Keep the numbers only."""
        for saved in self.saved.values():
            saved.tensor = None


@dataclass(slots=True)
class Sizes:
    """The bytes of a graph that nobody else holds."""

    saved_bytes: int = 0
    largest_bytes: int = 0
    device: str | None = None
    """The device that holds most of them."""


def sizes_of(saved: Mapping[int, Saved]) -> Sizes:
    """Add up."""
    by_device: dict[str, int] = {}
    for one in saved.values():
        by_device[one.device] = by_device.get(one.device, 0) + one.nbytes
    return Sizes(
        saved_bytes=sum(by_device.values()),
        largest_bytes=max((one.nbytes for one in saved.values()), default=0),
        device=max(by_device, key=by_device.__getitem__, default=None),
    )
