"""Loops of Python's that compute element by element what one operator could."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ...record import DeepLine
from ...units import format_percent, format_seconds
from ..evidence.deep import Window, window_of
from ..evidence.standing import Spot
from ..grammar import Case, Finding, Rule
from .around import Loop, loop_around

_LEAST_RUNS = 50
_LEAST_SHARE = 0.05
_SHORT_S = 20e-6
_ALIKE = 0.9
_OF_OTHERS = ("parameters", "modules", "children", "buffers", "state_dict", "param_groups")
_BY_HAND = (
    "By hand: compute on the whole tensor at once, for an operator takes about as long for one row "
    "as for hundreds; `torch.stack` first what stands in a list, `torch.vmap` what is a function."
)


class SmallOpLoop(Rule):
    """A loop of Python's calls operators on one small piece of a tensor after the other. Each call
    takes some microseconds, whatever the size; one on the whole tensor would take one of them.

    Evidence: A deep profile in which the lines of a loop ran at least 50 times in a step, called
    operators of less than 20 µs with the same shapes each time, and took 5 % of the time.

    Fix: By hand: the operators on the whole tensor, or `torch.vmap`.

    Silent: Where a pass of the loop needs what the one before has computed, as a recurrence does;
    for loops over parameters, modules or batches; for `while`; for other shapes in each pass.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.vmap.html

    Notes: Nothing is predicted. Sums and lists that grow in the loop are no dependence.
    """

    id = "small-op-loop"
    severity = "medium"

    def find(self, case: Case) -> Finding | None:
        """The loop that took most."""
        window = window_of(case.record)
        if window is None or not window.deep.lines_known:
            return None
        often = [each for each in window.deep.lines if each.entered >= _LEAST_RUNS * window.steps]
        seen: list[Loop] = []
        for line in often:
            spot = case.spot(line.place)
            loop = loop_around(spot) if spot is not None and line.calls else None
            if spot is None or loop is None or any(each is loop for each in seen):
                continue
            seen.append(loop)
            lines = list(_lines_of(loop, spot, often, case))
            if _is_of_others(loop) or _is_of_batches(loop, spot, case) or _is_carried(loop):
                continue
            if _is_small(lines, window):
                return _finding(case, window, spot, loop, lines)
        return None


def _lines_of(loop: Loop, spot: Spot, often: Sequence[DeepLine], case: Case) -> Iterator[DeepLine]:
    for line in often:
        own = case.spot(line.place)
        is_near = own is not None and own.code is spot.code
        if own is not None and is_near and loop.lineno <= own.line <= (loop.end_lineno or 0):
            yield line


def _is_small(lines: Sequence[DeepLine], window: Window) -> bool:
    """Whether these are many short operators that are alike from pass to pass."""
    calling = [line for line in lines if line.calls]
    calls = sum(line.calls for line in calling)
    operators_s = sum(line.operators_s for line in calling)
    if calls < _LEAST_RUNS * window.steps or operators_s >= _SHORT_S * calls:
        return False
    if window.share(sum(line.host_s + line.backward_s for line in lines)) < _LEAST_SHARE:
        return False
    return all(line.looked_at and line.alike >= _ALIKE * line.looked_at for line in calling)


def _finding(
    case: Case, window: Window, spot: Spot, loop: Loop, lines: Sequence[DeepLine]
) -> Finding:
    seconds = sum(line.host_s + line.backward_s for line in lines)
    calls = sum(line.calls for line in lines)
    passes = max(line.entered for line in lines if line.calls)
    mean = sum(line.operators_s for line in lines) / calls
    return Finding(
        title=(
            f"A loop that calls {calls / window.steps:,.0f} small operators in each step took "
            f"{format_percent(window.share(seconds))} of the recorded time."
        ),
        explanation=(
            "Each pass computes the same on tensors of the same shapes, so that most of its time "
            "goes to Python and to starting operators, not to computing."
        ),
        evidence=[
            f"In {window.steps} steps of together {format_seconds(window.seconds)} it took "
            f"{format_seconds(seconds)}, with the backward of what it computed.",
            f"{calls:,} operators in {passes:,} passes took {1e6 * mean:.0f} µs each.",
        ],
        remedy=case.by_hand(
            _BY_HAND,
            lines=[loop.lineno],
            code=spot.code,
        ),
    )


def _is_of_others(loop: Loop) -> bool:
    """Whether it goes over what is no tensor's rows: parameters, modules."""
    heads = [loop.iter] if isinstance(loop, ast.For) else [each.iter for each in loop.generators]
    return any(name in ast.unparse(head) for head in heads for name in _OF_OTHERS)


def _is_of_batches(loop: Loop, spot: Spot, case: Case) -> bool:
    """Whether it goes over a loader's batches, or trains: its passes are steps of their own."""
    for loading in case.record.data_loading:
        at = case.spot(loading.place)
        if at is not None and at.code is spot.code and at.line == loop.lineno:
            return True
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("backward", "step")
        for node in ast.walk(loop)
    )


def _is_carried(loop: Loop) -> bool:
    """Whether a pass may read what another has written.

    A name that is only added to, and a list that is only appended to, is no such thing.
    """
    if not isinstance(loop, ast.For):
        return any(isinstance(node, ast.NamedExpr) for node in ast.walk(loop))
    written: set[str] = set()
    for statement in loop.body:
        read = _read(statement)
        later = _written(loop) - written
        own = _added_to(statement)
        if (read - own) & later or (own and _reads_elsewhere(loop, statement, own)):
            return True
        written |= _written(statement)
    return False


def _read(node: ast.AST) -> set[str]:
    """Names whose values a statement reads: not those that it only writes into, or appends to."""
    found: set[str] = set()
    into = {
        id(target.value)
        for each in ast.walk(node)
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Subscript)
    }
    into |= {
        id(each.func.value)
        for each in ast.walk(node)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "append"
    }
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and id(each) not in into:
            found.add(each.id)
    return found


def _written(node: ast.AST) -> set[str]:
    """Names that are bound in it, or written into; what the loop itself counts is none."""
    found: set[str] = set()
    nodes = node.body if isinstance(node, ast.For) else [node]
    for each in (inner for part in nodes for inner in ast.walk(part)):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            found.add(each.id)
        elif isinstance(each, ast.Subscript | ast.Attribute) and isinstance(each.ctx, ast.Store):
            base = each.value
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
            method, owner = each.func.attr, each.func.value
            changes = method == "append" or (method.endswith("_") and not method.endswith("__"))
            if changes and isinstance(owner, ast.Name):
                found.add(owner.id)
    return found


def _added_to(statement: ast.stmt) -> set[str]:
    """The name that a statement only adds to: ``total += x``, ``total = total + x``."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        return {name} if name not in _read(statement.value) else set()
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
        target, value = statement.targets[0], statement.value
        if not isinstance(target, ast.Name) or not isinstance(value.op, ast.Add):
            return set()
        if isinstance(value.left, ast.Name) and value.left.id == target.id:
            return {target.id} if target.id not in _read(value.right) else set()
    return set()


def _reads_elsewhere(loop: ast.For, statement: ast.stmt, names: set[str]) -> bool:
    return any(names & _read(each) for each in loop.body if each is not statement)
