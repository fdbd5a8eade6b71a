"""The shape of a training loop, as the text shows it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from .code import Call, Code, Site, dotted, read
from .sites import block_of

_PLAIN_LOOP = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over batches with one ``zero_grad``, one ``backward`` and one ``step``.

    All three are statements of its body, and nothing else there depends on single steps.
    """

    node: ast.For
    zero: Call
    backward: Call
    step: Call

    @property
    def optimizer(self) -> str:
        """The name of the optimizer."""
        return self.step.receiver

    @property
    def iterable(self) -> str:
        """The name that is looped over, also within ``enumerate``."""
        node = self.node.iter
        if isinstance(node, ast.Call) and node.args:
            node = node.args[0]
        return dotted(node)


def canonical_loop(site: Site) -> Loop | None:
    """The loop around a backward, if it has that shape and goes over a plain name."""
    code = read(site.record.source)
    if code is None or not site.call.loops:
        return None
    node = site.call.loops[-1]
    if not isinstance(node, ast.For) or node.orelse:
        return None
    if block_of(code, site.call.statement) is not node.body:
        return None
    if not all(isinstance(each, _PLAIN_LOOP) for each in node.body) or not _is_plain(node):
        return None
    inside = [call for call in code.calls if node in call.parents]
    steps = [call for call in inside if call.method == "step"]
    zeros = [call for call in inside if call.method == "zero_grad"]
    backwards = [call for call in inside if call.method == "backward"]
    if any(len(calls) != 1 for calls in (steps, zeros, backwards)):
        return None
    if steps[0].receiver != zeros[0].receiver or "?" in steps[0].receiver:
        return None
    if backwards[0].node.args or backwards[0].node.keywords or steps[0].node.args:
        return None
    found = Loop(node, zeros[0], backwards[0], steps[0])
    return found if _in_order(code, found) else None


def _is_plain(node: ast.For) -> bool:
    """Over ``loader`` or ``enumerate(loader)``."""
    over = node.iter
    if isinstance(over, ast.Name):
        return True
    if not isinstance(over, ast.Call) or dotted(over.func) != "enumerate" or over.keywords:
        return False
    target = node.target
    counts = isinstance(target, ast.Tuple) and isinstance(target.elts[0], ast.Name)
    return counts and len(over.args) == 1 and isinstance(over.args[0], ast.Name)


def _in_order(code: Code, loop: Loop) -> bool:
    """Cleared above the backward or below the step, each a statement of its own."""
    numbers: list[int] = []
    for call in (loop.zero, loop.backward, loop.step):
        statement = call.statement
        if not isinstance(statement, ast.Expr) or statement.value is not call.node:
            return False
        block = block_of(code, statement)
        if block is not loop.node.body:
            return False
        numbers.append(next(i for i, each in enumerate(block) if each is statement))
    zero, backward, step = numbers
    return step == backward + 1 and (zero < backward or zero == step + 1)
