"""Backwards through a graph that is gone."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import Action, CellRecord, Severity
from ..evidence.failures import Failure, failures
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Call, Program, read
from ..text.names import name_uses
from ..text.sites import block_of

_MESSAGE = "Trying to backward through the graph a second time"


@dataclass(frozen=True, slots=True)
class Twice:
    """A backward that came too late."""

    failure: Failure
    loss: str
    """What it was called on, as written; empty if the line does not show it."""
    second: Call | None
    first: Call | None
    """The backward before it, if it stands right above, or on the same loss in the same block."""
    maker: CellRecord | None
    """The cell that computed the loss, if another one ran the backward."""


class BackwardTwice(OldRule[Twice]):
    """A backward goes through a graph that an earlier backward has freed.

    The finding is PyTorch's own error, on the run that raised it. Nothing is predicted: the cell
    runs.

    A fix is offered where the text shows the first backward: two on the same loss in one block
    (the first keeps the graph), or two losses one right below the other (their sum has the same
    gradients, and the graph is walked once). Where the loss was computed in another cell, the
    action runs that cell again. Anywhere else, as with a hidden state that is carried from step
    to step, there is no safe fix.
    """

    id: ClassVar[str] = "backward-twice"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "A backward frees what the graph has saved, so a second one through the same graph fails."
    )
    proof: ClassVar[str] = "PyTorch's error, in this run."
    cure: ClassVar[str] = (
        "Adds two losses, or lets the first backward keep the graph; or runs the cell again that "
        "computes the loss."
    )
    silent: ClassVar[str] = "For other errors of autograd."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Twice | None:
        """See the class."""
        frames = failures(record, history, _MESSAGE, names=("RuntimeError",))
        if not frames:
            return None
        failure = frames[0]
        second = _backward(failure)
        if second is None or failure.code is None:
            return Twice(failure, "", None, None, None)
        first = _before(failure.code.source, second)
        maker = None
        if first is None and failure.code is record and not second.loops:
            maker = _maker(record, history, second.receiver)
        return Twice(failure, second.receiver, second, first, maker)

    def title(self, finding: Twice) -> str:
        """One sentence."""
        loss = f"`{finding.loss}`" if finding.loss else "this loss"
        return f"The graph of {loss}, or a part of it, has been freed by an earlier backward."

    def explanation(self, finding: Twice) -> str:
        """What happens and what can be done."""
        parts = [
            "A backward frees the tensors that the graph has saved, since they are needed once. "
            "The next backward needs a new graph."
        ]
        if finding.first is not None and finding.first.receiver != finding.loss:
            parts.append(
                f"`{finding.first.receiver}` and `{finding.loss}` share a part of their graphs; "
                "one backward of their sum gives the same gradients."
            )
        elif finding.first is not None:
            parts.append("With retain_graph=True the first backward keeps it for the second.")
        elif finding.maker is not None:
            parts.append("Run the cell that computes it again before each backward.")
        elif finding.second is not None and finding.second.loops:
            parts.append(
                "In a loop the usual reason is a tensor that is computed before the loop, or "
                "carried from step to step, like a hidden state: compute it in the loop, or pass "
                "it on with `.detach()`."
            )
        return " ".join(parts)

    def evidence(self, finding: Twice) -> list[str]:
        """The error, and what came before."""
        facts = [f"RuntimeError: {_MESSAGE}."]
        if finding.first is not None and finding.second is not None:
            facts.append(
                f"Line {finding.first.line} runs `{finding.first.name}()`, line "
                f"{finding.second.line} `{finding.second.name}()`."
            )
        return facts

    def remedy(self, finding: Twice) -> Remedy:
        """Add the losses, keep the graph, or compute it again."""
        from ...fixes.twice import CannotFix, add_losses, retain_first

        failure, first, second = finding.failure, finding.first, finding.second
        if first is None or second is None or failure.code is None:
            return Remedy(
                refusal="The text does not show which backward came first.",
                lines=failure.lines,
                code=failure.elsewhere,
                actions=_run_again(finding),
            )
        lines = [first.line, second.line]
        source, cell_id = failure.code.source, failure.code.cell_id
        try:
            if first.receiver == second.receiver:
                fix = retain_first(source, first.place, cell_id=cell_id)
            else:
                fix = add_losses(source, first.place, second.place, cell_id=cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=failure.elsewhere)
        return Remedy(fix=fix, lines=lines, code=failure.elsewhere)


def two_backwards(source: str) -> tuple[Call, Call] | None:
    """The first backward of a cell that has another one before it."""
    code = read(source)
    for call in code.calls if code is not None else ():
        is_named = bool(call.receiver) and "?" not in call.receiver
        first = _before(source, call) if call.method == "backward" and is_named else None
        if first is not None:
            return first, call
    return None


def _backward(failure: Failure) -> Call | None:
    code = read(failure.code.source) if failure.code is not None else None
    for call in code.calls if code is not None else ():
        on_line = call.line <= (failure.line or 0) <= call.place.end_line
        if on_line and call.method == "backward" and "?" not in call.receiver and call.receiver:
            return call
    return None


def _before(source: str, second: Call) -> Call | None:
    """A backward above that must have freed the graph."""
    code = read(source)
    if code is None or not isinstance(second.statement, ast.Expr):
        return None
    block = block_of(code, second.statement)
    above = block[: next((i for i, each in enumerate(block) if each is second.statement), 0)]
    for index, statement in enumerate(reversed(above)):
        call = next((c for c in code.calls if c.statement is statement), None)
        is_backward = (
            isinstance(statement, ast.Expr)
            and call is not None
            and statement.value is call.node
            and call.method == "backward"
            and bool(call.receiver)
        )
        if is_backward and call is not None:
            if call.receiver == second.receiver:
                return call
            # Right above, nothing can have happened to the gradients in between.
            return call if index == 0 and "?" not in call.receiver else None
        bound = {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        }
        # A step changes weights that the second backward needs as they were.
        steps = any(c.method == "step" and c.statement is statement for c in code.calls)
        if second.receiver.partition(".")[0] in bound or steps:
            return None
    return None


def _maker(record: CellRecord, history: Sequence[CellRecord], loss: str) -> CellRecord | None:
    """The latest other cell that binds the loss, if this one does not."""
    uses = name_uses(record.source)
    if uses is None or loss in uses.bound:
        return None
    for cell in reversed(Program(record, history).cells):
        other = name_uses(cell.source) if cell is not record and loss in cell.source else None
        if other is not None and loss in other.bound:
            return cell
    return None


def _run_again(finding: Twice) -> list[Action]:
    maker = finding.maker
    if maker is None or maker.cell_id is None:
        return []
    return [
        Action(
            kind="run_cell",
            title=f"Compute {finding.loss} again",
            description=f"Runs the cell again that computes `{finding.loss}`, as it stands now.",
            targets=[maker.cell_id],
        )
    ]
