"""The notebook, read with an id in every cell, its kernel, and where results may be written."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbformat import NotebookNode

from ..files import descriptor_of, is_special
from ..messages import CellText
from ..quote import printable, quoted
from .errors import HeadlessError

_FIRST_MINOR_WITH_IDS = 5
_LONGEST_ID = 64
"""In the format."""


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook of any version as version 4, each cell with an id of its own.

    A cell without an id is named by its place (``cell-3``), so that two runs of an old notebook
    can be compared.

    Raises:
        HeadlessError: there is no such file, or it is no notebook.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise HeadlessError(f"There is no notebook {quoted(path)}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise HeadlessError(f"{quoted(path)} cannot be read: {_reason(error)}.") from None
    try:
        notebook: NotebookNode = nbformat.convert(nbformat.reader.reads(text), 4)
        _complete(notebook)
        nbformat.v4.writes(notebook)  # what cannot be written again should not run first
    except Exception as error:  # nbformat raises what its code for that version stumbles over
        raise HeadlessError(
            f"{quoted(path)} is not a Jupyter notebook: {_reason(error)}."
        ) from None
    return notebook


def _complete(notebook: NotebookNode) -> None:
    """Give cells what the format promises and old or hand-made notebooks lack."""
    taken: set[str] = set()
    notebook.setdefault("metadata", NotebookNode())
    for index, cell in enumerate(notebook["cells"], start=1):
        cell.setdefault("metadata", NotebookNode())
        if cell["cell_type"] == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
        if not isinstance(cell["source"], str):
            raise ValueError(f"the source of cell {index} is no text")
        own = cell.get("id")
        usable = isinstance(own, str) and 0 < len(own) <= _LONGEST_ID and _is_plain(own)
        wanted = own if usable else f"cell-{index}"
        cell_id, again = wanted, 1
        while cell_id in taken:
            again += 1
            cell_id = f"{wanted}-{again}"
        taken.add(cell_id)
        cell["id"] = cell_id
    notebook["nbformat_minor"] = max(notebook.get("nbformat_minor", 0), _FIRST_MINOR_WITH_IDS)


def code_cells(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """The cells that run, each with its place in the notebook."""
    return [
        (index, cell)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]


def cell_texts(notebook: NotebookNode) -> list[CellText] | None:
    """What the profiler is told of the cells; ``None`` where a text cannot be sent."""
    cells = [
        CellText(cell_id=cell.id, source=cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    try:
        for cell in cells:
            f"{cell.cell_id}{cell.source}".encode()
    except UnicodeEncodeError:  # half a character, which no message can hold
        return None
    return cells


def find_kernel(notebook: NotebookNode, wanted: str | None) -> str:
    """Name of the kernel to start: ``wanted``, else the notebook's own, else ``python3``.

    Raises:
        HeadlessError: no such kernel is installed, or it does not speak Python.
    """
    name = wanted or _own_kernel(notebook) or "python3"
    kernels = KernelSpecManager()
    try:
        spec = kernels.get_kernel_spec(name)
    except NoSuchKernel:
        installed = ", ".join(sorted(kernels.find_kernel_specs())) or "none"
        raise HeadlessError(
            f"There is no kernel {quoted(name)} (installed: {installed}); choose one with --kernel."
        ) from None
    if spec.language.lower() != "python":
        raise HeadlessError(
            f"The kernel {quoted(name)} runs {spec.language}; only Python kernels can be profiled."
        )
    return name


def _own_kernel(notebook: NotebookNode) -> str | None:
    """What the notebook says, if it says anything that could be a name."""
    found: object = notebook.get("metadata")
    for key in ("kernelspec", "name"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) and _is_plain(found) else None


def _is_plain(text: str) -> bool:
    """It can be sent and stored: without halves of characters."""
    return text == text.encode("utf-8", "replace").decode("utf-8")


def check_target(path: Path) -> None:
    """Make sure, before anything runs, that a result can be written there.

    Raises:
        HeadlessError: it cannot.
    """
    try:
        if is_special(path):
            writable = descriptor_of(path) is not None or os.access(path, os.W_OK)
            reason = "" if writable else f"{quoted(path)} cannot be written to."
        elif path.is_dir():
            reason = f"{quoted(path)} is a folder, not a file."
        elif not path.parent.is_dir():
            reason = f"There is no folder {quoted(path.parent)} to write {quoted(path.name)} to."
        elif not os.access(path.parent, os.W_OK):
            reason = f"The folder {quoted(path.parent)} cannot be written to."
        else:
            with contextlib.suppress(FileNotFoundError):
                path.stat()  # a name that is too long shows here
            reason = ""
    except OSError as error:
        reason = f"{quoted(path)} cannot be written to: {_reason(error)}."
    if reason:
        raise HeadlessError(reason)


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    line = printable(str(error).strip().split("\n", 1)[0], 200).rstrip(".")
    return f"{type(error).__name__}: {line}" if isinstance(error, (KeyError, TypeError)) else line
