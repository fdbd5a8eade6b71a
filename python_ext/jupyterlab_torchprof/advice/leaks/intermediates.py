"""Large tensors that were computed with and never read again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import Action, CellRecord, PlacedTensor, Prediction, Severity
from ...words import code_list
from ..evidence.held import freed_after, is_leak, latest, on_devices, total_of
from ..evidence.runs import later_runs
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import cell_key, imports_of
from ..text.consumption import is_used_up
from ..text.names import name_uses, reads_in_function
from ..text.notebook import Later, Outlook

_PATIENCE = 2
"""Other cells that run without reading a name until it counts as stale."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Variables of a run that nobody reads any more."""

    record: CellRecord
    tensors: list[PlacedTensor]
    held: dict[str, int]
    """Bytes by device."""
    now: CellRecord


class StaleIntermediates(OldRule[Stale]):
    """A cell's intermediate results stay in memory as global variables.

    The finding is variables that the run bound to tensors of at least 16 MB together, or 1 % of
    the device; the cell computed with them and kept nothing that refers to them (a view, a
    container, a data set, a graph); two other cells have run since, and no cell of the session
    but their own, run or not, mentions their names, nor does a function of that cell. They are
    still there with the same bytes.

    Prediction: memory after the last run less their bytes, each storage once.

    Silent for tensors that were only made or loaded (data waiting for its use), whose memory
    something else holds or may hold, and which carry graphs. The fix deletes the names at the
    end of the cell; the action deletes them now. It is safe where all cells are known, and this
    one binds the names before it reads them, so that it can run again.
    """

    id: ClassVar[str] = "stale-intermediates"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "In a notebook every variable is global, so large intermediate results stay in memory "
        "after their last use."
    )
    proof: ClassVar[str] = (
        "A large tensor that its cell computed with, that no other cell, run or not, mentions, "
        "and that is still there after two other cells have run."
    )
    cure: ClassVar[str] = "Deletes the names at the end of the cell, or now."
    silent: ClassVar[str] = (
        "Data that has not been used yet; tensors whose memory a view, a container or a graph "
        "may hold; below 16 MB and 1 % of the device."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory",
    )
    waits: ClassVar[bool] = True
    leftover: ClassVar[bool] = True
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Stale | None:
        """See the class."""
        placement = record.placement
        now = latest(record, history)
        if placement is None or now is record or record.status != "ok" or now.placement is None:
            return None
        large = [tensor for tensor in placement.tensors if owns_its_memory(tensor)]
        if not large or not is_leak(now, _bytes_of(large)) or _has_graphs(record, now):
            return None
        others = _others_after(record, history)
        if len(others) < _PATIENCE:
            return None
        still = {(tensor.path, tensor.storage_bytes) for tensor in now.placement.tensors}
        modules = [module.path for module in placement.modules]
        imports = imports_of(history)
        uses = name_uses(record.source)
        stale = [
            tensor
            for tensor in large
            if (tensor.path, tensor.storage_bytes) in still
            and uses is not None
            and tensor.path in uses.bound
            and not is_mentioned_elsewhere(tensor.path, record, history)
            and not reads_in_function(record.source, tensor.path)
            and is_used_up(record.source, tensor.path, modules=modules, imports=imports)
        ]
        held = _bytes_of(stale)
        return Stale(record, stale, held, now) if is_leak(now, held) else None

    def awaits(self, record: CellRecord) -> bool:
        """It bound variables that are tensors of some size."""
        if record.placement is None or record.status != "ok":
            return False
        large = [tensor for tensor in record.placement.tensors if owns_its_memory(tensor)]
        if not large or not any(tensor.path in record.source for tensor in large):
            return False
        uses = name_uses(record.source)
        return uses is not None and any(tensor.path in uses.bound for tensor in large)

    def outlook(self, finding: Stale, later: Later) -> Outlook:
        """Whether no cell has the names."""
        names = [tensor.path for tensor in finding.tensors]
        return outlook_for_names(names, finding.record, later)

    def title(self, finding: Stale) -> str:
        """One sentence."""
        keep = "keeps" if len(finding.tensors) == 1 else "keep"
        return f"{_names(finding)} {keep} {on_devices(finding.held)}, and no other cell reads it."

    def explanation(self, finding: Stale) -> str:
        """What happens and what can be done."""
        what = "the result" if len(finding.tensors) == 1 else "results"
        return (
            f"This cell computed with {_names(finding)} and has finished; as a global variable "
            f"{what} of {on_devices(finding.held)} stays in memory until the name is bound again "
            "or deleted."
        )

    def evidence(self, finding: Stale) -> list[str]:
        """Facts of the record."""
        facts = [
            f"`{tensor.path}` is a tensor {tensor.shape} of {tensor.dtype}: "
            f"{on_devices({tensor.device: tensor.storage_bytes})}."
            for tensor in finding.tensors
        ]
        facts.append("At least two other cells have run since, and none mentions it.")
        return facts

    def prediction(self, finding: Stale) -> Prediction | None:
        """Memory without them."""
        return freed_after(finding.now, finding.held)

    def remedy(self, finding: Stale) -> Remedy:
        """Delete the names, at the end of the cell and now."""
        from ...fixes.release import CannotFix, delete_after  # libcst takes a while to import

        record = finding.record
        names = [tensor.path for tensor in finding.tensors]
        uses = name_uses(record.source)
        lines = sorted({uses.bound[name] for name in names}) if uses is not None else []
        action = Action(
            kind="delete_names",
            title=f"Delete {', '.join(names)}",
            description=f"Deletes {code_list(names)}. Run the cell again if you need them later.",
            targets=names,
            expected_bytes=finding.held,
        )
        try:
            fix = delete_after(record.source, names, cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, actions=[action])
        return Remedy(fix=fix, lines=lines, actions=[action])


def owns_its_memory(tensor: PlacedTensor) -> bool:
    """Whether it is a variable itself, and as far as the record tells nothing shares its memory."""
    plain = tensor.path.isidentifier() and not tensor.path.startswith("_")
    graph = tensor.requires_grad or tensor.has_grad_fn
    return plain and bool(tensor.storage_bytes) and not tensor.shares_storage and not graph


def _bytes_of(tensors: Sequence[PlacedTensor]) -> dict[str, int]:
    return total_of({tensor.device: tensor.storage_bytes} for tensor in tensors)


def _has_graphs(record: CellRecord, now: CellRecord) -> bool:
    """Whether a graph may hold them."""
    return any(run.grad is not None and run.grad.retained for run in (record, now))


def _others_after(record: CellRecord, history: Sequence[CellRecord]) -> set[str]:
    return {cell_key(run) for run in later_runs(record, history)} - {cell_key(record)}


def is_mentioned_elsewhere(name: str, record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether the text of any other cell has the name, in whatever way."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    key = cell_key(record)
    return any(
        name in run.source and cell_key(run) != key and word.search(run.source) for run in history
    )


def outlook_for_names(names: Sequence[str], record: CellRecord, later: Later) -> Outlook:
    """What cells mean for variables that a fix deletes at the end of their cell."""
    if later.mentions(names, record):
        return Outlook.NEEDED
    uses = name_uses(record.source)
    first = uses.first if uses is not None else {}
    again = all(name in first and first[name].kind == "bound" for name in names)
    return Outlook.SAFE if again else Outlook.UNSAFE


def _names(finding: Stale) -> str:
    return code_list([tensor.path for tensor in finding.tensors])
