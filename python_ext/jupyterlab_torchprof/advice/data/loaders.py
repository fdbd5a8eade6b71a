"""A loader that ran, and the call in the notebook that made it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ...record import CellRecord, DataLoading
from ..code import Program, Site

LOADER = (
    "torch.utils.data.DataLoader",
    "torch.utils.data.dataloader.DataLoader",
)
"""Full names of the class."""
LEAST_SHARE = 0.05
"""Of the loop's time; the former TensorBoard profiler plugin spoke from here on, too."""
LEAST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Loading:
    """What a rule found on one loader."""

    record: CellRecord
    loader: DataLoading
    site: Site | None
    """The call that made it, if there is just one that can be it."""

    @property
    def name(self) -> str:
        """How the user would call it."""
        return f"`{self.loader.variable}`" if self.loader.variable else "The loader"

    @property
    def lines(self) -> list[int]:
        """Of the call that made it, else of the loop."""
        if self.site is not None:
            return [self.site.call.line]
        return [self.loader.line] if self.loader.line is not None else []

    @property
    def code(self) -> CellRecord | None:
        """The cell of `lines`, if it is not the one that ran."""
        if self.site is None or self.site.record is self.record:
            return None
        return self.site.record


def waits_much(loader: DataLoading) -> bool:
    """Whether the loop spends a second and 5 % of its time waiting for batches."""
    return loader.wait_s >= LEAST_WAIT_S and loader.wait_s >= LEAST_SHARE * loader.loop_s


def made_by(program: Program, loader: DataLoading) -> Site | None:
    """The call that made a loader: assigned to its variable, or in the head of its loop."""
    found = [site for site in program.calls(*LOADER) if _makes(site, loader)]
    # A cell that ran again is there once, with its latest text; two cells may assign one name.
    return found[0] if len(found) == 1 else None


def _makes(site: Site, loader: DataLoading) -> bool:
    statement = site.call.statement
    if loader.variable is not None:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        is_whole = getattr(statement, "value", None) is site.call.node
        return is_whole and any(
            isinstance(target, ast.Name) and target.id == loader.variable for target in targets
        )
    return isinstance(statement, (ast.For, ast.AsyncFor)) and statement.lineno == loader.line
