"""Large tensors that were computed with and never read again."""

from __future__ import annotations

from collections.abc import Sequence

from ... import fixes
from ...record import CellRecord, PlacedTensor
from ...words import code_list
from ..evidence.held import freed_after, is_leak, latest, on_devices, owns_its_memory, total_of
from ..evidence.releases import delete_names
from ..evidence.runs import cells_after
from ..grammar import Case, Finding, Rule
from ..text.code import imports_of
from ..text.consumption import is_used_up
from ..text.deletion import is_mentioned_elsewhere, outlook_for_names
from ..text.first_uses import name_uses
from ..text.uses.scopes import reads_in_function

_PATIENCE = 2
"""Other cells that run without reading a name until it counts as stale."""


class StaleIntermediates(Rule):
    """In a notebook every variable is global, so large intermediate results stay in memory after
    their last use.

    Evidence: A large tensor that its cell computed with, that no other cell, run or not, mentions,
    and that is still there after two other cells have run.

    Fix: Deletes the names at the end of the cell, or now.

    Silent: Data that has not been used yet; tensors whose memory a view, a container or a graph may
    hold; attributes, which code of their class may read; below 16 MB and 1 % of the device.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory

    Notes: Functions of the cell must not read the names either: they may run later.

    Prediction: memory after the last run less their bytes, each storage once.

    The fix is safe where all cells are known, and this one binds the names before it reads them, so
    that it can run again.
    """

    id = "stale-intermediates"
    severity = "medium"
    alters = "nothing"
    waits = True
    leftover = True
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """Large variables of the run that the last one still found, and nobody reads."""
        record, now = case.record, latest(case.record, case.history)
        if now is record or record.status != "ok":
            return None
        stale = _stale(case, now)
        held = _bytes_of(stale)
        if not is_leak(now, held):
            return None
        names, one = [tensor.path for tensor in stale], len(stale) == 1
        listed, size = code_list(names), on_devices(held)
        return Finding(
            title=f"{listed} {'keeps' if one else 'keep'} {size}, and no other cell reads it.",
            explanation=(
                f"This cell computed with {listed} and has finished; as a global variable "
                f"{'the result' if one else 'results'} of {size} stays in memory until the name "
                "is bound again or deleted."
            ),
            evidence=[
                *map(_what_it_is, stale),
                "At least two other cells have run since, and none mentions it.",
            ],
            remedy=case.edit(
                lambda: fixes.release.delete_after(record.source, names, cell_id=record.cell_id),
                lines=[_bound(record)[name] for name in names],
                actions=[delete_names(names, ". Run the cell again if you need them later.", held)],
            ),
            prediction=freed_after(now, held),
            outlook=lambda later: outlook_for_names(names, record, later),
        )

    def awaits(self, record: CellRecord) -> bool:
        """It bound variables that are tensors of some size."""
        return record.status == "ok" and any(
            tensor.path in record.source and tensor.path in _bound(record)
            for tensor in _large(record)
        )


def _large(record: CellRecord) -> list[PlacedTensor]:
    """The variables whose memory would be free without them."""
    tensors = record.placement.tensors if record.placement is not None else []
    return [tensor for tensor in tensors if owns_its_memory(tensor)]


def _stale(case: Case, now: CellRecord) -> list[PlacedTensor]:
    """Those that the run bound and used up, that are still there, and that no text asks for."""
    record, history, large = case.record, case.history, _large(case.record)
    if not is_leak(now, _bytes_of(large)) or _has_graphs(record, now):
        return []
    if len(cells_after(record, history)) < _PATIENCE:
        return []
    found = now.placement.tensors if now.placement is not None else []
    still = {(tensor.path, tensor.storage_bytes) for tensor in found}
    modules = [module.path for module in case.placement.modules]
    imports = imports_of(history)
    return [
        tensor
        for tensor in large
        if (tensor.path, tensor.storage_bytes) in still
        and tensor.path in _bound(record)
        and not is_mentioned_elsewhere(tensor.path, record, history)
        and not reads_in_function(record.source, tensor.path)
        and is_used_up(record.source, tensor.path, modules=modules, imports=imports)
    ]


def _bound(record: CellRecord) -> dict[str, int]:
    """The names that the cell binds, and the last line that does."""
    uses = name_uses(record.source)
    return uses.bound if uses is not None else {}


def _has_graphs(record: CellRecord, now: CellRecord) -> bool:
    """Whether a graph may hold them."""
    return any(run.grad is not None and run.grad.retained for run in (record, now))


def _bytes_of(tensors: Sequence[PlacedTensor]) -> dict[str, int]:
    return total_of({tensor.device: tensor.storage_bytes} for tensor in tensors)


def _what_it_is(tensor: PlacedTensor) -> str:
    size = on_devices({tensor.device: tensor.storage_bytes})
    return f"`{tensor.path}` is a tensor {tensor.shape} of {tensor.dtype}: {size}."
