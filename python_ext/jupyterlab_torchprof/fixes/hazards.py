"""What must not stand inside ``with torch.no_grad():``, and why.

Names are not proof: ``flow.backward(z)`` and ``scheduler.step(noise, t, x)`` may be anybody's. A
call that the run went through, and after which it counted no backward and no step, is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from .cell import CannotFix, Cell, Span, descendants
from .certain import conditional_calls
from .mask import PYTHON_LINE_MAGICS

_GRAD_CALLS = {
    "backward": "runs a backward pass",
    "grad": "computes gradients",
    "vjp": "computes gradients",
    "jvp": "computes gradients",
    "jacobian": "computes gradients",
    "hessian": "computes gradients",
    "jacrev": "computes gradients",
    "jacfwd": "computes gradients",
    "make_dual": "computes gradients",
    "dual_level": "computes gradients",
    "step": "takes a step",
    "requires_grad_": "asks for gradients",
    "register_hook": "asks for gradients",
    "retain_grad": "asks for gradients",
}
_COUNTED = frozenset({"backward", "grad", "hessian", "jacobian", "jacrev", "step", "vjp"})
"""Those of which the record knows whether there were any."""
_MODE_CALLS = frozenset({"no_grad", "inference_mode", "enable_grad", "set_grad_enabled"})
_GRAD_KEYWORDS = frozenset({"create_graph", "retain_graph", "requires_grad"})
_CALL_IN_TEXT = re.compile(r"\b(\w+)[ \t]*\(")


def check(cell: Cell, span: Span, trained_until: int | None = None) -> None:
    """Raise CannotFix if the span needs gradients or can't be moved into a block.

    ``trained_until``: line of the run's last backward or step, 0 for a run without any; ``None``:
    not known.
    """
    first, last = cell.span_lines(span)
    namesakes = _Namesakes(cell, trained_until)
    _check_enclosing(cell, span, namesakes)
    namesakes.look(first, last)
    for statement in span.statements:
        for node in descendants(statement):
            reason = None if namesakes.has(node) else _reason(node)
            if reason is not None:
                raise CannotFix(f"{_place(first, last)} {reason}.")
    for escape in cell.masked.escapes_within(first, last):
        if escape.name is not None and escape.name not in PYTHON_LINE_MAGICS:
            raise CannotFix(
                f"{_place(first, last)} runs the magic %{escape.name}, which may do anything."
            )
        for name in _CALL_IN_TEXT.findall(escape.body):
            reason = _call_reason(name)
            if reason is not None:
                raise CannotFix(f"{_place(first, last)} {reason}.")
        if re.search(r"\b(await|yield)\b", escape.body) and escape.name is not None:
            raise CannotFix(f"{_place(first, last)} awaits.")


class _Namesakes:
    """Calls that have the names of training and did not train."""

    def __init__(self, cell: Cell, trained_until: int | None) -> None:
        self._cell = cell
        self._trained_until = trained_until
        self._conditional: set[tuple[int, str]] = set()

    def look(self, first: int, last: int) -> None:
        """Ask of calls on these lines from now on."""
        self._conditional = conditional_calls(self._cell.text.content, first, last)

    def has(self, node: cst.CSTNode) -> bool:
        """Whether the run has shown that a call is one."""
        if self._trained_until is None or not isinstance(node, cst.Call):
            return False
        name, line = _last_name(node.func), self._cell.lines(node)[0]
        if name not in _COUNTED or line <= self._trained_until:
            return False
        # No optimizer's step takes two arguments.
        is_other = name == "step" and sum(each.keyword is None for each in node.args) > 1
        return is_other or (line, name) not in self._conditional


def _place(first: int, last: int) -> str:
    return f"Line {first}" if first == last else f"The statement of lines {first} to {last}"


def _reason(node: cst.CSTNode) -> str | None:
    if isinstance(node, (cst.Await, cst.Yield, cst.Asynchronous)):
        # The grad mode belongs to the thread: other coroutines would run in it meanwhile.
        return "awaits: other coroutines would run without gradients meanwhile"
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        return "defines a function or class"
    if isinstance(node, (cst.Global, cst.Nonlocal)):
        return "declares a global name"
    if isinstance(node, cst.Call):
        name = _last_name(node.func)
        return None if name is None else _call_reason(name)
    if isinstance(node, cst.Arg) and node.keyword is not None:
        off = isinstance(node.value, cst.Name) and node.value.value == "False"
        if node.keyword.value in _GRAD_KEYWORDS and not off:
            return f"passes {node.keyword.value}"
    if isinstance(node, cst.AssignTarget) and _last_name(node.target) == "requires_grad":
        return "asks for gradients"
    return None


def _call_reason(name: str) -> str | None:
    if name in _MODE_CALLS:
        return "sets the grad mode itself"
    return _GRAD_CALLS.get(name)


def _check_enclosing(cell: Cell, span: Span, namesakes: _Namesakes) -> None:
    modes = _MODE_CALLS | {
        imported.name
        for imported in cell.imports()
        if imported.what.rpartition(".")[2] in _MODE_CALLS
    }
    for statement in span.enclosing:
        if not isinstance(statement, cst.With):
            continue
        names = {name for item in statement.items for name in _names(item)}
        line = cell.lines(statement)[0]
        if names & modes:
            raise CannotFix(f"The block of line {line} sets the grad mode already.")
        namesakes.look(*cell.lines(statement))
        if "autocast" in names and any(
            isinstance(node, cst.Call)
            and _last_name(node.func) in ("backward", "step")
            and not namesakes.has(node)
            for node in descendants(statement)
        ):
            # Autocast keeps the weights it has cast; made without gradients, they would stay
            # without in the training forwards of the same block.
            raise CannotFix(f"The autocast block of line {line} also trains.")


def _names(node: cst.CSTNode) -> Iterator[str]:
    for child in descendants(node):
        if isinstance(child, cst.Name):
            yield child.value


def _last_name(node: cst.CSTNode) -> str | None:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else None
