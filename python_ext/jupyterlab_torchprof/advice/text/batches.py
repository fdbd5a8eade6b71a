"""Where batches come in that a model is called with."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from ...fixes.text import Text
from ...record import CellRecord
from .code import Call, Code, Place, dotted, read


class Unclear(Exception):
    """Not all inputs of the model come from loops over data loaders; says what to do by hand."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A loop over a data loader."""

    source: str
    cell_id: str | None
    place: Place
    """Of the first statement of its body."""
    names: list[str]
    """Variables that a batch is unpacked into."""


_HARMLESS = frozenset(
    {"apply", "children", "eval", "half", "load_state_dict", "modules", "named_children"}
    | {"named_modules", "named_parameters", "parameters", "requires_grad_", "state_dict"}
    | {"train", "zero_grad"}
)
"""Methods of a module that take no input."""
_WRAPPERS = frozenset({"enumerate", "islice", "tqdm", "tqdm_notebook", "track", "progress_bar"})
"""What yields the batches of its first argument; ``enumerate`` with their number."""
_SURE = 2
"""Names of a batch that are taken for tensors: inputs and targets."""


def batches_of(
    cell: CellRecord,
    name: str,
    loaders: Collection[str | None],
    others: Collection[str],
    tensors: Collection[str],
) -> list[Batch]:
    """The loops of a cell whose batches go to the model ``name``.

    ``loaders``: variables that hold a ``DataLoader``. ``others``: variables that hold tensors or
    modules on the CPU, ``tensors``: those that hold a tensor. Raises Unclear where moving the
    batches is not all that is needed.
    """
    code = read(cell.source)
    if code is None:
        raise Unclear("A cell that uses the model could not be read.")
    loops: dict[ast.For, Call] = {}
    for call in code.calls:
        _check_use(call, code, name)
        if call.name != name:
            continue
        loop = _loop(call, loaders)
        if loop is None:
            raise Unclear(
                f"`{Text(cell.source).line(call.line).strip()}` passes `{name}` what does "
                "not come from a data loader: move the model and those inputs by hand."
            )
        loops.setdefault(loop, call)
    if loops and "numpy(" in cell.source:
        raise Unclear("Results go on to NumPy, which needs them on the CPU: move them by hand.")
    batches = [_batch(cell, code, loop, call, set(others)) for loop, call in loops.items()]
    for batch in batches:
        if not 1 < len(batch.names) <= _SURE and not set(batch.names) <= set(tensors):
            raise Unclear(
                f"The loop above line {batch.place.line} does not show which parts of a batch are "
                "tensors: move them by hand."
            )
    return batches


def _check_use(call: Call, code: Code, name: str) -> None:
    """Raise Unclear if the call may pass the model what no loop of the text yields."""
    if call.receiver == name and call.method not in _HARMLESS:
        raise Unclear(
            f"Line {call.line} calls `{call.name}`: move the model and its inputs by hand."
        )
    for argument in (*call.node.args, *call.keywords.values()):
        if isinstance(argument, ast.Name) and argument.id == name:
            raise Unclear(
                f"Line {call.line} passes `{name}` to `{call.name}`, which may call it: move the "
                "model and its inputs by hand."
            )


def _loop(call: Call, loaders: Collection[str | None]) -> ast.For | None:
    """The innermost loop over a loader around a call, if it passes on what that yields."""
    for loop in reversed(call.loops):
        if isinstance(loop, ast.For):
            over, _wrappers = _over(loop)
            if isinstance(over, ast.Name) and over.id in loaders:
                passed = {each.id for each in ast.walk(call.node) if isinstance(each, ast.Name)}
                return loop if passed & set(_targets(loop)) else None
    return None


def _over(loop: ast.For) -> tuple[ast.expr, list[str]]:
    """What a loop goes over, and what that is wrapped in, outermost first."""
    over, wrappers = loop.iter, []
    while isinstance(over, ast.Call) and over.args:
        wrapper = dotted(over.func).rpartition(".")[2]
        if wrapper not in _WRAPPERS:
            break
        wrappers.append(wrapper)
        over = over.args[0]
    return over, wrappers


def _targets(loop: ast.For) -> list[str]:
    """The names that a batch is unpacked into."""
    target = loop.target
    if "enumerate" in _over(loop)[1]:
        if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
            return []
        target = target.elts[1]
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    names = [part.id for part in parts if isinstance(part, ast.Name)]
    return names if len(names) == len(parts) else []


def _batch(cell: CellRecord, code: Code, loop: ast.For, call: Call, others: set[str]) -> Batch:
    names = [name for name in _targets(loop) if name != "_"]
    if not names:
        raise Unclear(f"The batches of line {loop.lineno} are not unpacked into plain names.")
    passed = call.node.args[0] if call.node.args else None
    if not isinstance(passed, ast.Name) or passed.id not in names:
        raise Unclear(f"Line {call.line} takes the batch apart: move its tensors by hand.")
    used: dict[type[ast.expr_context], set[str]] = {}
    for statement in loop.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                used.setdefault(type(node.ctx), set()).add(node.id)
    own = set(names) | used.get(ast.Store, set())
    beside = sorted(used.get(ast.Load, set()) & others - own)
    if beside:
        raise Unclear(f"The loop uses {', '.join(beside)}, too: move that by hand.")
    methods = {each.method for each in code.calls if loop in each.parents}
    if methods & {"to", "cuda"}:
        raise Unclear("The loop moves tensors by itself: choose the device that it moves to.")
    first = loop.body[0]
    if hasattr(first, "body"):
        raise Unclear(f"The loop of line {loop.lineno} begins with a compound statement.")
    return Batch(cell.source, cell.cell_id, code.place(first), names)
