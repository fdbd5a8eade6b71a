"""The shape of a training loop, as the text shows it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from .code import Call, dotted, read
from .program import Site
from .sites import block_of

_PLAIN_LOOP = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over batches with one ``zero_grad``, one ``backward`` and one ``step``.

    All three are statements of its body, cleared above the backward or right below the step, and
    nothing else there depends on single steps.
    """

    node: ast.For
    zero: Call
    backward: Call
    step: Call
    steps_at_once: bool
    """Nothing stands between backward and step, as the clipping of gradients does."""

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
    calls = (zeros[0], backwards[0], steps[0])
    numbers = [i for call in calls for i, each in enumerate(node.body) if _is_call(each, call)]
    if len(numbers) != len(calls):
        return None
    zero, backward, step = numbers
    if not (zero < backward < step or backward < step == zero - 1):
        return None
    return Loop(node, *calls, steps_at_once=step == backward + 1)


def _is_plain(node: ast.For) -> bool:
    """Over ``loader``, ``self.loader`` or ``enumerate(loader)``."""
    over = node.iter
    if "?" not in dotted(over):
        return True
    if not isinstance(over, ast.Call) or dotted(over.func) != "enumerate" or over.keywords:
        return False
    target = node.target
    counts = isinstance(target, ast.Tuple) and isinstance(target.elts[0], ast.Name)
    return counts and len(over.args) == 1 and "?" not in dotted(over.args[0])


def _is_call(statement: ast.stmt, call: Call) -> bool:
    return isinstance(statement, ast.Expr) and statement.value is call.node
