"""Backwards through a graph that is gone."""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import takewhile

from ... import fixes
from ...record import Action, CellRecord
from ..evidence.failures import Failure, failures
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Call, read
from ..text.first_uses import name_uses
from ..text.program import Site
from ..text.sites import block_of

_MESSAGE = "Trying to backward through the graph a second time"


class BackwardTwice(Rule):
    """A backward frees what the graph has saved, so a second one through the same graph fails.

    Evidence: PyTorch's error, in this run.

    Fix: Adds two losses, or lets the first backward keep the graph; or runs the cell again that
    computes the loss.

    Silent: For other errors of autograd.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html

    Notes: Nothing is predicted: the cell runs.

    A fix is offered where the text shows the first backward: two on the same loss in one block
    (the first keeps the graph), or two losses one right below the other (their sum has the same
    gradients, and the graph is walked once). Where the loss was computed in another cell, the
    action runs that cell again. Anywhere else, as with a hidden state that is carried from step to
    step, there is no safe fix.
    """

    id = "backward-twice"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's own error, and the backward before it as far as the text shows it."""
        frames = failures(case.record, case.history, _MESSAGE, names=("RuntimeError",))
        if not frames:
            return None
        second = _failed(frames[0])
        first = None if second is None else first_backward(second.record.source, second.call)
        facts = [f"RuntimeError: {_MESSAGE}."]
        if second is None or first is None:
            way, remedy = _compute_again(case, frames[0], second)
        else:
            way, remedy = _in_one_block(case, Site(second.record, first), second)
            facts.append(
                f"Line {first.line} runs `{first.name}()`, line {second.call.line} "
                f"`{second.call.name}()`."
            )
        loss = "this loss" if second is None else f"`{second.call.receiver}`"
        return Finding(
            title=f"The graph of {loss}, or a part of it, has been freed by an earlier backward.",
            explanation=(
                "A backward frees the tensors that the graph has saved, since they are needed "
                f"once. The next backward needs a new graph. {way}".rstrip()
            ),
            evidence=facts,
            remedy=remedy,
        )


def is_of_a_loss(call: Call) -> bool:
    """Whether it is the backward of a loss that has a name."""
    return call.method == "backward" and bool(call.receiver) and "?" not in call.receiver


def _failed(failure: Failure) -> Site | None:
    """The backward on the failing line."""
    cell, line = failure.code, failure.line or 0
    code = read(cell.source) if cell is not None else None
    for call in code.calls if code is not None else ():
        if cell is not None and is_of_a_loss(call) and call.line <= line <= call.place.end_line:
            return Site(cell, call)
    return None


def first_backward(source: str, second: Call) -> Call | None:
    """A backward above another one that must have freed the graph."""
    code = read(source)
    if code is None or not isinstance(second.statement, ast.Expr):
        return None
    block = block_of(code, second.statement)
    above = list(takewhile(lambda each: each is not second.statement, block))
    for statement in reversed(above):
        calls = [call for call in code.calls if call.statement is statement]
        first = calls[0] if calls and calls[0].is_statement else None
        if first is not None and first.method == "backward" and first.receiver:
            if first.receiver == second.receiver:
                return first
            # Right above, nothing can have happened to the gradients in between.
            return first if statement is above[-1] and is_of_a_loss(first) else None
        bound = {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        }
        # A step changes weights that the second backward needs as they were.
        steps = any(call.method == "step" for call in calls)
        if steps or second.receiver.partition(".")[0] in bound:
            return None
    return None


def _in_one_block(case: Case, first: Site, second: Site) -> tuple[str, Callable[[], Remedy]]:
    """What to do where the text shows both backwards."""
    source, cell_id = first.record.source, first.record.cell_id
    one, two = first.call, second.call
    if one.receiver == two.receiver:
        return (
            "With retain_graph=True the first backward keeps it for the second.",
            case.edit(
                lambda: fixes.twice.retain_first(source, one.place, cell_id=cell_id), first, second
            ),
        )
    return (
        f"`{one.receiver}` and `{two.receiver}` share a part of their graphs; one backward of "
        "their sum gives the same gradients.",
        case.edit(
            lambda: fixes.twice.add_losses(source, one.place, two.place, cell_id=cell_id),
            first,
            second,
        ),
    )


def _compute_again(
    case: Case, failure: Failure, second: Site | None
) -> tuple[str, Callable[[], Remedy]]:
    """What to do where it does not show the first one."""
    way, actions = "", list[Action]()
    if second is not None and second.call.loops:
        way = (
            "In a loop the usual reason is a tensor that is computed before the loop, or carried "
            "from step to step, like a hidden state: compute it in the loop, or pass it on with "
            "`.detach()`."
        )
    elif second is not None and second.record is case.record:
        maker = _maker(case, second.call.receiver)
        if maker is not None:
            way = "Run the cell that computes it again before each backward."
            actions = _run_again(maker, second.call.receiver)
    return way, case.by_hand(
        "The text does not show which backward came first.",
        lines=failure.lines,
        code=failure.elsewhere,
        actions=actions,
    )


def _maker(case: Case, loss: str) -> CellRecord | None:
    """The latest other cell that binds the loss, if this one does not."""
    uses = name_uses(case.record.source)
    if uses is None or loss in uses.bound:
        return None
    for cell in reversed(case.program.cells):
        other = name_uses(cell.source) if cell is not case.record and loss in cell.source else None
        if other is not None and loss in other.bound:
            return cell
    return None


def _run_again(maker: CellRecord, loss: str) -> list[Action]:
    if maker.cell_id is None:
        return []
    return [
        Action(
            kind="run_cell",
            title=f"Compute {loss} again",
            description=f"Runs the cell again that computes `{loss}`, as it stands now.",
            targets=[maker.cell_id],
        )
    ]
