"""Whether a cell has used up a tensor: computed with it, and kept nothing that refers to it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from enum import Enum

from .code import dotted, read, resolve
from .uses.flow import LOOKS
from .uses.scopes import Parents, parents_of

_HANDS_OUT = frozenset({"getattr", "max", "min", "next"})
_TELLS = frozenset(
    {"device", "dim", "dtype", "element_size", "is_cuda", "nbytes", "ndim", "numel", "shape"}
    | {"size", "requires_grad"}
)
_VIEWS = frozenset(
    {"T", "chunk", "contiguous", "cpu", "cuda", "data", "detach", "expand", "flatten", "float"}
    | {"mT", "narrow", "numpy", "permute", "reshape", "select", "split", "squeeze", "swapaxes"}
    | {"to", "transpose", "unbind", "unfold", "unsqueeze", "view", "view_as", "expand_as", "half"}
)
_JOINS_VIEWS = frozenset(
    {"torch.as_tensor", "torch.broadcast_to", "torch.chunk", "torch.flatten", "torch.from_numpy"}
    | {"torch.permute", "torch.reshape", "torch.split", "torch.squeeze", "torch.transpose"}
    | {"torch.unsqueeze", "torch.save"}
)


class Use(Enum):
    """Of one place that reads a variable."""

    LOOK = "look"
    """Only at its shape, or to print it."""
    CONSUME = "consume"
    """A new tensor is computed from it."""
    KEEP = "keep"
    """Something may refer to it afterwards."""


def is_used_up(
    source: str, name: str, *, modules: Collection[str], imports: Mapping[str, str]
) -> bool:
    """Whether the cell computes with the variable, and nothing can hold its memory after that.

    ``modules``: variables that hold modules, whose call keeps nothing of its input.
    """
    uses = _uses(source, name, modules, imports)
    return Use.CONSUME in uses and Use.KEEP not in uses


def is_alone(
    source: str, name: str, *, modules: Collection[str], imports: Mapping[str, str]
) -> bool:
    """Whether the cell makes the variable's memory, and nothing else can hold it after that.

    Each binding must be an assignment of something that is new; what reads it may compute with it
    or look at it. Arguments as for `is_used_up`.
    """
    code = read(source)
    if code is None or Use.KEEP in _uses(source, name, modules, imports):
        return False
    stored = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
    ]
    values = [
        node.value
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and node.targets[0] in stored
    ]
    new = [value for value in values if _is_new(value, modules, imports)]
    return bool(stored) and len(new) == len(stored)


def _is_new(node: ast.expr, modules: Collection[str], imports: Mapping[str, str]) -> bool:
    """Whether an expression makes a tensor that nothing else refers to."""
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare)):
        return True
    if not isinstance(node, ast.Call):
        return False
    function, name = node.func, dotted(node.func)
    full = resolve(name, imports)
    if full.startswith("torch.") and "?" not in full:
        return full not in _JOINS_VIEWS
    if isinstance(function, ast.Attribute):
        return function.attr in _VIEWS and _is_new(function.value, modules, imports)
    return name in modules or (isinstance(function, ast.Name) and name not in _HANDS_OUT)


def _uses(source: str, name: str, modules: Collection[str], imports: Mapping[str, str]) -> set[Use]:
    code = read(source)
    if code is None:
        return set()
    parents = parents_of(code.tree)
    return {
        _use(node, parents, modules, imports)
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    }


def _use(
    node: ast.AST,
    parents: Parents,
    modules: Collection[str],
    imports: Mapping[str, str],
) -> Use:
    while True:
        parent = parents[node]
        if isinstance(parent, ast.Attribute):
            if parent.attr in _TELLS:
                return Use.LOOK
            call = parents[parent]
            is_call = isinstance(call, ast.Call) and call.func is parent
            if parent.attr not in _VIEWS:
                changes = parent.attr.endswith("_")
                return Use.CONSUME if is_call and not changes else Use.KEEP
            node = call if is_call else parent
        elif isinstance(parent, ast.Subscript) and node is parent.value:
            if not isinstance(parent.ctx, ast.Load):
                return Use.LOOK
            node = parent
        elif isinstance(parent, ast.Call) and node is not parent.func:
            return _passed(parent, modules, imports)
        elif isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.AugAssign)):
            return Use.CONSUME
        elif isinstance(parent, ast.FormattedValue):
            return Use.LOOK
        else:
            return Use.KEEP


def _passed(call: ast.Call, modules: Collection[str], imports: Mapping[str, str]) -> Use:
    name = dotted(call.func)
    if name in LOOKS:
        return Use.LOOK
    full = resolve(name, imports)
    if name in modules:
        return Use.CONSUME
    is_function = full.startswith("torch.") and full.rpartition(".")[2].islower()
    known = is_function and not full.startswith(("torch.utils.", "torch.nn.utils."))
    return Use.CONSUME if known and full not in _JOINS_VIEWS else Use.KEEP
