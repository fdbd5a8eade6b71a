"""The files: a notebook read with an id in every cell, its kernel, and results written whole."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbformat import NotebookNode

from ..messages import CellText
from .errors import HeadlessError

_FIRST_MINOR_WITH_IDS = 5


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
        raise HeadlessError(f"There is no notebook {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise HeadlessError(f"{str(path)!r} cannot be read: {_reason(error)}.") from None
    try:
        notebook: NotebookNode = nbformat.convert(nbformat.reader.reads(text), 4)
        _complete(notebook)
    except Exception as error:  # nbformat raises what its code for that version stumbles over
        raise HeadlessError(f"{str(path)!r} is not a Jupyter notebook: {_reason(error)}.") from None
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
        wanted = cell.get("id") or f"cell-{index}"
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
    name = wanted or notebook["metadata"].get("kernelspec", {}).get("name") or "python3"
    kernels = KernelSpecManager()
    try:
        spec = kernels.get_kernel_spec(name)
    except NoSuchKernel:
        installed = ", ".join(sorted(kernels.find_kernel_specs())) or "none"
        raise HeadlessError(
            f"There is no kernel {name!r} (installed: {installed}); choose one with --kernel."
        ) from None
    if spec.language.lower() != "python":
        raise HeadlessError(
            f"The kernel {name!r} runs {spec.language}; only Python kernels can be profiled."
        )
    return name


def check_target(path: Path) -> None:
    """Make sure, before anything runs, that a result can be written there.

    Raises:
        HeadlessError: it cannot.
    """
    if path.is_dir():
        raise HeadlessError(f"{str(path)!r} is a folder, not a file.")
    if not path.parent.is_dir():
        raise HeadlessError(f"There is no folder {str(path.parent)!r} to write {path.name!r} to.")
    if not os.access(path.parent, os.W_OK):
        raise HeadlessError(f"The folder {str(path.parent)!r} cannot be written to.")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it, and a failure leaves the old one.

    Raises:
        OSError: it cannot be written.
    """
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    line = str(error).strip().split("\n", 1)[0][:200].rstrip(".")
    return f"{type(error).__name__}: {line}" if isinstance(error, (KeyError, TypeError)) else line
