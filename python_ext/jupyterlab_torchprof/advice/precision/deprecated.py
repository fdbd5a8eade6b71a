"""The old names of mixed precision."""

from __future__ import annotations

from ... import fixes
from ...record import Fix
from ...words import code_list
from ..grammar import Case, Finding, Rule
from ..text.notebook import Later, Outlook
from ..text.program import Program

OLD = ("torch.cuda.amp.autocast", "torch.cuda.amp.GradScaler")
_DEPRECATED = "(args...)` is deprecated"
_IMPORTED = ("amp", "autocast", "GradScaler")
"""What the imports bind that the fix changes."""


class DeprecatedCudaAmp(Rule):
    """`torch.cuda.amp.autocast` and `torch.cuda.amp.GradScaler` warn that they will be removed.

    Evidence: PyTorch's own warning, raised in the cell.

    Fix: Writes `torch.amp.autocast("cuda", ...)` and `torch.amp.GradScaler("cuda", ...)` everywhere
    in the notebook, imports among it.

    Silent: Where the warning was not raised.

    Sources:
        https://docs.pytorch.org/docs/stable/amp.html

    Notes: The fix is safe where all cells are known and none that has not run uses the names.
    """

    id = "deprecated-cuda-amp"
    severity = "low"
    alters = "nothing"
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """The warning."""
        raised = [
            warning
            for warning in case.record.warnings
            if any(name + _DEPRECATED in warning.message for name in OLD)
        ]
        if not raised:
            return None
        names = [name for name in OLD if any(name in each.message for each in raised)]
        lines = sorted({line for each in raised if (line := case.line(each.place))})
        where = f" on line {lines[0]}" if lines else ""
        return Finding(
            title=f"{code_list(names)} will be removed from PyTorch.",
            explanation=(
                '`torch.amp` has the same for every device; pass `"cuda"` first. Nothing else '
                "changes."
            ),
            evidence=[f"PyTorch warned that {name} is deprecated{where}." for name in names],
            remedy=case.edit(lambda: _rename(case.program), lines=lines),
            outlook=lambda later: _outlook(later, case),
        )


def _rename(program: Program) -> Fix:
    cells = {
        cell.cell_id: cell.source
        for cell in program.cells
        if any(name in cell.source for name in _IMPORTED)
    }
    calls = program.calls(*OLD)
    uses = [fixes.amp_names.Use(site.record.cell_id, site.call.place) for site in calls]
    return fixes.amp_names.rename_amp(cells, uses)


def _outlook(later: Later, case: Case) -> Outlook:
    return Outlook.UNSAFE if later.mentions(_IMPORTED, case.record) else Outlook.SAFE
