"""Whose code a code object is: the notebook's, the user's own module's, or a library's."""

from __future__ import annotations

import os
import site
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, Literal

from .reloaded import find_in_file

COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
"""Names of code that has a frame of its own before Python 3.12, and stands in a function."""

_OURS = "jupyterlab_torchprof"
_PASSING_ON = frozenset(
    {
        *("asyncio", "concurrent", "contextlib", "functools", "importlib", "runpy", "threading"),
        *("IPython", "decorator", "ipykernel", "tornado", "traitlets", "zmq"),
    }
)
"""Packages that only call the user's code, or ours, for somebody."""
_CALLS = {
    "torch.nn.modules.module": {"__call__", "_wrapped_call_impl", "_call_impl"},
    "torch._compile": {"inner"},
    "torch.utils._contextlib": {"decorate_context", "generator_context"},
    "torch.optim.optimizer": {"wrapper", "_use_grad"},
    "torch.optim.lr_scheduler": {"wrapper"},
}
"""PyTorch's own functions through which every call of a module or an optimizer goes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the text of a code object stands."""

    kind: Literal["cell", "file", "library"]
    where: str
    """Hash of the cell's text, path of the file, or name of the package."""
    function: str | None
    """Qualified name; ``None`` at the top level of a cell."""
    shift: int = 0
    """What is added to a line of the compiled code to get one of the text."""
    lines: Mapping[int, int] | None = None
    """Of a function that stands elsewhere in the file by now: its lines there."""
    passes_on: bool = False
    """A library's function that only calls another, so that the call is the other's."""


def is_ours(code: CodeType) -> bool:
    """Whether the code is the profiler's own."""
    return code.co_filename.startswith(_home())


def standing_of_file(code: CodeType, module: Any) -> Standing | None:
    """Where code stands that no cell has; ``module``: ``__name__`` of its globals.

    ``None``: nowhere that could be shown (``exec``, generated code).
    """
    filename = code.co_filename
    name = module if type(module) is str else ""
    package = name.partition(".")[0]
    if filename.startswith("<frozen ") or package in _PASSING_ON or package == _OURS:
        return None
    if _is_library(filename):
        passes_on = code.co_name in _CALLS.get(name, ())
        return Standing("library", package or "python", function_name(code), passes_on=passes_on)
    if is_users_file(filename):
        moved = find_in_file(code)
        if moved is not None:
            return Standing("file", shown(filename), function_name(moved.code), lines=moved.lines)
        return Standing("file", shown(filename), function_name(code))
    return None


def is_users_file(filename: str) -> bool:
    """Whether a module of the user's own may stand there."""
    is_module = Path(filename).is_absolute() and filename.endswith(".py")
    return is_module and not _is_library(filename) and not filename.startswith(_home())


def function_name(code: CodeType) -> str | None:
    """Qualified name of the function that code stands in; of comprehensions that around them.

    ``None``: the top level of a module or a cell.
    """
    qualified: str = getattr(code, "co_qualname", code.co_name)  # since Python 3.11
    parts = qualified.replace(".<locals>", "").split(".")
    while parts and parts[-1] in COMPREHENSIONS:
        parts.pop()
    name = ".".join(parts)
    return None if not name or name == "<module>" or name.startswith("<cell line:") else name


@cache
def shown(filename: str) -> str:
    """A path as the user would write it: from the working directory, or from home."""
    path = Path(filename)
    for start, prefix in ((Path.cwd(), ""), (Path.home(), "~/")):
        if path.is_relative_to(start):
            return prefix + path.relative_to(start).as_posix()
    return path.as_posix()


def _is_library(filename: str) -> bool:
    return filename.startswith(_libraries()) or bool(
        {"site-packages", "dist-packages"} & set(Path(filename).parts)
    )


@cache
def _libraries() -> tuple[str, ...]:
    """Folders of the standard library and of what is installed."""
    known = sysconfig.get_paths()
    folders = {known[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders.add(site.getusersitepackages())
    return tuple(folder.rstrip(os.sep) + os.sep for folder in folders)


@cache
def _home() -> str:
    """The folder of this package."""
    return f"{Path(__file__).parents[2]}{os.sep}"
