"""Switches for debugging that were left on."""

from __future__ import annotations

from functools import partial

from ... import fixes
from ...record import CellRecord
from ...words import count_of
from ..grammar import Case, Finding, Rule
from ..text.code import Call
from ..text.first_uses import name_uses
from ..text.notebook import Later, Outlook

_LEAST_STEPS = 50
_SWITCH = "torch.autograd.set_detect_anomaly"


class AnomalyLeftOn(Rule):
    """Anomaly detection keeps a traceback of every operation and checks every gradient for NaN. It
    is meant for finding one bug and stays on for the whole session.

    Evidence: The switch is on at the end of a run with at least 50 backwards.

    Fix: Writes `set_detect_anomaly(False)` where the switch was turned on; run that cell again.

    Silent: Fewer than 50 backwards; `with detect_anomaly():` around a part; runs that an error
    ended.

    Sources:
        https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#disable-debugging-apis
        https://docs.pytorch.org/docs/stable/autograd.html#anomaly-detection

    Notes: An error that ended the run may be what the switch is to find. Nothing is predicted:
    what it costs depends on the model. Values stay bit-equal, and the fix is safe where all cells
    are known and none that has not run is to train or asks for the switch: its error may be what
    it is for.
    """

    id = "anomaly-left-on"
    severity = "high"
    alters = "run"
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """Many backwards in a run that ended with the switch on."""
        record, count = case.record, case.grad.backwards
        if record.torch is None or not record.torch.anomaly:
            return None
        if count < _LEAST_STEPS or record.status == "error":
            return None
        remedy = case.edit_the_one(
            [each for each in case.program.calls(_SWITCH) if turns_on(each.call)],
            lambda site: fixes.switches.turn_off(
                site.record.source, site.call.place, cell_id=site.record.cell_id
            ),
            f"Call `{_SWITCH}(False)`: no single cell turns it on.",
        )
        backwards = count_of(count, "backward")
        return Finding(
            title=f"Anomaly detection was on during {backwards}.",
            explanation=(
                "It keeps a traceback of every operation of the forward and checks every gradient "
                "for NaN, to find one bug. Turned off, the same values are computed without; the "
                "cell that turned it on must run again, too."
            ),
            evidence=[f"{backwards} ran, and anomaly detection was on when the cell ended."],
            remedy=remedy,
            outlook=partial(_outlook, record),
        )


def _outlook(record: CellRecord, later: Later) -> Outlook:
    """Whether no cell that has not run may wait for the error."""
    for text in later.waiting(record):
        uses = name_uses(text)
        if uses is None or uses.trains or "anomaly" in text:
            return Outlook.UNSAFE
    return Outlook.SAFE


def turns_on(call: Call) -> bool:
    """Whether a call of the switch passes ``True``."""
    given = call.keywords.get("mode") or (call.node.args[0] if call.node.args else None)
    return getattr(given, "value", None) is True
