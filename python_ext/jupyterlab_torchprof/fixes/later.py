"""Values that compute only when somebody asks for them: generators, ``map``, functions."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

_LAZY = frozenset({"filter", "imap", "imap_unordered", "map", "partial", "starmap", "submit"})
_TAKE_ALL = frozenset(
    {
        *("all", "any", "dict", "frozenset", "fromiter", "join", "list", "max", "min"),
        *("set", "sorted", "sum", "tuple"),
    }
)
"""Of other functions it is not known whether they go through a generator at once."""


def may_run_later(value: cst.BaseExpression) -> bool:
    """Whether a part of an expression may run only when its value is used."""
    match value:
        case cst.GeneratorExp() | cst.Lambda():
            return True
        case cst.Call():
            name = _last_name(value.func)
            if name in _TAKE_ALL:
                return False
            given = [each.value for each in value.args if not isinstance(each.value, cst.Lambda)]
            return name in _LAZY or any(map(may_run_later, given))
    return any(map(may_run_later, _parts(value)))


def _parts(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """What the value of an expression is, or holds."""
    match value:
        case cst.IfExp():
            yield from (value.body, value.orelse)
        case cst.BooleanOperation():
            yield from (value.left, value.right)
        case cst.NamedExpr():
            yield value.value
        case cst.Tuple() | cst.List() | cst.Set():
            yield from (element.value for element in value.elements)
        case cst.Dict():
            yield from (element.value for element in value.elements)
        case cst.ListComp() | cst.SetComp():
            yield value.elt
        case cst.DictComp():
            yield value.value


def _last_name(node: cst.BaseExpression) -> str | None:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else None
