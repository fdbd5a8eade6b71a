"""What the cells of the notebook say, run or not: all that may still read what this run left.

A fix that takes something away (a device, a graph, a name) keeps its promise only if no cell
that may run after it wants that back. Cells above may run again, so order does not matter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

from ...fixes.mask import mask
from ...record import CellRecord
from ...source import ALIAS, MAGIC
from .code import imports_in, read
from .program import cell_key

_BY_NAME = frozenset(
    {"__builtins__", "breakpoint", "builtins", "eval", "exec", "get_ipython", "globals", "locals"}
    | {"runpy", "vars"}
)
"""Reach variables whose names the text need not have."""
_BY_FRAME = frozenset(
    {"currentframe", "dump_module", "dump_session", "f_globals", "f_locals", "get_objects"}
    | {"_getframe", "set_trace", "stack", "user_global_ns", "user_ns"}
)
"""Attributes and functions that do, too. ``torch.stack`` is none of them."""
_HARMLESS = frozenset(
    {"HTML", "SVG", "aimport", "autoreload", "bash", "capture", "cd", "colors", "conda", "config"}
    | {"env", "gui", "html", "javascript", "js", "latex", "load_ext", "ls", "lsmagic", "mamba"}
    | {"markdown", "matplotlib", "memit", "mkdir", "pdoc", "pinfo", "pinfo2", "pip", "precision"}
    | {"psource", "pwd", "reload_ext", "set_env", "sh", "svg", "sx", "system", "tensorboard"}
    | {"time", "timeit", "unload_ext", "uv", "watermark", "writefile", "xmode", MAGIC, ALIAS}
)
"""Magics that read no variable which their text does not name."""


class Outlook(Enum):
    """What cells that may run later mean for a fix."""

    SAFE = "safe"
    """No cell wants what the fix takes away."""
    UNSAFE = "unsafe"
    """A cell might; the fix can be offered, but is no safe one."""
    NEEDED = "needed"
    """A cell does, so there is nothing to advise."""


@dataclass(frozen=True, slots=True)
class NotebookCell:
    """A code cell as the front end has it."""

    cell_id: str
    source: str


class Later:
    """The texts that may run after a run: those of the notebook, and those that have run."""

    def __init__(
        self, cells: Sequence[NotebookCell] | None, history: Sequence[CellRecord] = ()
    ) -> None:
        """``cells``: of the notebooks on this kernel, ``None`` if not all are known."""
        self._cells = cells
        self._history = history

    @cached_property
    def is_known(self) -> bool:
        """Whether all texts are there, and say by name what they read."""
        return self._cells is not None and not any(map(is_opaque, self.texts()))

    @cached_property
    def _latest(self) -> dict[str, CellRecord]:
        return {cell_key(run): run for run in self._history}

    @cached_property
    def _ran(self) -> frozenset[str]:
        return frozenset(run.source for run in self._latest.values())

    @cached_property
    def imports(self) -> dict[str, str]:
        """What names stand for by the imports of all these cells."""
        return imports_in(self.texts())

    def texts(self, but: CellRecord | None = None) -> list[str]:
        """Each text once; all but that of one run's cell."""
        own = None if but is None else cell_key(but)
        found = {run.source: None for key, run in self._latest.items() if key != own}
        for cell in self._cells or ():
            if but is None or cell.cell_id != own or cell.source != but.source:
                found[cell.source] = None
        return list(found)

    def has_run(self, text: str) -> bool:
        """Whether a run of this text shows what it does."""
        return text in self._ran

    def waiting(self, but: CellRecord) -> Iterator[str]:
        """The texts of other cells that have not run."""
        return (text for text in self.texts(but) if not self.has_run(text))

    def asks_for(self, attributes: Collection[str]) -> bool:
        """Whether a cell, run or not, may read an attribute of one of these names."""
        asks = re.compile(rf"[.'\"](?:{'|'.join(map(re.escape, attributes))})(?!\w)")
        return any(map(asks.search, self.texts()))

    def mentions(self, names: Collection[str], but: CellRecord) -> bool:
        """Whether a cell that has not run has one of the names, in whatever way."""
        return any(has_word(text, name) for text in self.waiting(but) for name in names)


def has_word(text: str, name: str) -> bool:
    """Whether a text has a name as a whole word."""
    return name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


@lru_cache(maxsize=4096)
def is_opaque(source: str) -> bool:
    """Whether a cell may read variables that its text does not name, or cannot be read."""
    masked = mask(source)
    magics = [*masked.cell_magics, *(escape.name for escape in masked.escapes)]
    if any(name is not None and name not in _HARMLESS for name in magics):
        return True
    if masked.foreign_magic is not None:
        return False
    code = read(source)
    return code is None or any(map(_looks_up, ast.walk(code.tree)))


def hides(source: str, name: str) -> bool:
    """Whether what IPython runs of a cell, and Python does not see, has a name."""
    if "%" not in source and "!" not in source and not source.lstrip().startswith(("/", ",", ";")):
        return False
    masked = mask(source)
    if masked.foreign_magic is not None and has_word(source, name):
        return True
    heads = "\n".join(line for line in source.splitlines() if line.startswith("%%"))
    bodies = (escape.body for escape in masked.escapes)
    return any(has_word(body, name) for body in (heads, *bodies))


def _looks_up(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _BY_NAME
    if isinstance(node, ast.Attribute):
        if node.attr in ("modules", "stack") and isinstance(node.value, ast.Name):
            return node.value.id in ("sys", "inspect")
        return node.attr in _BY_FRAME - {"stack"}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
        return bool(names & {"__main__", "builtins", "dill", "runpy"})
    return False
