"""Losses that add up over several batches."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Call, Program, Site, read
from ..text.sites import sites_of_run

_SCALINGS = frozenset({"div", "divide", "mul", "multiply", "true_divide"})
_SCALE_FREE = frozenset({"Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam"})


@dataclass(frozen=True, slots=True)
class Unscaled:
    """Losses that are summed over several batches."""

    record: CellRecord
    site: Site
    divisor: str
    backwards: int
    steps: int


class AccumulationUnscaled(OldRule[Unscaled]):
    """Gradients of k batches are added up without dividing the loss by k.

    The finding is a run with at least twice as many backwards as steps, a loop in which the step
    stands under ``if … % k``, and a loss of that loop that nothing divides. Nothing is predicted:
    what changes is what is learned.

    Silent where the text divides or multiplies a loss in that loop, divides by k anywhere, or sums
    losses; where the backward is not the loss's own (a library's may divide); and for optimizers
    that divide gradients by their own size (the family of Adam), to which the factor is nothing.
    """

    id: ClassVar[str] = "accumulation-unscaled"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "Gradients of k batches are added up for one step, but each loss is a mean of its own "
        "batch: the step is k times as long as that of one large batch."
    )
    proof: ClassVar[str] = (
        "At least twice as many backwards as optimizer steps, and a loop whose step stands under "
        "`if ... % k` and whose loss is not divided."
    )
    cure: ClassVar[str] = "Writes `(loss / k).backward()`."
    silent: ClassVar[str] = (
        "Losses that are divided, multiplied or summed; backwards of a library, as "
        "`accelerator.backward(loss)`; optimizers of Adam's family, to which a constant factor "
        "makes no difference."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Unscaled | None:
        """See the class."""
        grad = record.grad
        stepped = [entry for entry in record.optimizers if entry.steps]
        if grad is None or len(stepped) != 1 or grad.backwards < 2 * grad.optimizer_steps:
            return None
        if stepped[0].class_name in _SCALE_FREE or stepped[0].class_name == "LBFGS":
            return None
        program = Program(record, history)
        sites = sites_of_run(program, program.methods("backward"))
        if len(sites) != 1 or sites[0].call.node.args:
            return None
        divisor = interval(sites[0].call)
        if divisor is None or is_scaled(sites[0]) or _divides_by(divisor, program):
            return None
        if any("reduction=" in cell.source and "sum" in cell.source for cell in program.cells):
            return None
        return Unscaled(record, sites[0], divisor, grad.backwards, grad.optimizer_steps)

    def title(self, finding: Unscaled) -> str:
        """One sentence."""
        return f"Losses of {finding.divisor} batches add up without being divided."

    def explanation(self, finding: Unscaled) -> str:
        """What happens and what can be done."""
        return (
            f"Each loss is a mean over its own batch, so that {finding.divisor} of them make a "
            f"gradient that many times as large as that of one large batch, as if the learning "
            f"rate were. Divided by {finding.divisor} before the backward they make the same."
        )

    def evidence(self, finding: Unscaled) -> list[str]:
        """Facts of the record."""
        return [
            f"{count_of(finding.backwards, 'backward')} went with "
            f"{count_of(finding.steps, 'optimizer step')}.",
            f"Line {finding.site.call.line} calls the backward of a loss that nothing divides.",
        ]

    def remedy(self, finding: Unscaled) -> Remedy:
        """Divide the loss."""
        from ...fixes.training_loop import CannotFix, scale_loss  # libcst takes a while to import

        site = finding.site
        code = None if site.record is finding.record else site.record
        source, cell_id = site.record.source, site.record.cell_id
        try:
            fix = scale_loss(source, site.call.place, finding.divisor, cell_id=cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


def interval(backward: Call) -> str | None:
    """The ``k`` of the ``if … % k`` under which the loop of a backward steps."""
    loops = [each for each in backward.loops if isinstance(each, ast.For)]
    for node in ast.walk(loops[-1]) if loops else ():
        if not isinstance(node, ast.If) or ".step(" not in "".join(map(ast.unparse, node.body)):
            continue
        for part in ast.walk(node.test):
            if not isinstance(part, ast.BinOp) or not isinstance(part.op, ast.Mod):
                continue
            if isinstance(part.right, (ast.Name, ast.Attribute, ast.Constant)):
                return ast.unparse(part.right)
    return None


def is_scaled(site: Site) -> bool:
    """Whether anything is divided or multiplied on the way to the backward's loss."""
    code, call = read(site.record.source), site.call
    if code is None or not isinstance(call.node.func, ast.Attribute):
        return True
    if not isinstance(call.node.func.value, ast.Name):
        return True
    loss = call.node.func.value.id
    for node in ast.walk(call.loops[-1]):
        if isinstance(node, ast.Call) and _scales(node, loss):
            return True
        value: ast.AST | None = None
        if isinstance(node, ast.Assign) and any(loss in ast.unparse(t) for t in node.targets):
            value = node.value
        elif isinstance(node, ast.AugAssign) and ast.unparse(node.target) == loss:
            return True
        for part in ast.walk(value) if value is not None else ():
            if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Div, ast.Mult)):
                return True
    return False


def _scales(node: ast.Call, loss: str) -> bool:
    """``loss.div(k)``, ``loss.mul_(1 / k)``, ``torch.div(loss, k)``."""
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr.rstrip("_") not in _SCALINGS:
        return False
    first = ast.unparse(node.args[0]) if node.args else ""
    return loss in (ast.unparse(function.value), first)


def _divides_by(divisor: str, program: Program) -> bool:
    """Whether anything is divided by ``k`` in any cell: a function may do it to the loss."""
    division = re.compile(rf"/=?\s*{re.escape(divisor)}\b")
    return any(division.search(cell.source) for cell in program.cells)
