"""Steps of an optimizer that take the parameters one by one."""

from __future__ import annotations

from ... import fixes
from ...record import DeepProfile, Fix, Optimizer, Prediction
from ...units import format_percent, format_seconds
from ...words import count_of
from ..evidence.deep import Window, replay_of, speedup, window_of
from ..evidence.optimizers import Made, called
from ..evidence.times import shortened
from ..grammar import Case, Finding, Rule
from ..text.program import Site

_FUSABLE = frozenset({"Adam", "AdamW"})
_UPDATES = frozenset(
    f"aten::{name}" for name in ("mul_", "lerp_", "addcmul_", "sqrt", "div", "add_", "addcdiv_")
)
_LEAST_EACH = 6
_LEAST_SHARE = 0.05
_LEAST_SPEEDUP = 1.1


class OptimizerSmallOps(Rule):
    """On the CPU, Adam updates the parameters one by one, with some eight small operators each. A
    fused kernel does an update in one pass.

    Evidence: A deep profile in which steps of the only optimizer took 5 % of the time, with at
    least six operators for each parameter.

    Fix: Passes `fused=True`. Try it on the operators of the deep profile first: what it gains is
    measured then.

    Silent: On accelerators, of which `fused-optimizer` speaks; where `fused` or `foreach` was
    given; where the run stepped several optimizers; where a try was no faster.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html#algorithms

    Notes: Seconds are predicted only from a replay. Rounding may differ.
    """

    id = "optimizer-small-ops"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The only optimizer, if its steps are many small operators."""
        window = window_of(case.record)
        if window is None:
            return None
        stepped = [entry for entry in case.record.optimizers if entry.steps]
        entry = stepped[0] if len(stepped) == 1 else None
        if entry is None or not _could_fuse(entry):
            return None
        seconds, tensors = window.phase_s("optimizer"), _tensors(entry)
        each = _updates(window.deep) / window.steps / tensors
        if each < _LEAST_EACH or window.share(seconds) < _LEAST_SHARE:
            return None
        made = Made(entry, case.program)
        gain = _gain(window)
        if not made.is_of_torch() or (gain is not None and gain < _LEAST_SPEEDUP):
            return None
        return Finding(
            title=(
                f"Steps of {called(entry)} took {format_percent(window.share(seconds))} of the "
                f"recorded time, with {each:.0f} operators for each parameter."
            ),
            explanation=(
                "The parameters are updated one by one, each by a row of small operators. With "
                "`fused=True` one kernel reads and writes each parameter once; rounding may differ."
            ),
            evidence=[
                f"{count_of(window.steps, 'step')} took {format_seconds(seconds)} in the "
                f"optimizer, of {format_seconds(window.seconds)}.",
                f"It updates {count_of(tensors, 'tensor')} on the CPU.",
                *(
                    []
                    if gain is None
                    else [f"Tried on random numbers, it was {gain:.1f} times faster."]
                ),
            ],
            remedy=case.edit_at(
                made.site(), _fused, not_found="The text does not tell where it is made."
            ),
            prediction=_prediction(case, window, entry, gain),
        )


def _could_fuse(entry: Optimizer) -> bool:
    """Whether a fused kernel exists for it on the CPU, and nobody has decided for or against."""
    if entry.class_name not in _FUSABLE or set(entry.devices) != {"cpu"} or not _tensors(entry):
        return False
    options = {option for group in entry.groups for option in (group.fused, group.foreach)}
    return options == {None} and all("float" in dtype for dtype in entry.parameter_bytes)


def _tensors(entry: Optimizer) -> int:
    return sum(group.parameters for group in entry.groups)


def _updates(deep: DeepProfile) -> int:
    rows = (row for row in deep.operators if row.phase == "optimizer")
    return sum(row.calls for row in rows if row.name in _UPDATES)


def _gain(window: Window) -> float | None:
    """How many times faster a fused step was, if it was tried."""
    work = next((each for each in window.deep.work if each.kind == "optimizer"), None)
    replay = None if work is None else replay_of(work, "fused")
    return None if replay is None else speedup(replay)


def _prediction(
    case: Case, window: Window, entry: Optimizer, gain: float | None
) -> Prediction | None:
    if gain is None:
        return None
    saved = window.phase_s("optimizer") * (1.0 - 1.0 / gain)
    return shortened(case.record, window.in_run(saved, entry.steps))


def _fused(site: Site) -> Fix:
    record = site.record
    return fixes.optimizer.add_option(
        record.source, site.call.place, "fused", "True", cell_id=record.cell_id
    )
