"""Where a cell's text says ``cuda`` without asking whether there is any."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .code import Code, Place, read

_CUDA = re.compile(r"cuda(:\d+)?")
_ASKS = ("is_available", "current_accelerator", "device_count")


@dataclass(frozen=True, slots=True)
class Spot:
    """One place that needs CUDA."""

    kind: Literal["binding", "method", "value"]
    """``device = "cuda"``, an attribute, a default or an item; ``x.cuda()``; ``"cuda"`` or
    ``torch.device("cuda")`` as an argument."""
    place: Place
    """Of the bound value, of the call, of the argument."""
    device: str
    """``cuda`` or ``cuda:1``."""
    name: str = ""
    """Of a variable that is bound at top level."""
    known_as: str = ""
    """What other code calls the bound value: a variable of the notebook's, an attribute
    (``self.device``), a parameter, or a key."""


def spots(source: str) -> list[Spot]:
    """All of a cell, in the order of the text; none where the program asks before."""
    if "cuda" not in source:
        return []
    code = read(source)
    if code is None:
        return []
    found: list[Spot] = []
    stack: list[ast.AST] = [code.tree]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.If, ast.IfExp)) and any(
            word in ast.unparse(node.test) for word in _ASKS
        ):
            continue
        bound = list(_bindings(node, code))
        found += [spot for _value, spot in bound]
        values = {id(value) for value, _spot in bound}
        if isinstance(node, ast.Call):
            found += _of_call(node, code.place)
        stack.extend(each for each in ast.iter_child_nodes(node) if id(each) not in values)
    return sorted(found, key=lambda spot: (spot.place.line, spot.place.column))


def _bindings(node: ast.AST, code: Code) -> Iterator[tuple[ast.expr, Spot]]:
    """The values that a node binds, as far as they name CUDA."""
    for target, value in _pairs(node):
        device = None if value is None else _device(value)
        if value is None or device is None or isinstance(target, ast.Subscript):
            continue
        name = target.id if isinstance(target, ast.Name) and node in code.tree.body else ""
        is_variable = isinstance(target, ast.Name) and isinstance(node, ast.Assign)
        known_as = name if is_variable else _last_name(target)
        yield value, Spot("binding", code.place(value), device, name, known_as)


def _pairs(node: ast.AST) -> list[tuple[ast.AST | None, ast.expr | None]]:
    """What a node binds, and to what: variables and attributes, parameters, keys."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return [(node.targets[0], node.value)]
    if isinstance(node, ast.AnnAssign):
        return [(node.target, node.value)]
    if isinstance(node, ast.Dict):
        return list(zip(node.keys, node.values, strict=True))
    if isinstance(node, ast.arguments):
        given = [*node.posonlyargs, *node.args]
        with_default = given[len(given) - len(node.defaults) :]
        return [
            *zip(with_default, node.defaults, strict=True),
            *zip(node.kwonlyargs, node.kw_defaults, strict=True),
        ]
    return []


def _last_name(target: ast.AST | None) -> str:
    """``device`` of ``self.device``, of a field of a dataclass, of a parameter, and of a key."""
    word = {ast.Attribute: "attr", ast.Name: "id", ast.arg: "arg", ast.Constant: "value"}
    return str(getattr(target, word.get(type(target), ""), ""))


def on_line(found: Sequence[Spot], line: int) -> bool:
    """Whether one of them is on a line."""
    return any(spot.place.line <= line <= spot.place.end_line for spot in found)


def _of_call(call: ast.Call, place: Place | object) -> list[Spot]:
    assert callable(place)
    if not isinstance(call.func, ast.Attribute):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        owner = ""
    else:
        name, owner = call.func.attr, ast.unparse(call.func.value)
    if name == "cuda" and isinstance(call.func, ast.Attribute) and owner != "torch":
        if not call.args:
            return [Spot("method", place(call), "cuda")]
        index = call.args[0]
        if isinstance(index, ast.Constant) and type(index.value) is int:
            return [Spot("method", place(call), f"cuda:{index.value}")]
        return []
    wanted: list[ast.expr] = [word.value for word in call.keywords if word.arg == "device"]
    if name == "to" and owner:
        wanted += call.args[:1]
    return [
        Spot("value", place(argument), device)
        for argument in wanted
        if (device := _device(argument)) is not None
    ]


def _device(node: ast.expr) -> str | None:
    """The CUDA device that an expression names."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else None
        name = function.id if isinstance(function, ast.Name) else name
        return _device(node.args[0]) if name == "device" else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if _CUDA.fullmatch(node.value) else None
    return None
