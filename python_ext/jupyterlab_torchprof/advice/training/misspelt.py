"""Attributes that should freeze parameters and do nothing."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ...words import code_list
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Place, Program, dotted, read

_TYPO = "require_grad"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Assigned:
    """An assignment to such an attribute."""

    record: CellRecord
    place: Place
    of_module: bool


@dataclass(frozen=True, slots=True)
class Stray:
    """Attributes that do nothing."""

    record: CellRecord
    paths: list[str]
    site: Assigned | None


class RequiresGradTypo(OldRule[Stray]):
    """``require_grad`` set on parameters, or ``requires_grad`` on a module, does nothing.

    The finding is such an attribute on a module of the namespace that the run before did not
    have, or that this cell's text assigns. Nothing is predicted: parameters that were meant to be
    frozen are trained.

    The fix stands where the assignment stands: the attribute is spelt, or the module's method
    is called. It is refused where the text does not show the assignment.
    """

    id: ClassVar[str] = "requires-grad-typo"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "`p.require_grad = False` adds an attribute of that name, and `module.requires_grad = "
        "False` sets none of the module's parameters: nothing is frozen."
    )
    proof: ClassVar[str] = "The attribute is there, on a parameter or a module of the notebook."
    cure: ClassVar[str] = "Writes `p.requires_grad = False`, or `module.requires_grad_(False)`."
    silent: ClassVar[str] = "In cells that run after the one that set it."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.requires_grad_",
        "https://github.com/pytorch-labs/torchfix",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Stray | None:
        """See the class."""
        paths = _stray(record)
        if not paths:
            return None
        modules = _module_paths(record)
        sites = list(assignments(record, paths, modules))
        if not sites:
            before = _before(record, history)
            paths = [path for path in paths if path not in before]
            if not paths:
                return None
            cells = reversed(Program(record, history).cells)
            sites = [site for cell in cells for site in assignments(cell, paths, modules)]
        return Stray(record, paths, sites[0] if len(sites) == 1 else None)

    def title(self, finding: Stray) -> str:
        """One sentence."""
        first, more = finding.paths[0], len(finding.paths) - 1
        if more:
            return f"`{first}` and {more} more freeze nothing."
        return f"`{first}` freezes nothing."

    def explanation(self, finding: Stray) -> str:
        """What happens and what can be done."""
        if any(path.endswith(_TYPO) for path in finding.paths):
            return (
                f"PyTorch knows no `{_TYPO}`: the assignment adds an attribute that nobody reads, "
                "and the parameters go on being trained. The attribute is `requires_grad`."
            )
        return (
            "A module has no `requires_grad` of its own: the assignment adds an attribute that "
            "nobody reads, and its parameters go on being trained. `requires_grad_()` sets them."
        )

    def evidence(self, finding: Stray) -> list[str]:
        """Facts of the record."""
        return [f"The notebook's modules have {code_list(finding.paths[:_SHOWN])}."]

    def remedy(self, finding: Stray) -> Remedy:
        """Say what was meant."""
        from ...fixes.switches import CannotFix, call_requires_grad, spell_requires_grad

        site = finding.site
        if site is None:
            return Remedy(refusal="The text does not tell where the attribute is set.")
        code = None if site.record is finding.record else site.record
        change = call_requires_grad if site.of_module else spell_requires_grad
        try:
            fix = change(site.record.source, site.place, cell_id=site.record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.place.line], code=code)
        return Remedy(fix=fix, lines=[site.place.line], code=code)


def assignments(
    cell: CellRecord, paths: Sequence[str], modules: Collection[str]
) -> Iterator[Assigned]:
    """Where a cell's text assigns one of these attributes; ``modules``: how modules are written."""
    names = {path.rpartition(".")[2] for path in paths}
    code = read(cell.source) if any(name in cell.source for name in names) else None
    for node in ast.walk(code.tree) if code is not None else ():
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if code is None or not isinstance(target, ast.Attribute) or target.attr not in names:
                continue
            owner = dotted(target.value)
            if f"{owner}.{target.attr}" in paths:
                yield Assigned(cell, code.place(target), owner in modules)
                continue
            over = _iterated(code.tree, target)
            if "parameters()" in over and target.attr == _TYPO:
                yield Assigned(cell, code.place(target), False)
            elif "children()" in over or "modules()" in over:
                yield Assigned(cell, code.place(target), True)


def _iterated(tree: ast.Module, target: ast.Attribute) -> str:
    """What the loop goes over whose variable gets the attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and any(each is target for each in ast.walk(node)):
            bound = {each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)}
            if dotted(target.value) in bound:
                return ast.unparse(node.iter)
    return ""


def _module_paths(record: CellRecord) -> set[str]:
    pending = list(record.placement.modules) if record.placement is not None else []
    paths: set[str] = set()
    while pending:
        module = pending.pop()
        paths.add(module.path)
        pending.extend(module.children)
    return paths


def _stray(record: CellRecord) -> list[str]:
    modules = record.placement.modules if record.placement is not None else []
    return [
        f"{module.path}.{path}"
        for module in modules
        for path in (module.layers.stray if module.layers is not None else ())
    ]


def _before(record: CellRecord, history: Sequence[CellRecord]) -> set[str]:
    """What the run before had."""
    previous: CellRecord | None = None
    for run in history:
        if run is record:
            break
        previous = run
    return set(_stray(previous)) if previous is not None else set()
