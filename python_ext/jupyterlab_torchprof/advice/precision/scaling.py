"""Gradient scalers: where there is nothing to scale, and what must be undone before clipping."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Scaler, Severity
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site, dotted, read
from ..text.sites import is_statement, sites_of_run

_CLIPS = ("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.clip_grad_value_")
_KNOWN = frozenset({"scale", "step", "update", "unscale_"})


@dataclass(frozen=True, slots=True)
class ScalerUse:
    """Every method of one scaler that the program calls."""

    name: str
    scale: list[Site]
    step: list[Site]
    others: list[Site]
    """``update`` and ``unscale_``."""


def uses_of(program: Program, name: str) -> ScalerUse | None:
    """The calls of a scaler's methods; ``None`` if some are of another kind."""
    found = ScalerUse(name, [], [], [])
    for cell in program.cells:
        if any(f"{name}.{other}" in cell.source for other in ("state_dict", "load_state", "get_")):
            return None
    for site in program.methods(*_KNOWN):
        if site.call.receiver != name:
            continue
        if site.call.method == "scale":
            found.scale.append(site)
        elif site.call.method == "step":
            found.step.append(site)
        else:
            found.others.append(site)
    plain = all(map(_is_scaled_backward, found.scale)) and all(map(_is_plain_step, found.step))
    return found if plain and all(map(is_statement, found.others)) and found.scale else None


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
        and isinstance(site.call.node.args[0], ast.Name)
    )


def _is_plain_step(site: Site) -> bool:
    arguments = site.call.node.args
    plain = len(arguments) == 1 and isinstance(arguments[0], ast.Name)
    return plain and is_statement(site) and not site.call.node.keywords


@dataclass(frozen=True, slots=True)
class Needless:
    """A scaler beside autocast in bfloat16."""

    program: Program
    scaler: Scaler


class ScalerWithBf16(OldRule[Needless]):
    """A gradient scaler is used although autocast computes in bfloat16.

    The finding is a scaler that is on and stepped, in a run whose forwards all ran under autocast
    in bfloat16: that has the exponents of float32, so gradients do not underflow. Nothing is
    predicted. The fix takes the scaler's calls away where they have their usual shape.
    """

    id: ClassVar[str] = "scaler-with-bf16"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "A `GradScaler` beside autocast in bfloat16, which has the exponents of float32: there is "
        "nothing to scale, and each step reads a value from the device."
    )
    proof: ClassVar[str] = (
        "Steps of a scaler that is on, and forwards under bfloat16 autocast only."
    )
    cure: ClassVar[str] = "Takes the scaler's calls away."
    silent: ClassVar[str] = "Where some forward ran in float16, or the scaler is off."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Needless | None:
        """See the class."""
        grad = record.grad
        if grad is None or grad.scaler is None or not grad.scaler.enabled or not grad.scaler.steps:
            return None
        kinds = {entry.autocast for entry in grad.forwards if entry.grad}
        if kinds != {"bfloat16"} or set(grad.autocast.values()) - {"bfloat16"}:
            return None
        return Needless(Program(record, history), grad.scaler)

    def title(self, finding: Needless) -> str:
        """One sentence."""
        return f"{_named(finding.scaler)} has nothing to scale in bfloat16."

    def explanation(self, finding: Needless) -> str:
        """What happens and what can be done."""
        return (
            "Scaling keeps small gradients from vanishing in float16. bfloat16 has as many "
            "exponents as float32, so `loss.backward()` and `optimizer.step()` are enough."
        )

    def evidence(self, finding: Needless) -> list[str]:
        """Facts of the record."""
        return [
            f"{_named(finding.scaler)} took {count_of(finding.scaler.steps, 'step')}.",
            "All forwards that recorded a graph ran under autocast in bfloat16.",
        ]

    def remedy(self, finding: Needless) -> Remedy:
        """Take the calls away."""
        lines = [finding.scaler.line] if finding.scaler.line else []
        return without_scaler(finding.program, finding.scaler, lines)


def without_scaler(program: Program, scaler: Scaler, lines: list[int]) -> Remedy:
    """The fix that takes a scaler's calls away."""
    from ...fixes.scaler import CannotFix, drop_scaler  # libcst takes a while to import

    uses = uses_of(program, scaler.variable) if scaler.variable else None
    if uses is None:
        refusal = "Take the scaler away by hand: it is used in more ways than the usual ones."
        return Remedy(refusal=refusal, lines=lines)
    cells = {site.record.cell_id: site.record.source for site in _all(uses)}
    calls = [(site.record.cell_id, site.call.method, site.call.place) for site in _all(uses)]
    try:
        fix = drop_scaler(cells, calls)
    except CannotFix as refused:
        return Remedy(refusal=str(refused), lines=lines)
    return Remedy(fix=fix, lines=lines)


def _all(uses: ScalerUse) -> list[Site]:
    return [*uses.scale, *uses.step, *uses.others]


def _named(scaler: Scaler) -> str:
    return f"`{scaler.variable}`" if scaler.variable else "The gradient scaler"


@dataclass(frozen=True, slots=True)
class Clipped:
    """Gradients that were clipped while they were scaled."""

    record: CellRecord
    program: Program
    clips: int
    line: int | None


class UnscaleBeforeClip(OldRule[Clipped]):
    """Gradients are clipped while they are still multiplied by the loss scale.

    The finding is a call of ``clip_grad_norm_`` or ``clip_grad_value_`` after the backward of a
    scaled loss, with no ``unscale_`` in between: the limit then means something else in every
    step. Nothing is predicted: what changes is what is learned. The fix writes
    ``scaler.unscale_(optimizer)`` above the call, with the names that the text itself uses.
    """

    id: ClassVar[str] = "unscale-before-clip"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "Gradients are clipped while they are multiplied by the loss scale, so that the limit is "
        "many times too small."
    )
    proof: ClassVar[str] = (
        "A call of `clip_grad_norm_` or `clip_grad_value_` after the backward of a scaled loss, "
        "without `unscale_` in between."
    )
    cure: ClassVar[str] = "Writes `scaler.unscale_(optimizer)` above the clipping."
    silent: ClassVar[str] = "Where gradients were unscaled first, or the scaler is off."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-clipping",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Clipped | None:
        """See the class."""
        grad = record.grad
        if grad is None or not grad.clips_scaled:
            return None
        return Clipped(record, Program(record, history), grad.clips_scaled, grad.clip_line)

    def title(self, finding: Clipped) -> str:
        """One sentence."""
        return "Gradients are clipped while they are multiplied by the loss scale."

    def explanation(self, finding: Clipped) -> str:
        """What happens and what can be done."""
        return (
            "The scaler multiplies the loss, and with it all gradients, so that the limit of the "
            "clipping is as many times too small. `unscale_` divides the gradients first; the "
            "step then does not do it again."
        )

    def evidence(self, finding: Clipped) -> list[str]:
        """Facts of the record."""
        return [f"{count_of(finding.clips, 'call')} clipped scaled gradients."]

    def remedy(self, finding: Clipped) -> Remedy:
        """Unscale above."""
        from ...fixes.scaler import CannotFix, unscale_above  # libcst takes a while to import

        lines = [finding.line] if finding.line else []
        program = finding.program
        sites = sites_of_run(program, program.calls(*_CLIPS))
        names = clip_names(sites[0]) if len(sites) == 1 else None
        if names is None:
            refusal = "Call scaler.unscale_(optimizer) above the clipping, once for each optimizer."
            return Remedy(refusal=refusal, lines=lines)
        site = sites[0]
        code = None if site.record is finding.record else site.record
        try:
            fix = unscale_above(
                site.record.source, site.call.place, *names, cell_id=site.record.cell_id
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


def clip_names(clip: Site) -> tuple[str, str] | None:
    """Scaler and optimizer as the function that clips names them where it steps."""
    code = read(clip.record.source)
    found: set[tuple[str, str]] = set()
    for call in code.calls if code is not None else ():
        if call.method != "step" or call.function != clip.call.function:
            continue
        arguments = call.node.args
        if len(arguments) == 1 and isinstance(arguments[0], (ast.Name, ast.Attribute)):
            found.add((call.receiver, dotted(arguments[0])))
    return found.pop() if len(found) == 1 else None
