"""What the kernel can free at once on a device that is full."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import Action, CellRecord, Holder, MemoryShare
from ..evidence.held import held_bytes, owns_its_memory
from ..evidence.releases import clear_traceback, delete_names, release_outputs
from ..grammar import Case
from ..text.consumption import is_alone
from ..text.deletion import is_mentioned_elsewhere
from ..text.program import Program

_LEAST_BYTES = 16_000_000
_MOST_VARIABLES = 3


def actions(case: Case) -> list[Action]:
    """Outputs, the last error's frames, variables when memory ran out, what is merely cached."""
    found: list[Action] = []
    outputs = _of_kind(case.record, "output")
    counts = [str(each.execution_count) for each in outputs if each.execution_count is not None]
    if counts:
        found.append(release_outputs(counts, held_bytes(outputs)))
    frames = _of_kind(case.record, "traceback")
    if frames:
        found.append(clear_traceback(held_bytes(frames)))
    device, variables = _left_alone(case)
    if variables:
        remark = (
            ", which no other cell mentions than the one that made it. Run that cell again if you "
            "need it later."
        )
        held = {device: sum(share.held_bytes for share in variables)}
        found.append(delete_names([str(share.name) for share in variables], remark, held))
    unused = _unused(case.record)
    if unused and any(entry.other_processes_bytes for entry in case.record.memory):
        found.append(
            Action(
                kind="empty_cache",
                title="Empty the cache",
                description=(
                    "Gives memory that PyTorch keeps for the next tensors back to the driver, for "
                    "other processes. It does not help this program."
                ),
                expected_bytes=unused,
            )
        )
    return found


def _of_kind(record: CellRecord, kind: str) -> list[Holder]:
    return [holder for holder in record.holders if holder.kind == kind and holder.unique_bytes]


def _left_alone(case: Case) -> tuple[str, list[MemoryShare]]:
    """The full device, and its largest variables that only the cells that made them mention.

    None where a graph, a view or a container may hold the same memory: to delete a variable would
    free nothing then.
    """
    state, grad = case.record.out_of_memory, case.record.grad
    if state is None or grad is None or grad.retained or not grad.retained_complete:
        return "", []
    owned = {tensor.path for tensor in case.placement.tensors if owns_its_memory(tensor)}
    modules = [module.path for module in case.placement.modules]
    found = [
        share
        for share in state.holders
        if share.kind == "tensors"
        and share.name in owned
        and share.held_bytes >= _LEAST_BYTES
        and _is_left_alone(share.name, case.program, modules)
    ]
    return state.device, found[:_MOST_VARIABLES]


def _is_left_alone(name: str, program: Program, modules: Sequence[str]) -> bool:
    return any(
        name in maker.source
        and maker is not program.record
        and not is_mentioned_elsewhere(name, maker, program.runs)
        and is_alone(maker.source, name, modules=modules, imports=program.imports)
        for maker in program.cells
    )


def _unused(record: CellRecord) -> dict[str, int]:
    """What allocators hold beyond what is in use, by device."""
    unused = {
        entry.device: entry.reserved_after_bytes - entry.allocated_after_bytes
        for entry in record.memory
        if entry.device != "host" and entry.reserved_after_bytes is not None
    }
    return {device: size for device, size in unused.items() if size > 0}
