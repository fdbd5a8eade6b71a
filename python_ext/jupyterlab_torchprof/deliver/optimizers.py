"""What an optimizer really did, in words.

``src/views/optimizer-words.ts`` is the twin in the front end; one fixture holds both to the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..derive import line_of
from ..quote import short
from ..record import CellRecord, Optimizer
from ..units import format_rate

_NAMED = 3
_RATES = 3


def optimizer_text(record: CellRecord, optimizer: Optimizer) -> str:
    """``"opt (Adam): 300 steps · 7 skipped by the scaler · lr 0.001 → 0.0005"``."""
    name, kind = optimizer.variable or optimizer.name, short(optimizer.class_name, 40)
    title = f"{short(name, 60)} ({kind})" if name else kind
    if optimizer.count > 1:
        title = f"{title}, {optimizer.count} of them"
    return f"{title}: {' · '.join(optimizer_facts(record, optimizer))}"


def optimizer_facts(record: CellRecord, optimizer: Optimizer) -> list[str]:
    """Steps, those left out, the learning rate, and what is the matter with gradients.

    First whose parameters it has, if the optimizer lived in a function.
    """
    return list(_facts(record, optimizer))


def _facts(record: CellRecord, optimizer: Optimizer) -> Iterator[str]:
    if optimizer.variable is None and optimizer.local_module:
        yield f"parameters of `{short(optimizer.local_module, 200)}`"
    each = " each" if optimizer.count > 1 else ""
    yield f"{_count(optimizer.steps, 'step')}{each}"
    if optimizer.skipped:
        yield f"{optimizer.skipped} skipped by the scaler"
    if rates := _rates(optimizer):
        yield f"lr {rates}"
    if optimizer.ungraded_parameters:
        yield _ungraded(optimizer)
    if optimizer.not_finite_step is not None:
        line = line_of(record, optimizer.not_finite_place)
        at = "" if line is None else f", line {line}"
        yield f"gradients not finite first at step {optimizer.not_finite_step}{at}"


def _rates(optimizer: Optimizer) -> str:
    known = [format_rate(group.lr) for group in optimizer.groups if group.lr is not None]
    rates = ", ".join(list(dict.fromkeys(known))[:_RATES])
    if not rates or optimizer.first_lr is None or optimizer.groups[0].lr is None:
        return rates
    first = format_rate(optimizer.first_lr)
    return rates if first == known[0] else f"{first} → {rates}"


def _ungraded(optimizer: Optimizer) -> str:
    count, parameters = optimizer.ungraded_parameters, _count(optimizer.parameters, "parameter")
    names = [
        f"`{short(each.path, 200)}`" + (f" ({each.tensors})" if each.tensors > 1 else "")
        for each in optimizer.ungraded[:_NAMED]
    ]
    if len(optimizer.ungraded) > _NAMED:
        names.append("…")
    which = f": {', '.join(names)}" if names else ""
    return f"{count} of {parameters} never got a gradient{which}"


def _count(number: int, what: str) -> str:
    """As the front end writes it: without marks between thousands."""
    return f"{number} {what if number == 1 else what + 's'}"
