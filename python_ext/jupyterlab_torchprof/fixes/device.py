"""The user's name for the device to compute on, or a line that makes one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import libcst as cst

from .cell import CannotFix
from .rewrite import Rewrite
from .torch_name import bound_names, find_torch

_USUAL = ("device", "DEVICE", "dev")
_CHOICE = '{torch}.device("cuda" if {torch}.cuda.is_available() else "cpu")'
_MPS_CHOICE = '{torch}.device("mps" if {torch}.backends.mps.is_available() else "cpu")'
_ANY_CHOICE = '{torch}.accelerator.current_accelerator() or {torch}.device("cpu")'

_CHOICES = {"cuda": _CHOICE, "mps": _MPS_CHOICE}
"""By device type; PyTorch before 2.6, which has no ``torch.accelerator``, knows these only."""


def name_device(
    rewrite: Rewrite,
    at: cst.CSTNode,
    *,
    named: Mapping[str, str],
    taken: Collection[str] = (),
    torch_name: str | None = None,
    accelerator: str | None = "cuda",
    on_cpu: bool = False,
) -> str:
    """A name that stands for the device at ``at``.

    ``named``: the namespace's variables that hold a device, and which (`Placement.devices_named`).
    A name that the cell binds itself counts only if it does so above. Where there is none, the
    line ``device = torch.device(…)`` is inserted above the top-level statement of ``at`` (and an
    import, if it needs one); ``taken`` are the names of the namespace that it must not bind.
    ``on_cpu``: a name that stands for the CPU will do, since there is nothing else here.

    Raises CannotFix if that is not possible.
    """
    top = _top_level(rewrite, at)
    line = rewrite.cell.lines(top)[0]
    above = _assigned_above(rewrite, line)
    bound = bound_names(rewrite.cell)
    usable = [name for name in named if name not in bound or name in above]
    usable += [name for name in _USUAL if name in above and name not in usable]
    wanted = [name for name in usable if on_cpu or not named.get(name, "").startswith("cpu")]
    for name in (*_USUAL, *wanted):
        if name in wanted:
            return name
    if _USUAL[0] in bound or _USUAL[0] in taken:
        raise CannotFix(f"The name {_USUAL[0]} is taken by something else.")
    torch = find_torch(rewrite.cell, line, torch_name)
    choice = _CHOICES.get(accelerator or "cuda", _ANY_CHOICE)
    new = f"{_USUAL[0]} = {choice.format(torch=torch.expression)}"
    if torch.import_line is not None:
        new = f"import torch{rewrite.cell.text.newline(line)}{new}"
    rewrite.add_line_above(top, new)
    return _USUAL[0]


def _top_level(rewrite: Rewrite, node: cst.CSTNode) -> cst.CSTNode:
    while rewrite.parent(node) is not rewrite.cell.module:
        node = rewrite.parent(node)
    return node


def _assigned_above(rewrite: Rewrite, line: int) -> set[str]:
    """Names that plain assignments at top level bind above a line."""
    names: set[str] = set()
    for statement in rewrite.cell.module.body:
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        if rewrite.cell.lines(statement)[1] >= line:
            break
        for part in statement.body:
            if isinstance(part, cst.Assign):
                for target in part.targets:
                    if isinstance(target.target, cst.Name):
                        names.add(target.target.value)
    return names
