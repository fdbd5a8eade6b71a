"""Rules in the form that they had before `Finding`: being replaced, family by family."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from ...record import CellRecord, Prediction, Severity
from ..text.notebook import Later, Outlook
from .case import Case
from .finding import Finding, Remedy
from .rule import Rule

FindingT = TypeVar("FindingT")


class OldRule(Rule, Generic[FindingT]):
    """A rule whose answers are methods that get what `test` returned."""

    what: ClassVar[str]
    proof: ClassVar[str]
    cure: ClassVar[str]
    silent: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]

    @abstractmethod
    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> FindingT | None:
        """The evidence, or ``None``."""

    @abstractmethod
    def title(self, finding: FindingT) -> str:
        """One sentence."""

    @abstractmethod
    def explanation(self, finding: FindingT) -> str:
        """What happens and what can be done."""

    @abstractmethod
    def evidence(self, finding: FindingT) -> list[str]:
        """Facts of the record."""

    def prediction(self, finding: FindingT) -> Prediction | None:
        """What the fix will change."""
        return None

    def grade(self, finding: FindingT) -> Severity:
        """How much it matters here."""
        return self.severity

    @abstractmethod
    def remedy(self, finding: FindingT) -> Remedy:
        """The change of source, or why there is none."""

    def outlook(self, finding: FindingT, later: Later) -> Outlook:
        """What later texts mean for the fix."""
        return Outlook.SAFE

    def find(self, case: Case) -> Finding | None:
        """See `Rule.find`."""
        found = self.test(case.record, case.history)
        if found is None:
            return None
        return Finding(
            title=self.title(found),
            explanation=self.explanation(found),
            evidence=self.evidence(found),
            remedy=lambda: self.remedy(found),
            prediction=self.prediction(found),
            severity=self.grade(found),
            outlook=lambda later: self.outlook(found, later),
        )
