"""Attributes that should freeze parameters and do nothing."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ... import fixes
from ...record import CellRecord, Fix
from ...words import code_list
from ..evidence.runs import place_of
from ..evidence.trainers import all_of
from ..grammar import Case, Finding, Rule
from ..text.code import Place, dotted, read

_TYPO = "require_grad"
_OF_PARAMETERS_ONLY = ("weight", "bias")
"""Ends of names that no module has."""
_SHOWN = 3

_OF_PARAMETERS = (
    f"PyTorch knows no `{_TYPO}`: the assignment adds an attribute that nobody reads, and the "
    "parameters go on being trained. The attribute is `requires_grad`."
)
_OF_MODULES = (
    "A module has no `requires_grad` of its own: the assignment adds an attribute that nobody "
    "reads, and its parameters go on being trained. `requires_grad_()` sets them."
)


@dataclass(frozen=True, slots=True)
class Assigned:
    """An assignment to such an attribute."""

    record: CellRecord
    place: Place
    of_module: bool


class RequiresGradTypo(Rule):
    """`p.require_grad = False` adds an attribute of that name, and `module.requires_grad = False`
    sets none of the module's parameters: nothing is frozen.

    Evidence: The attribute is there, on a parameter or a module of the notebook.

    Fix: Writes `p.requires_grad = False`, or `module.requires_grad_(False)`.

    Silent: In cells that run after the one that set it.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.requires_grad_
        https://github.com/pytorch-labs/torchfix

    Notes: Nothing is predicted: parameters that were meant to be frozen are trained. The fix may
    be in another cell: it stands where the assignment stands.
    """

    id = "requires-grad-typo"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """Attributes that this cell's text assigns, or that the run before did not have."""
        paths = _stray(case.record)
        if not paths:
            return None
        modules = {module.path for module in all_of(case.placement.modules)}
        sites = list(assignments(case.record, paths, modules))
        if not sites:
            place = place_of(case.record, case.history)
            before = _stray(case.history[place - 1]) if place else []
            paths = [path for path in paths if path not in before]
            cells = reversed(case.program.cells) if paths else ()
            sites = [site for cell in cells for site in assignments(cell, paths, modules)]
        if not paths:
            return None
        if len(sites) == 1:
            site = sites[0]
            remedy = case.edit(lambda: _spelt(site), lines=[site.place.line], code=site.record)
        else:
            remedy = case.by_hand("The text does not tell where the attribute is set.")
        misspelt = any(path.endswith(_TYPO) for path in paths)
        others = f" and {len(paths) - 1} more freeze nothing" if paths[1:] else " freezes nothing"
        return Finding(
            title=f"`{paths[0]}`{others}.",
            explanation=_OF_PARAMETERS if misspelt else _OF_MODULES,
            evidence=[f"The notebook's modules have {code_list(paths[:_SHOWN])}."],
            remedy=remedy,
        )


def assignments(
    cell: CellRecord, paths: Sequence[str], modules: Collection[str]
) -> Iterator[Assigned]:
    """Where a cell's text assigns one of these attributes; ``modules``: how modules are written."""
    names = {path.rpartition(".")[2] for path in paths}
    typos = [path.rpartition(".")[0] for path in paths if path.endswith(_TYPO)]
    of_parameters = all(owner.endswith(_OF_PARAMETERS_ONLY) for owner in typos)
    code = read(cell.source) if any(name in cell.source for name in names) else None
    if code is None:
        return
    assigns = (node for node in ast.walk(code.tree) if isinstance(node, ast.Assign))
    for target in (target for node in assigns for target in node.targets):
        if not isinstance(target, ast.Attribute) or target.attr not in names:
            continue
        owner, place = dotted(target.value), code.place(target)
        over = _iterated(code.tree, target)
        if f"{owner}.{target.attr}" in paths:
            yield Assigned(cell, place, owner in modules)
        elif "children()" in over or "modules()" in over:
            yield Assigned(cell, place, True)
        elif target.attr == _TYPO and (of_parameters or "parameters()" in over):
            yield Assigned(cell, place, False)


def _iterated(tree: ast.Module, target: ast.Attribute) -> str:
    """What the loop goes over whose variable gets the attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and any(each is target for each in ast.walk(node)):
            bound = [each for each in ast.walk(node.target) if isinstance(each, ast.expr)]
            if ast.unparse(target.value) in map(ast.unparse, bound):
                return ast.unparse(node.iter)
    return ""


def _spelt(site: Assigned) -> Fix:
    switches, cell = fixes.switches, site.record
    change = switches.call_requires_grad if site.of_module else switches.spell_requires_grad
    return change(cell.source, site.place, cell_id=cell.cell_id)


def _stray(record: CellRecord) -> list[str]:
    modules = record.placement.modules if record.placement is not None else []
    return [
        f"{module.path}.{path}"
        for module in modules
        for path in (module.layers.stray if module.layers is not None else ())
    ]
