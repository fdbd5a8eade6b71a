"""Two backwards through one graph."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "add_losses", "retain_first"]


def retain_first(source: str, first: Place, *, cell_id: str | None) -> Fix:
    """Let the backward at ``first`` keep the graph for the next."""
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(first)
    if any(argument.star or argument.keyword is None for argument in call.args):
        raise CannotFix(f"The backward of line {first.line} has arguments of its own.")
    rewrite.set_argument(call, "retain_graph", "True")
    return rewrite.fix(f"Keep the graph on line {first.line}")


def add_losses(source: str, first: Place, second: Place, *, cell_id: str | None) -> Fix:
    """Make ``a.backward()`` and ``b.backward()`` one ``(a + b).backward()``, on the first line."""
    rewrite = Rewrite(source, cell_id)
    calls = [rewrite.call(first), rewrite.call(second)]
    losses = [call.func.value for call in calls if isinstance(call.func, cst.Attribute)]
    if any(call.args for call in calls) or len(losses) != len(calls):
        raise CannotFix(f"The backward of line {first.line} has arguments of its own.")
    rewrite.replace(losses[0], f"({rewrite.code(losses[0])} + {rewrite.code(losses[1])})")
    rewrite.delete_statement(calls[1])
    return rewrite.fix(f"Add the losses of lines {first.line} and {second.line}")
