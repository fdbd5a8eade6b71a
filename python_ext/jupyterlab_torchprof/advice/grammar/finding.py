"""What a rule answers: what it found, what proves it, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ...record import Action, CellRecord, FileText, Fix, Prediction, Severity
from ..text.notebook import Later, Outlook


@dataclass(frozen=True, slots=True)
class Remedy:
    """A fix, or why there is none; the lines that the advice is about; what the kernel can do."""

    fix: Fix | None = None
    refusal: str | None = None
    lines: list[int] = field(default_factory=list)
    """Lines, from one, of the cell that ran, of ``code`` or of ``file``."""
    code: CellRecord | None = None
    """The latest run of the cell that ``lines`` count in, if that is not the cell that ran."""
    file: FileText | None = None
    """The module that ``lines`` count in, if they are of no cell."""
    actions: list[Action] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule's answer about one case, in the user's own names and numbers."""

    title: str
    """One sentence."""
    explanation: str
    """What happens and what can be done."""
    evidence: Sequence[str]
    """Facts of the record that prove it, one sentence each."""
    remedy: Callable[[], Remedy]
    """What can be done, computed when it is asked for: `Case.edit`, `Case.by_hand`."""
    prediction: Prediction | None = None
    """What the fix will change, if that can be said from measured numbers."""
    severity: Severity | None = None
    """How much it matters here, where that is less than the rule's own."""
    outlook: Callable[[Later], Outlook] | None = None
    """What the texts of cells that may run later mean for the fix, for rules that `minds_later`;
    ``None``: nothing that they could say matters."""
    remedy_before: Callable[[Later], Remedy] | None = None
    """The same with what cells will do that have not run, where the fix depends on it."""

    def remedy_given(self, later: Later) -> Remedy:
        """What can be done, as far as it is known what is still to come."""
        return self.remedy() if self.remedy_before is None else self.remedy_before(later)
