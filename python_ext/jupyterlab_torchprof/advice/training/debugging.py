"""Switches for debugging that were left on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Call, Program, Site
from ..text.names import name_uses
from ..text.notebook import Later, Outlook

_LEAST_STEPS = 50
_SWITCH = "torch.autograd.set_detect_anomaly"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A training run under anomaly detection."""

    record: CellRecord
    count: int
    site: Site | None


class AnomalyLeftOn(OldRule[Anomaly]):
    """Anomaly detection was on while a model was trained for many steps.

    The finding is the switch, on at the end of a run with at least 50 backwards that no error
    ended: that error may be what the switch is to find. Nothing is predicted: what it costs
    depends on the model, so the cell is measured again. The fix turns the switch off where it was
    turned on, perhaps in another cell; values stay bit-equal. It is safe where all cells are known
    and none that has not run is to train or asks for the switch: its error may be what it is for.
    """

    id: ClassVar[str] = "anomaly-left-on"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Anomaly detection keeps a traceback of every operation and checks every gradient for "
        "NaN. It is meant for finding one bug and stays on for the whole session."
    )
    proof: ClassVar[str] = "The switch is on at the end of a run with at least 50 backwards."
    cure: ClassVar[str] = (
        "Writes `set_detect_anomaly(False)` where the switch was turned on; run that cell again."
    )
    silent: ClassVar[str] = (
        "Fewer than 50 backwards; `with detect_anomaly():` around a part; runs that an error ended."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#disable-debugging-apis",
        "https://docs.pytorch.org/docs/stable/autograd.html#anomaly-detection",
    )
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Anomaly | None:
        """See the class."""
        if record.torch is None or not record.torch.anomaly or record.grad is None:
            return None
        count = record.grad.backwards
        if count < _LEAST_STEPS or record.status == "error":
            return None
        sites = [each for each in Program(record, history).calls(_SWITCH) if turns_on(each.call)]
        return Anomaly(record, count, sites[0] if len(sites) == 1 else None)

    def outlook(self, finding: Anomaly, later: Later) -> Outlook:
        """Whether no cell that has not run may wait for the error."""
        for text in later.waiting(finding.record):
            uses = name_uses(text)
            if uses is None or uses.trains or "anomaly" in text:
                return Outlook.UNSAFE
        return Outlook.SAFE

    def title(self, finding: Anomaly) -> str:
        """One sentence."""
        return f"Anomaly detection was on during {count_of(finding.count, 'backward')}."

    def explanation(self, finding: Anomaly) -> str:
        """What happens and what can be done."""
        return (
            "It keeps a traceback of every operation of the forward and checks every gradient for "
            "NaN, to find one bug. Turned off, the same values are computed without; the cell "
            "that turned it on must run again, too."
        )

    def evidence(self, finding: Anomaly) -> list[str]:
        """Facts of the record."""
        return [
            f"{count_of(finding.count, 'backward')} ran, and anomaly detection was on when the "
            "cell ended."
        ]

    def remedy(self, finding: Anomaly) -> Remedy:
        """Turn it off."""
        from ...fixes.switches import CannotFix, turn_off  # libcst takes a while to import

        site = finding.site
        if site is None:
            return Remedy(refusal=f"Call `{_SWITCH}(False)`: no single cell turns it on.")
        code = None if site.record is finding.record else site.record
        try:
            fix = turn_off(site.record.source, site.call.place, cell_id=site.record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


def turns_on(call: Call) -> bool:
    """Whether a call of the switch passes ``True``."""
    given = call.keywords.get("mode") or (call.node.args[0] if call.node.args else None)
    return getattr(given, "value", None) is True
