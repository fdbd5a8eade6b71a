"""Fixes of what processes run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupyterlab_torchprof.fixes.threads import set_one_thread
from jupyterlab_torchprof.record import TextEdit


def _one_thread(
    source: str, *, line: int | None = None, torch_name: str | None = "torch"
) -> Sequence[TextEdit]:
    """``line``: within the function; the first of the cell's that is indented, by default."""
    lines = source.splitlines()
    indented = (number for number, text in enumerate(lines, 1) if text[:1] in (" ", "\t"))
    at = line if line is not None else next(indented, 1)
    return set_one_thread(source, at, torch_name=torch_name, cell_id=None).edits


ADAPTERS: dict[str, Callable[..., Sequence[TextEdit]]] = {"fork-after-threads": _one_thread}
