"""Make pruning permanent."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "make_permanent"]


def make_permanent(source: str, places: Sequence[Place], *, cell_id: str | None) -> Fix:
    """Put ``prune.remove(module, name)`` below each pruning call at ``places``.

    Raises CannotFix where the text does not show what is pruned.
    """
    rewrite = Rewrite(source, cell_id)
    if "remove(" in source:
        raise CannotFix("The cell removes a pruning itself.")
    for place in places:
        call = rewrite.call(place)
        if not isinstance(rewrite.parent(call), (cst.Expr, cst.Assign)):
            raise CannotFix(f"The call of line {place.line} is a part of something else.")
        function, _dot, name = rewrite.code(call.func).rpartition(".")
        if not function:
            raise CannotFix(f"Line {place.line} does not name torch.nn.utils.prune.")
        if name == "global_unstructured":
            _remove_all(rewrite, call, function)
            continue
        module, parameter = _argument(call, 0, "module"), _argument(call, 1, "name")
        if module is None or parameter is None:
            raise CannotFix(f"Line {place.line} does not show what is pruned.")
        given = f"{rewrite.code(module)}, {rewrite.code(parameter)}"
        rewrite.add_line_below(call, f"{function}.remove({given})")
    numbers = sorted({place.line for place in places})
    which = f"line {numbers[0]}" if len(numbers) == 1 else f"lines {', '.join(map(str, numbers))}"
    return rewrite.fix(f"Make the pruning of {which} permanent")


def _remove_all(rewrite: Rewrite, call: cst.Call, function: str) -> None:
    line = rewrite.cell.lines(call)[0]
    parameters = _argument(call, 0, "parameters")
    if not isinstance(parameters, cst.Name):
        raise CannotFix(f"The parameters that line {line} prunes have no name.")
    text = rewrite.cell.text
    indent = text.indent(line) + rewrite.cell.module.default_indent
    rewrite.add_line_below(
        call,
        f"for module, name in {parameters.value}:{text.newline(line)}{indent}"
        f"{function}.remove(module, name)",
    )


def _argument(call: cst.Call, position: int, keyword: str) -> cst.BaseExpression | None:
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == keyword:
            return argument.value
    if position < len(call.args):
        argument = call.args[position]
        if argument.keyword is None and not argument.star:
            return argument.value
    return None
