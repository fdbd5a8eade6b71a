"""The old names of mixed precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site
from ..text.notebook import Later, Outlook

OLD = ("torch.cuda.amp.autocast", "torch.cuda.amp.GradScaler")
_WARNED = tuple(f"{name}(args...)` is deprecated" for name in OLD)


@dataclass(frozen=True, slots=True)
class OldNames:
    """A run that used names which PyTorch will remove."""

    program: Program
    sites: list[Site]
    lines: list[int]
    messages: list[str]


class DeprecatedCudaAmp(OldRule[OldNames]):
    """``torch.cuda.amp`` is called, which PyTorch will remove; ``torch.amp`` does the same.

    The finding is PyTorch's own warning, raised in the run. The fix renames every use in the
    notebook that has run, with its imports, and passes ``"cuda"`` first: the values stay the same.
    It is safe where all cells are known and none that has not run uses the names.
    """

    id: ClassVar[str] = "deprecated-cuda-amp"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "`torch.cuda.amp.autocast` and `torch.cuda.amp.GradScaler` warn that they will be removed."
    )
    proof: ClassVar[str] = "PyTorch's own warning, raised in the cell."
    cure: ClassVar[str] = (
        'Writes `torch.amp.autocast("cuda", ...)` and `torch.amp.GradScaler("cuda", ...)` '
        "everywhere in the notebook, imports among it."
    )
    silent: ClassVar[str] = "Where the warning was not raised."
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/amp.html",)
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> OldNames | None:
        """See the class."""
        raised = [
            warning
            for warning in record.warnings
            if any(text in warning.message for text in _WARNED)
        ]
        if not raised:
            return None
        program = Program(record, history)
        names = [text.partition("(")[0] for text in _WARNED]
        told = [name for name in names if any(name in each.message for each in raised)]
        lines = sorted({each.line for each in raised if each.line is not None})
        return OldNames(program, list(program.calls(*OLD)), lines, told)

    def outlook(self, finding: OldNames, later: Later) -> Outlook:
        """Whether no other cell uses names whose imports are changed."""
        names = {"amp", "autocast", "GradScaler"}
        uses = later.mentions(names, finding.program.record)
        return Outlook.UNSAFE if uses else Outlook.SAFE

    def title(self, finding: OldNames) -> str:
        """One sentence."""
        names = " and ".join(f"`{name}`" for name in finding.messages)
        return f"{names} will be removed from PyTorch."

    def explanation(self, finding: OldNames) -> str:
        """What happens and what can be done."""
        return (
            '`torch.amp` has the same for every device; pass `"cuda"` first. Nothing else changes.'
        )

    def evidence(self, finding: OldNames) -> list[str]:
        """Facts of the record."""
        where = f" on line {finding.lines[0]}" if finding.lines else ""
        return [f"PyTorch warned that {name} is deprecated{where}." for name in finding.messages]

    def remedy(self, finding: OldNames) -> Remedy:
        """Rename them."""
        from ...fixes.amp_names import CannotFix, Use, rename_amp  # libcst is slow to import

        program = finding.program
        cells = {
            cell.cell_id: cell.source
            for cell in program.cells
            if "autocast" in cell.source or "GradScaler" in cell.source or "amp" in cell.source
        }
        uses = [Use(site.record.cell_id, site.call.place) for site in finding.sites]
        try:
            fix = rename_amp(cells, uses)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=finding.lines)
        return Remedy(fix=fix, lines=finding.lines)
