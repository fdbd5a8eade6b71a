"""What a rule is: one thing to find in a record, with its proof, its promise and its fix."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from ..record import Advice, CellRecord, Fix, Prediction, Severity

FindingT = TypeVar("FindingT")


@dataclass(frozen=True, slots=True)
class Remedy:
    """A fix, or why there is none; and the lines that the advice is about."""

    fix: Fix | None = None
    refusal: str | None = None
    lines: list[int] = field(default_factory=list)
    """Lines of the cell, from one."""


class Rule(ABC, Generic[FindingT]):
    """A small class with one question: is there evidence in this record?

    Its docstring says what it looks for, when it stays silent, and where it comes from. A rule
    imports neither IPython nor PyTorch; what it needs of a record it must find in the record.
    """

    id: ClassVar[str]
    severity: ClassVar[Severity]
    """The most that it may be."""

    @abstractmethod
    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> FindingT | None:
        """The evidence, or ``None``. ``history`` holds ``record`` and may hold later runs.

        Called again for earlier records after each cell, so it must be cheap to say no.
        """

    @abstractmethod
    def title(self, finding: FindingT) -> str:
        """One sentence."""

    @abstractmethod
    def explanation(self, finding: FindingT) -> str:
        """What happens and what can be done, with the user's own names and numbers."""

    @abstractmethod
    def evidence(self, finding: FindingT) -> list[str]:
        """Facts of the record that prove it, one sentence each."""

    @abstractmethod
    def prediction(self, finding: FindingT) -> Prediction | None:
        """What the fix will change, if that can be said."""

    def grade(self, finding: FindingT) -> Severity:
        """How much it matters here; the rule's `severity` unless it says otherwise."""
        return self.severity

    @abstractmethod
    def remedy(self, finding: FindingT) -> Remedy:
        """The change of source, or why there is none."""

    def advise(self, record: CellRecord, history: Sequence[CellRecord]) -> Advice | None:
        """The advice on one record, if there is any."""
        finding = self.test(record, history)
        if finding is None:
            return None
        remedy = self.remedy(finding)
        return Advice(
            rule=self.id,
            severity=self.grade(finding),
            cell_id=record.cell_id,
            title=self.title(finding),
            explanation=self.explanation(finding),
            evidence=self.evidence(finding),
            prediction=self.prediction(finding),
            lines=remedy.lines,
            fix=remedy.fix,
            refusal=remedy.refusal,
        )
