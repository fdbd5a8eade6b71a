"""Losses that get what they do not expect."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ..code import Call, Code, Program, Site, read, resolve
from ..remedy import Remedy
from ..rule import Rule
from ..sites import sites_of_run

_LOSS = "torch.nn.CrossEntropyLoss"
_FUNCTION = "torch.nn.functional.cross_entropy"
_SOFTMAXES = frozenset({"torch.softmax", "torch.nn.functional.softmax"})
_BY_HAND = (
    "The softmax stands where the model or its output is made: take it away there, and apply it "
    "only where you need probabilities."
)


@dataclass(frozen=True, slots=True)
class Twice:
    """A cross-entropy on probabilities."""

    record: CellRecord
    line: int
    site: Site | None
    modules: tuple[str, ...]
    """Names that imports bind."""


class SoftmaxIntoCrossEntropy(Rule[Twice]):
    """A cross-entropy, which computes a log-softmax, gets the output of a softmax.

    The finding is a backward of the run whose graph has a log-softmax right behind a softmax.
    Nothing is predicted: what changes is what is learned.

    The fix is offered where the text shows the softmax as the loss's first argument; otherwise
    it stands in the model, whose output somebody may want as probabilities.
    """

    id: ClassVar[str] = "softmax-into-ce"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "Cross-entropy computes the softmax itself. On probabilities it squeezes gradients, so "
        "that training is slow and stays far from the optimum."
    )
    proof: ClassVar[str] = (
        "The graph of a backward has a log-softmax whose input is the output of a softmax."
    )
    cure: ClassVar[str] = (
        "Passes the logits where the softmax is the loss's argument; otherwise says what to take "
        "away by hand."
    )
    silent: ClassVar[str] = "Losses on log-probabilities (`NLLLoss`), and softmax of attention."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Twice | None:
        """See the class."""
        grad = record.grad
        if grad is None or grad.double_softmax_line is None:
            return None
        program = Program(record, history)
        sites = sites_of_run(program, softmax_losses(program))
        site = sites[0] if len(sites) == 1 else None
        return Twice(record, grad.double_softmax_line, site, tuple(program.imports))

    def title(self, finding: Twice) -> str:
        """One sentence."""
        return "The cross-entropy gets the output of a softmax instead of logits."

    def explanation(self, finding: Twice) -> str:
        """What happens and what can be done."""
        return (
            "Cross-entropy computes the softmax itself. Given probabilities, all between 0 and 1, "
            "it can tell classes apart only a little: gradients are small and the loss stays far "
            "from zero. Give it the outputs of the last linear layer."
        )

    def evidence(self, finding: Twice) -> list[str]:
        """Facts of the record."""
        return [
            f"The loss of the backward on line {finding.line} applies a log-softmax to the output "
            "of a softmax."
        ]

    def remedy(self, finding: Twice) -> Remedy:
        """Pass the logits."""
        from ...fixes.training_loop import CannotFix, unfold_softmax

        site = finding.site
        if site is None:
            return Remedy(refusal=_BY_HAND, lines=[finding.line])
        code = None if site.record is finding.record else site.record
        try:
            fix = unfold_softmax(
                site.record.source,
                site.call.place,
                cell_id=site.record.cell_id,
                modules=finding.modules,
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


def softmax_losses(program: Program) -> Iterator[Site]:
    """Cross-entropies whose first argument is a softmax."""
    criteria = _criteria(program)
    for cell in program.cells:
        code = read(cell.source) if "softmax" in cell.source.lower() else None
        for call in _losses(code, program, criteria) if code is not None else ():
            yield Site(cell, call)


def _losses(code: Code, program: Program, criteria: set[str]) -> Iterator[Call]:
    for call in code.calls:
        first = call.node.args[0] if call.node.args else None
        if not isinstance(first, ast.Call) or not is_softmax(first, program):
            continue
        name = resolve(call.name, program.imports)
        made = isinstance(call.node.func, ast.Call) and _is_loss(call.node.func, program)
        if name == _FUNCTION or call.name in criteria or made:
            yield call


def is_softmax(node: ast.Call, program: Program) -> bool:
    """Whether a call computes a softmax: a function, a method or a module made on the spot."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "softmax":
        return True
    if isinstance(node.func, ast.Call):
        return resolve(ast.unparse(node.func.func), program.imports) == "torch.nn.Softmax"
    return resolve(ast.unparse(node.func), program.imports) in _SOFTMAXES


def _criteria(program: Program) -> set[str]:
    """Variables that hold a cross-entropy."""
    names: set[str] = set()
    for site in program.calls(_LOSS):
        statement = site.call.statement
        if isinstance(statement, ast.Assign) and statement.value is site.call.node:
            names.update(ast.unparse(target) for target in statement.targets)
    return names


def _is_loss(node: ast.Call, program: Program) -> bool:
    return resolve(ast.unparse(node.func), program.imports) == _LOSS
