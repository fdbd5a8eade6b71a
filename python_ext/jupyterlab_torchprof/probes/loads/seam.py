"""What is known of a function that loads: where it is, and what its arguments say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...record import LoadFormat

Arguments = tuple[tuple[Any, ...], Mapping[str, Any]]
"""Those of a call by position (a method's class or object is the first) and by name."""
Argument = Callable[[Arguments], Any]


def argument(index: int, name: str) -> Argument:
    """Reads an argument that has this position or this name; ``None`` if it was not passed."""

    def read(arguments: Arguments) -> Any:
        args, kwargs = arguments
        return args[index] if index < len(args) else kwargs.get(name)

    return read


def nothing(_arguments: Arguments) -> Any:
    """There is no such argument."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """A function that loads."""

    module: str
    """Where it is defined or known; once that is imported, it can be wrapped."""
    owner: str | None = None
    """The class in there whose method it is."""
    name: str
    also: tuple[tuple[str, str], ...] = ()
    """Modules that have the same function, and its name there."""
    call: str
    """The function as its users write it."""
    library: str | None = None
    """The package that it is of; ``None``: it is a reader of PyTorch's or safetensors'."""
    format: LoadFormat | None = None
    """What it reads; ``None``: its files say."""
    path: Argument
    """What it is to read: a path, a name, a file object."""
    location: Argument = nothing
    """``map_location``."""
    loaded: Argument | None = None
    """What is filled with the values; ``None``: what is returned."""
    is_of_class: bool = False
    """The name of the class of what was loaded tells something."""
    always_loads: bool = True
    """It loads whenever it is called."""
