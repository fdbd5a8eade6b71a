"""Gradient scalers where there is nothing to scale."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from ... import fixes
from ...record import Fix, Scaler
from ...words import count_of
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import dotted
from ..text.program import Program, Site
from ..text.sites import mentions, sites_of_run

_METHODS = ("scale", "step", "update", "unscale_")


class ScalerWithBf16(Rule):
    """A `GradScaler` beside autocast in bfloat16, which has the exponents of float32: there is
    nothing to scale, and each step reads a value from the device.

    Evidence: Steps of a scaler that is on, and forwards under bfloat16 autocast only.

    Fix: Takes the scaler's calls away.

    Silent: Where some forward ran in float16, or the scaler is off.

    Sources:
        https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling

    Notes: Nothing is predicted. The fix wants calls in their usual shape.
    """

    id = "scaler-with-bf16"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A scaler that stepped in a run whose forwards were all in bfloat16."""
        scaler = case.grad.scaler
        if scaler is None or not scaler.enabled or not scaler.steps:
            return None
        kinds = {entry.autocast for entry in case.grad.forwards if entry.grad}
        if kinds != {"bfloat16"} or set(case.grad.autocast.values()) - {"bfloat16"}:
            return None
        name = f"`{scaler.variable}`" if scaler.variable else "The gradient scaler"
        return Finding(
            title=f"{name} has nothing to scale in bfloat16.",
            explanation=(
                "Scaling keeps small gradients from vanishing in float16. bfloat16 has as many "
                "exponents as float32, so `loss.backward()` and `optimizer.step()` are enough."
            ),
            evidence=[
                f"{name} took {count_of(scaler.steps, 'step')}.",
                "All forwards that recorded a graph ran under autocast in bfloat16.",
            ],
            remedy=_without_scaler(case, scaler),
        )


def _without_scaler(case: Case, scaler: Scaler) -> Callable[[], Remedy]:
    program, lines = case.program, [case.line(scaler.place)]
    names = {site.call.receiver for site in sites_of_run(program, program.methods("scale"))}
    names = names & {scaler.variable} or names  # a function may have a name of its own for it
    uses = uses_of(program, names.pop()) if len(names) == 1 else None
    if uses is None:
        why = "Take the scaler away by hand: it is used in more ways than the usual ones."
        return case.by_hand(why, lines=lines)
    steps = [site for site in uses.step if site.record is uses.step[0].record]
    return case.edit(lambda: _drop(uses), *steps)


def _drop(uses: ScalerUse) -> Fix:
    sites = [*uses.scale, *uses.step, *uses.others]
    cells = {site.record.cell_id: site.record.source for site in sites}
    calls = [(site.record.cell_id, site.call.method, site.call.place) for site in sites]
    return fixes.scaler.drop_scaler(cells, calls)


@dataclass(frozen=True, slots=True)
class ScalerUse:
    """Every method of one scaler that the program calls."""

    scale: list[Site]
    step: list[Site]
    others: list[Site]
    """``update`` and ``unscale_``."""


def uses_of(program: Program, name: str) -> ScalerUse | None:
    """The calls of a scaler's methods; ``None`` if some are of another kind."""
    if mentions(program, *(f"{name}.{other}" for other in ("state_dict", "load_state", "get_"))):
        return None
    sites = [site for site in program.methods(*_METHODS) if site.call.receiver == name]
    scale = [site for site in sites if site.call.method == "scale"]
    step = [site for site in sites if site.call.method == "step"]
    others = [site for site in sites if site.call.method in ("update", "unscale_")]
    plain = all(map(_is_scaled_backward, scale)) and all(map(_is_plain_step, step))
    if not scale or not plain or not all(site.call.is_statement for site in others):
        return None
    return ScalerUse(scale, step, others)


def _is_scaled_backward(site: Site) -> bool:
    """``scaler.scale(loss).backward()`` as a statement."""
    statement = site.call.statement
    outer = statement.value if isinstance(statement, ast.Expr) else None
    return (
        isinstance(outer, ast.Call)
        and isinstance(outer.func, ast.Attribute)
        and outer.func.attr == "backward"
        and outer.func.value is site.call.node
        and len(site.call.node.args) == 1
        and "?" not in dotted(site.call.node.args[0])
    )


def _is_plain_step(site: Site) -> bool:
    """``scaler.step(optimizer)`` as a statement."""
    arguments = site.call.node.args
    plain = len(arguments) == 1 and "?" not in dotted(arguments[0])
    return plain and site.call.is_statement and not site.call.node.keywords
