"""Small changes of the statements of a training loop."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = [
    "CannotFix",
    "clear_by_none",
    "drop_arguments",
    "scale_loss",
    "step_below",
    "synchronise_before",
    "unfold_softmax",
    "write_argument",
    "zero_before",
]


def drop_arguments(
    source: str, places: Sequence[Place], keyword: str, *, safe: bool, cell_id: str | None
) -> Fix:
    """Take a keyword argument (or the only positional one) away from the calls at ``places``."""
    rewrite = Rewrite(source, cell_id)
    for place in places:
        call = rewrite.call(place)
        only = call.args[0] if len(call.args) == 1 else None
        if only is not None and only.keyword is None and not only.star:
            rewrite.replace(call, f"{rewrite.code(call.func)}()")
        else:
            rewrite.drop_argument(call, keyword)
    return rewrite.fix(f"Drop {keyword} on {_lines(places)}", safe=safe)


def write_argument(
    source: str, places: Sequence[Place], keyword: str, value: str, *, cell_id: str | None
) -> Fix:
    """Add a keyword argument to the calls at ``places``."""
    rewrite = Rewrite(source, cell_id)
    for place in places:
        call = rewrite.call(place)
        if any(argument.star == "**" for argument in call.args):
            raise CannotFix(f"Line {place.line} passes arguments that the text does not show.")
        if any(each.keyword is not None and each.keyword.value == keyword for each in call.args):
            raise CannotFix(f"Line {place.line} says itself what {keyword} is.")
        rewrite.add_argument(call, f"{keyword}={value}")
    return rewrite.fix(f"Write {keyword}={value} on {_lines(places)}")


def clear_by_none(source: str, places: Sequence[Place], *, cell_id: str | None) -> Fix:
    """Make each ``p.grad.zero_()`` at ``places`` a ``p.grad = None``."""
    rewrite = Rewrite(source, cell_id)
    for place in places:
        call = rewrite.call(place)
        gradient = call.func.value if isinstance(call.func, cst.Attribute) else call.func
        if not isinstance(rewrite.parent(call), cst.Expr):
            raise CannotFix(f"The call of line {place.line} is a part of something else.")
        rewrite.replace(call, f"{rewrite.code(gradient)} = None")
    return rewrite.fix(f"Clear gradients by None on {_lines(places)}")


def zero_before(source: str, place: Place, optimizer: str, *, cell_id: str | None) -> Fix:
    """Put ``optimizer.zero_grad()`` above the backward at ``place``."""
    rewrite = Rewrite(source, cell_id)
    if f"{optimizer}.zero_grad(" in source:
        raise CannotFix(f"The cell calls {optimizer}.zero_grad() already.")
    call = rewrite.call(place)
    rewrite.add_line_above(call, f"{optimizer}.zero_grad()")
    return rewrite.fix(f"Call {optimizer}.zero_grad() above line {place.line}")


def step_after(source: str, place: Place, optimizer: str, *, cell_id: str | None) -> Fix:
    """Put ``optimizer.step()`` below the backward at ``place``."""
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    if f"{optimizer}.step" in source:
        raise CannotFix(f"The cell names {optimizer}.step: write its parentheses there.")
    rewrite.add_line_below(call, f"{optimizer}.step()")
    return rewrite.fix(f"Call {optimizer}.step() below line {place.line}")


def step_below(
    source: str, scheduler: Place, optimizer: Place | None, *, cell_id: str | None
) -> Fix:
    """Let the scheduler step below the optimizer.

    ``optimizer``: a statement below the scheduler's in its block; neighbours change places.
    ``None``: the optimizer steps within another statement there, so that the scheduler's goes to
    the end of the block.
    """
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(scheduler)
    text = rewrite.code(call)
    if optimizer is None:
        last = _last_of_block(rewrite, call)
    else:
        other = rewrite.call(optimizer)
        if _are_neighbours(rewrite, call, other):
            rewrite.replace(call, rewrite.code(other))
            rewrite.replace(other, text)
            return rewrite.fix(f"Swap the steps of lines {scheduler.line} and {optimizer.line}")
        last = rewrite.statement(other)
    rewrite.add_line_below(last, text)
    rewrite.delete_statement(call)
    below = rewrite.cell.lines(last)[1]
    return rewrite.fix(f"Move the step of line {scheduler.line} below line {below}")


def _last_of_block(rewrite: Rewrite, call: cst.Call) -> cst.BaseStatement:
    statement = rewrite.statement(call)
    line = rewrite.cell.lines(statement)[0]
    block = getattr(rewrite.parent(statement), "body", ())
    last = block[-1] if block else statement
    if last is statement:
        raise CannotFix(f"The scheduler of line {line} steps last in its block.")
    if isinstance(last, cst.SimpleStatementLine) and isinstance(
        last.body[-1], (cst.Return, cst.Break, cst.Continue, cst.Raise)
    ):
        raise CannotFix("The block ends with a jump, so that nothing can stand below it.")
    assert isinstance(last, cst.BaseStatement)
    return last


def _are_neighbours(rewrite: Rewrite, one: cst.Call, other: cst.Call) -> bool:
    """Nothing stands between two calls, not even a comment, nor behind them."""
    first, second = rewrite.statement(one), rewrite.statement(other)
    if first is second:
        return True
    block = list(getattr(rewrite.parent(first), "body", ()))
    numbers = [i for i, each in enumerate(block) if each is first or each is second]
    lines = range(rewrite.cell.lines(first)[0], rewrite.cell.lines(second)[1] + 1)
    comments = any("#" in rewrite.cell.text.line(line) for line in lines)
    return len(numbers) == 2 and numbers[1] == numbers[0] + 1 and not comments


def synchronise_before(
    source: str, places: Sequence[Place], expression: str, *, cell_id: str | None
) -> Fix:
    """Put a line that waits for the device above each clock that is read at ``places``."""
    rewrite = Rewrite(source, cell_id)
    for place in places:
        rewrite.add_line_above(rewrite.call(place), expression)
    return rewrite.fix(f"Wait for the device before the clock is read on {_lines(places)}")


def unfold_softmax(
    source: str, loss: Place, *, cell_id: str | None, modules: Collection[str] = ()
) -> Fix:
    """Give a loss what its first argument, a softmax, is computed from.

    ``modules``: names of imported modules, as ``F``, which no tensor has.
    """
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(loss)
    inner = call.args[0].value if call.args else None
    if not isinstance(inner, cst.Call):
        raise CannotFix(f"The softmax of line {loss.line} could not be found again.")
    logits = logits_of(inner, modules)
    if logits is None:
        raise CannotFix(f"The softmax of line {loss.line} could not be taken apart.")
    rewrite.replace(inner, rewrite.code(logits))
    return rewrite.fix(f"Pass logits to the loss of line {loss.line}")


def logits_of(call: cst.Call, modules: Collection[str] = ()) -> cst.BaseExpression | None:
    """What a call computes the softmax of: ``F.softmax(x, dim=1)`` and ``x.softmax(1)`` alike."""
    function = call.func
    first = call.args[0] if call.args else None
    if isinstance(function, cst.Attribute) and function.attr.value == "softmax":
        owner = function.value
        names = {"F", "torch", "functional", *modules}
        is_module = isinstance(owner, cst.Name) and owner.value in names
        if is_module or (isinstance(owner, cst.Attribute) and owner.attr.value == "functional"):
            return first.value if first is not None and first.keyword is None else None
        return owner
    if isinstance(function, cst.Name) and function.value == "softmax":
        return first.value if first is not None and first.keyword is None else None
    if isinstance(function, cst.Call) and first is not None:  # nn.Softmax(dim=1)(x)
        return first.value
    return None


def scale_loss(source: str, place: Place, divisor: str, *, cell_id: str | None) -> Fix:
    """Make ``loss.backward()`` at ``place`` a ``(loss / divisor).backward()``."""
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    loss = call.func.value if isinstance(call.func, cst.Attribute) else None
    if not isinstance(loss, (cst.Name, cst.Attribute)):
        raise CannotFix(f"Line {place.line} does not call the backward of a variable.")
    rewrite.replace(loss, f"({rewrite.code(loss)} / {divisor})")
    return rewrite.fix(f"Divide the loss by {divisor} on line {place.line}")


def _lines(places: Sequence[Place]) -> str:
    numbers = sorted({place.line for place in places})
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    return f"lines {', '.join(map(str, numbers))}"
