"""What is true of every fix: the adapters of all families, and the golden cases by rule."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adapters
from jupyterlab_torchprof.record import TextEdit

FOLDER = Path(__file__).parent.parent / "golden" / "fixes"

Adapter = Callable[..., Sequence[TextEdit]]


def all_adapters() -> dict[str, Adapter]:
    """By rule id: finds the place in a cell by itself and returns the fix's edits.

    Some take what a cell does not tell as keywords, with defaults.
    """
    found: dict[str, Adapter] = {}
    for module in pkgutil.iter_modules(adapters.__path__):
        for rule, adapter in importlib.import_module(f"adapters.{module.name}").ADAPTERS.items():
            assert rule not in found, f"two adapters for {rule}"
            found[rule] = adapter
    return found


@dataclass(frozen=True)
class Golden:
    """A folder with ``in.py``, ``out.py`` or ``refused.txt``, and perhaps ``options.json``."""

    folder: Path

    def read(self, name: str) -> str:
        """A file's text with its line endings."""
        return (self.folder / name).read_bytes().decode()

    @property
    def rule(self) -> str:
        """The rule whose fix it is."""
        return self.folder.parent.name

    @property
    def options(self) -> dict[str, Any]:
        """Keywords of the adapter."""
        path = self.folder / "options.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def __str__(self) -> str:
        return f"{self.rule}/{self.folder.name}"


def golden(result: str, rule: str = "*") -> Iterator[Golden]:
    """The cases that have a file of this name: of all rules, or of one."""
    for path in sorted(FOLDER.glob(f"{rule}/*/{result}")):
        yield Golden(path.parent)
