"""What a rule is: one thing to find in a run, with its proof, its promise and its fix."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from ...record import CellRecord, Severity
from .case import Case
from .finding import Finding

Alters = Literal["nothing", "lines", "run"]
"""What a remedy would change for a profiler or a timer of the notebook's own: what its lines do;
whatever computes in the run (other kernels, types, processes); or nothing: it is about an error,
a name, or what is left behind."""


class Rule(ABC):
    """A small class with one question: is there evidence in this case?

    Its docstring is its entry in ``docs/rules.md``, in Markdown: first what goes wrong; then, each
    in a paragraph of its own that begins with the word, ``Evidence:`` that it needs, what the
    ``Fix:`` or the action does or what to do by hand, when it is ``Silent:`` although it might seem
    to apply, and the ``Sources:``, one on a line. What is not for the page (how a prediction is
    calculated, which hazards the fix minds) comes last, below ``Notes:``. `entry.entry_of` reads
    it.

    A rule imports neither IPython nor PyTorch; what it needs of a run it must find in the record.
    """

    id: ClassVar[str]
    severity: ClassVar[Severity]
    """The most that it may be."""

    on_by_default: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    """What later cells do can bring its advice about or refute it: earlier records are judged
    again after each cell."""
    alters: ClassVar[Alters] = "lines"
    """It says nothing where somebody measures what its remedy would change."""
    leftover: ClassVar[bool] = False
    """It is about what the run left in memory, and over when that is gone."""
    minds_later: ClassVar[bool] = False
    """Its proof is that no later cell wants something: `Finding.outlook` says whether the fix is
    safe, and where not all texts are known, none is, whatever the answer."""
    in_functions: ClassVar[bool] = False
    """It is asked about each function of the user's that the run went through, too: about a record
    whose source is the function's body (`evidence.functions.view.FunctionView`)."""
    once: ClassVar[bool] = False
    """A remark on the session rather than on a cell: given once."""

    @abstractmethod
    def find(self, case: Case) -> Finding | None:
        """What it found, or ``None``.

        Asked after each cell, so it must be cheap to say no: look at what the record counted
        first, at the cell's text only then.
        """

    def awaits(self, record: CellRecord) -> bool:
        """Whether later cells could bring its advice on ``record`` about, or refute it.

        For rules that wait: asked once, when the run has ended. Only what this says yes to is
        judged again after each cell, so it must say no to what can be ruled out from the record
        alone, above all to cells that did nothing of the kind.
        """
        return self.waits

    def is_stirred(self, now: CellRecord) -> bool:
        """Whether, with ``now`` as the newest run, it can speak on an earlier one at all.

        For rules that wait: asked once per cell.
        """
        return True
