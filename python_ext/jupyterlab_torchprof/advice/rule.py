"""What a rule is: one thing to find in a record, with its proof, its promise and its fix."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, Literal, TypeVar

from msgspec.structs import replace

from ..record import Advice, CellRecord, Fix, Prediction, Severity
from .functions.reached import function_views
from .functions.remedies import how_it_was_reached, of_the_cell, with_view
from .measuring import is_measured
from .notebook import Later, Outlook
from .remedy import Remedy
from .silence import is_silenced

FindingT = TypeVar("FindingT")

Alters = Literal["nothing", "lines", "run"]
"""What a remedy would change for a profiler or a timer of the notebook's own: what its lines do;
whatever computes in the run (other kernels, types, processes); or nothing: it is about an error,
a name, or what is left behind."""


class Rule(ABC, Generic[FindingT]):
    """A small class with one question: is there evidence in this record?

    Its docstring says how it decides, how its prediction is calculated, and which hazards its fix
    minds; the class variables are what the documentation of the rules is made of. A rule imports
    neither IPython nor PyTorch; what it needs of a record it must find in the record.
    """

    id: ClassVar[str]
    severity: ClassVar[Severity]
    """The most that it may be."""

    what: ClassVar[str]
    """What goes wrong, one or two sentences in Markdown."""
    proof: ClassVar[str]
    """The evidence that it needs, in Markdown."""
    cure: ClassVar[str]
    """What the fix or the action does, or what to do by hand, in Markdown."""
    silent: ClassVar[str]
    """When it says nothing although it might seem to apply, in Markdown."""
    sources: ClassVar[tuple[str, ...]]
    """Addresses of documentation, or names of sources."""

    on_by_default: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    """What later cells do can bring its advice about or refute it: earlier records are tested
    again after each cell."""
    alters: ClassVar[Alters] = "lines"
    """It says nothing where somebody measures what its remedy would change."""
    leftover: ClassVar[bool] = False
    """It is about what the run left in memory, and over when that is gone."""
    minds_later: ClassVar[bool] = False
    """Its proof is that no later cell wants something; see `outlook`."""
    in_functions: ClassVar[bool] = False
    """It is asked of each function of the notebook that the run went through, too: of a record
    whose source is the function's body (`functions.view.FunctionView`)."""
    once: ClassVar[bool] = False
    """A remark on the session rather than on a cell: given once."""

    @abstractmethod
    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> FindingT | None:
        """The evidence, or ``None``. ``history`` holds ``record`` and may hold later runs.

        Asked after each cell, so it must be cheap to say no: look at what the record counted
        first, at the cell's text only then.
        """

    def awaits(self, record: CellRecord) -> bool:
        """Whether later cells could bring its advice on ``record`` about, or refute it.

        For rules that wait: asked once, when the run has ended. Only what this says yes to is
        tested again after each cell, so it must say no to what can be ruled out from the record
        alone, above all to cells that did nothing of the kind.
        """
        return self.waits

    def is_stirred(self, now: CellRecord) -> bool:
        """Whether, with ``now`` as the newest run, it can speak on an earlier one at all.

        For rules that wait: asked once per cell.
        """
        return True

    @abstractmethod
    def title(self, finding: FindingT) -> str:
        """One sentence."""

    @abstractmethod
    def explanation(self, finding: FindingT) -> str:
        """What happens and what can be done, with the user's own names and numbers."""

    @abstractmethod
    def evidence(self, finding: FindingT) -> list[str]:
        """Facts of the record that prove it, one sentence each."""

    def prediction(self, finding: FindingT) -> Prediction | None:
        """What the fix will change, if that can be said from measured numbers."""
        return None

    def grade(self, finding: FindingT) -> Severity:
        """How much it matters here; the rule's `severity` unless it says otherwise."""
        return self.severity

    @abstractmethod
    def remedy(self, finding: FindingT) -> Remedy:
        """The change of source, or why there is none."""

    def outlook(self, finding: FindingT, later: Later) -> Outlook:
        """What the texts of cells mean for the fix that may run after it, run so far or not.

        Asked if the rule `minds_later`: then it alone says whether a fix is safe, and where not all
        of these texts are known, none is, whatever the answer.
        """
        return Outlook.SAFE

    def judge(self, finding: FindingT, later: Later) -> Outlook:
        """The outlook as far as it can be known."""
        if not self.minds_later:
            return Outlook.SAFE
        outlook = self.outlook(finding, later)
        return Outlook.UNSAFE if outlook is Outlook.SAFE and not later.is_known else outlook

    def find(
        self, record: CellRecord, history: Sequence[CellRecord]
    ) -> tuple[CellRecord, FindingT] | None:
        """The evidence in what the run did within a function of the notebook, or in the record.

        Returns the record that the finding is about: this one, or a view of it. A function comes
        first: there the fix is right for all who call it.
        """
        for view in function_views(record, history) if self.in_functions else ():
            finding = self.test(view, with_view(history, view))
            if finding is not None:
                return view, finding
        finding = self.test(record, history)
        return None if finding is None else (record, finding)

    def advise(
        self, record: CellRecord, history: Sequence[CellRecord], later: Later | None = None
    ) -> Advice | None:
        """The advice on one record, if there is any."""
        found = self.find(record, history)
        if found is None:
            return None
        about, finding = found
        outlook = self.judge(finding, later or Later(None, history))
        if outlook is Outlook.NEEDED:
            return None
        own = self.remedy(finding)
        remedy = of_the_cell(own, about)
        code = remedy.code or record
        texts = ((code.source, remedy.lines), (record.source, ()), (about.source, ()))
        if any(is_silenced(text, self.id, lines) for text, lines in texts):
            return None
        if is_measured(self.alters, record, history, remedy):
            return None
        return Advice(
            rule=self.id,
            severity=self.grade(finding),
            cell_id=record.cell_id,
            title=self.title(finding),
            explanation=self.explanation(finding),
            evidence=[*self.evidence(finding), *how_it_was_reached(about)],
            prediction=self.prediction(finding),
            lines=remedy.lines,
            fix=_as_safe_as(outlook, remedy.fix),
            refusal=remedy.refusal,
            code_cell_id=code.cell_id if code.cell_id != record.cell_id else None,
            actions=remedy.actions,
            leftover=self.leftover,
        )


def _as_safe_as(outlook: Outlook, fix: Fix | None) -> Fix | None:
    if fix is None or not fix.safe or outlook is Outlook.SAFE:
        return fix
    return replace(fix, safe=False)
