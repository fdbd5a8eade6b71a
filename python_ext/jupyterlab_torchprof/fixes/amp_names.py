"""From ``torch.cuda.amp`` to ``torch.amp``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from ..record import Fix
from .cell import descendants
from .rewrite import CannotFix, Place, Rewrite, combine

__all__ = ["CannotFix", "Use", "rename_amp"]

_RENAMED = frozenset({"autocast", "GradScaler"})


@dataclass(frozen=True, slots=True)
class Use:
    """A call of ``autocast`` or ``GradScaler`` of ``torch.cuda.amp``."""

    cell_id: str | None
    place: Place


def rename_amp(cells: Mapping[str | None, str], uses: Sequence[Use]) -> Fix:
    """Rename in all ``cells`` (source by id), which hold every use.

    Raises CannotFix where a use would be left behind.
    """
    if not uses:
        raise CannotFix("No cell of the notebook calls it: update the package that does.")
    rewrites = {cell_id: Rewrite(source, cell_id) for cell_id, source in cells.items()}
    for rewrite in rewrites.values():
        _rename_imports(rewrite)
    for use in uses:
        rewrite = rewrites[use.cell_id]
        call = rewrite.call(use.place)
        name = rewrite.code(call.func)
        if name.endswith("autocast") and any(each.keyword is None for each in call.args):
            raise CannotFix(f"Line {use.place.line} passes autocast's arguments without names.")
        if ".cuda.amp." in name:
            rewrite.replace(call.func, name.replace(".cuda.amp.", ".amp."))
        if call.args:
            rewrite.insert_before(call.args[0], '"cuda", ')
        else:
            rewrite.add_argument(call, '"cuda"')
    return combine("Use torch.amp instead of torch.cuda.amp", list(rewrites.values()), safe=True)


def _rename_imports(rewrite: Rewrite) -> None:
    for node in descendants(rewrite.cell.module):
        if isinstance(node, cst.ImportFrom) and node.module is not None:
            module = rewrite.code(node.module)
            names = [] if isinstance(node.names, cst.ImportStar) else list(node.names)
            imported = {rewrite.code(alias.name) for alias in names}
            if module == "torch.cuda.amp":
                if not names or imported - _RENAMED:
                    raise CannotFix("An import takes more from torch.cuda.amp than torch.amp has.")
                rewrite.replace(node.module, "torch.amp")
            elif module == "torch.cuda" and "amp" in imported:
                if len(imported) > 1:
                    raise CannotFix("An import takes amp from torch.cuda together with others.")
                rewrite.replace(node.module, "torch")
        elif isinstance(node, cst.ImportAlias) and node.asname is not None:
            if rewrite.code(node.name) != "torch.cuda.amp":
                continue
            rewrite.replace(node.name, "torch.amp")
