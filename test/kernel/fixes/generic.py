"""What is true of every fix: the adapters of all families, and the golden cases by rule."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import adapters
from jupyterlab_torchprof.record import TextEdit

FOLDER = Path(__file__).parent.parent / "golden" / "fixes"

Adapter = Callable[[str], Sequence[TextEdit]]


def all_adapters() -> dict[str, Adapter]:
    """By rule id: finds the place in a cell by itself and returns the fix's edits."""
    found: dict[str, Adapter] = {}
    for module in pkgutil.iter_modules(adapters.__path__):
        for rule, adapter in importlib.import_module(f"adapters.{module.name}").ADAPTERS.items():
            assert rule not in found, f"two adapters for {rule}"
            found[rule] = adapter
    return found


@dataclass(frozen=True)
class Golden:
    """A folder with ``in.py`` and ``out.py`` or ``refused.txt``."""

    folder: Path

    def read(self, name: str) -> str:
        """A file's text with its line endings."""
        return (self.folder / name).read_bytes().decode()

    @property
    def rule(self) -> str:
        """The rule whose fix it is."""
        return self.folder.parent.name

    def __str__(self) -> str:
        return f"{self.rule}/{self.folder.name}"


def golden(result: str) -> Iterator[Golden]:
    """The cases that have a file of this name."""
    for path in sorted(FOLDER.glob(f"*/*/{result}")):
        yield Golden(path.parent)
