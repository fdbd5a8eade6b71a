"""Settings of a library, changed at the call that constructs what takes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import libcst as cst

from ..record import Fix
from .loader import CallSite
from .rewrite import CannotFix, Rewrite

__all__ = ["CannotFix", "set_arguments"]

_CONSTANTS = ("True", "False", "None")


def set_arguments(
    site: CallSite,
    values: Mapping[str, str],
    title: str,
    *,
    positional: int,
    without: Collection[str] = (),
) -> Fix:
    """Give a constructor these keyword arguments, or those arguments other values.

    ``positional``: so many first arguments are none of the settings, more may be one of them.
    ``without``: arguments beside which the new ones would be refused. Raises CannotFix where the
    text does not show what the call gives, or gives it by something else than a literal.
    """
    rewrite = Rewrite(site.record.source, site.record.cell_id)
    call = rewrite.call(site.call.place)
    line = site.call.place.line
    if any(argument.star for argument in call.args):
        raise CannotFix(f"Line {line} passes arguments that the text does not show.")
    if sum(argument.keyword is None for argument in call.args) > positional:
        raise CannotFix(f"Line {line} gives settings by their positions.")
    given = {word.value: each.value for each in call.args if (word := each.keyword) is not None}
    beside = next((name for name in without if name in given and not _is_off(given[name])), None)
    if beside is not None:
        raise CannotFix(f"Line {line} gives {beside}, which would have to go.")
    if all(name in given and rewrite.code(given[name]) == values[name] for name in values):
        raise CannotFix(f"Line {line} says so already.")
    for name, value in values.items():
        if name in given and not _is_literal(given[name]):
            raise CannotFix(f"Line {line} takes {name} from elsewhere.")
        rewrite.set_argument(call, name, value)
    return rewrite.fix(title)


def _is_literal(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Name):
        return node.value in _CONSTANTS
    return isinstance(node, (cst.SimpleString, cst.Integer, cst.Float))


def _is_off(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value in ("False", "None")
