"""Steps of optimizers that a fused kernel would shorten."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import Fix, Optimizer
from ...units import format_seconds
from ...words import count_of
from ..evidence.devices import type_of
from ..evidence.optimizers import Made, called
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.asking import Asked, asked_in, at_constructor, loop_around
from ..text.program import Site

_FUSABLE = frozenset({"Adam", "AdamW", "SGD"})
"""On accelerators; Adagrad is left out, which older versions of PyTorch fuse on the CPU only."""
_NOT_HERE = frozenset({"cpu", "meta"})
_SHARE = 0.15
_FLOOR_S = 0.05
_LEAST_STEPS = 10
_MANY = 64
"""Tensors to update: with fewer there is little to fuse."""
_NOT_FOUND = "The text does not tell where this optimizer is made."


class FusedOptimizer(Rule):
    """The steps of an optimizer take a noticeable share of the cell's time. A fused kernel updates
    many parameters at once.

    Evidence: At least 64 tensors of parameters, and measured steps of more than 15 % of the run on
    an accelerator, neither `fused` nor `foreach` given.

    Fix: Passes `fused=True`, or what the library that made the optimizer calls it; run the cell
    again to see what it gains.

    Silent: On the CPU; where `fused` or `foreach` was given; for other than floating-point
    parameters; for few tensors; steps of less than 15 % of the run or 50 ms.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html#algorithms

    Notes: Nothing is predicted: what a fused kernel gains depends on the sizes of the parameters.
    Rounding may differ.
    """

    id = "fused-optimizer"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """An optimizer whose steps took long and could be fused."""
        run_s = case.record.duration_s
        slow = (
            Made(entry, case.program)
            for entry in case.record.optimizers
            if _is_fusable(entry) and _time_of_steps(entry) >= max(_FLOOR_S, _SHARE * run_s)
        )
        made = next((each for each in slow if each.is_of_torch()), None)
        if made is None:
            return None
        entry, asked = made.optimizer, _asked_of(case, made.optimizer)
        words = "`fused=True`" if asked is None else asked.words
        share, mean = _time_of_steps(entry) / run_s, entry.timed_s / entry.timed_steps
        return Finding(
            title=f"The steps of {called(entry)} took {share:.0%} of the cell's time.",
            explanation=(
                f"With {words} one kernel updates many parameters, where now several kernels "
                "are started one after the other. Run the cell again to see what it gains here; "
                "rounding may differ."
            ),
            evidence=[
                f"{count_of(entry.timed_steps, 'step')} of {entry.steps:,} took "
                f"{format_seconds(mean)} each, in a run of {format_seconds(run_s)}.",
                f"It updates {count_of(_tensors(entry), 'tensor')} on {', '.join(entry.devices)}.",
            ],
            remedy=_fuse(case, made, asked),
        )


def _asked_of(case: Case, entry: Optimizer) -> Asked | None:
    """How the library that made an optimizer fuses it; ``None``: the user made it."""
    loop = loop_around(case, entry.place)
    if loop is None or not loop.made(entry.made):
        return None
    asked = asked_in(loop, {"fused": None})
    is_named = asked is not None and "optim" in asked.values  # which also says what it is of
    return None if is_named and entry.class_name != "AdamW" else asked


def _fuse(case: Case, made: Made, asked: Asked | None) -> Callable[[], Remedy]:
    if asked is None:
        return case.edit_at(made.site(), _fused, not_found=_NOT_FOUND)
    lines = [case.line(made.optimizer.place)]
    return at_constructor(case, asked, "Fuse the optimizer's steps", lines=lines)


def _fused(site: Site) -> Fix:
    record = site.record
    return fixes.optimizer.add_option(
        record.source, site.call.place, "fused", "True", cell_id=record.cell_id
    )


def _is_fusable(entry: Optimizer) -> bool:
    """Whether a fused kernel exists for it, and nobody has decided for or against."""
    if entry.steps < _LEAST_STEPS or entry.class_name not in _FUSABLE or _tensors(entry) < _MANY:
        return False
    kinds = set(map(type_of, entry.devices))
    options = {option for group in entry.groups for option in (group.fused, group.foreach)}
    floating = all("float" in dtype for dtype in entry.parameter_bytes)
    return bool(kinds) and not kinds & _NOT_HERE and options == {None} and floating


def _tensors(entry: Optimizer) -> int:
    return sum(group.parameters for group in entry.groups)


def _time_of_steps(entry: Optimizer) -> float:
    return entry.timed_s / entry.timed_steps * entry.steps if entry.timed_steps else 0.0
