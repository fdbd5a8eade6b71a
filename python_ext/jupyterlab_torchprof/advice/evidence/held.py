"""Bytes that something keeps alive without need, by device: how much is worth a word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence

from ...record import CellRecord, Holder, PlacedTensor, Prediction
from ...units import format_bytes
from ...words import enumerate_words
from ..text.code import dotted, read
from .memory import allocated_without, memory_entry
from .runs import later_runs

_OUTPUT = re.compile(r"Out\[(\d+)\]")
_FLOOR_BYTES = 16_000_000
_SHARE = 0.01


def latest(record: CellRecord, history: Sequence[CellRecord]) -> CellRecord:
    """The last run of the session: what is held now is what it found."""
    return history[-1] if history else record


def owns_its_memory(tensor: PlacedTensor) -> bool:
    """Whether it is a variable itself, and as far as the record tells nothing shares its memory."""
    plain = tensor.path.isidentifier() and not tensor.path.startswith("_")
    graph = tensor.requires_grad or tensor.has_grad_fn
    return plain and bool(tensor.storage_bytes) and not tensor.shares_storage and not graph


def total_of(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Sums by device."""
    total: dict[str, int] = {}
    for part in parts:
        for device, count in part.items():
            total[device] = total.get(device, 0) + count
    return total


def kept_by_outputs(holder: Holder) -> list[str]:
    """Execution counts of the outputs that alone keep something; empty if it is anything else."""
    if holder.kind == "output":
        return [] if holder.execution_count is None else [str(holder.execution_count)]
    found = [match.group(1) for match in map(_OUTPUT.fullmatch, holder.held_by) if match]
    return found if len(found) == len(holder.held_by) else []


def is_kept_by_traceback(holder: Holder) -> bool:
    """Whether the last error's frames alone keep it."""
    return holder.kind == "traceback" or holder.held_by == ["traceback"]


def held_bytes(holders: Iterable[Holder]) -> dict[str, int]:
    """What holders keep together; their bytes are counted for one of them only."""
    return total_of(holder.unique_bytes for holder in holders)


def is_leak(record: CellRecord, held: Mapping[str, int]) -> bool:
    """Whether one device loses 16 MB or 1 % of its memory; less is not worth a word."""
    for device, count in held.items():
        memory = memory_entry(record, device)
        total = memory.total_bytes if memory is not None else None
        if count >= _FLOOR_BYTES or (total is not None and 0 < _SHARE * total <= count):
            return True
    return False


def is_share(record: CellRecord, held: Mapping[str, int], share: float) -> bool:
    """Whether one device loses so much of its memory; true where its size is not known."""
    for device, count in held.items():
        memory = memory_entry(record, device)
        total = memory.total_bytes if memory is not None else None
        if not total or count >= share * total:
            return True
    return False


def is_let_go(name: str, record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether a later cell has let go of what a variable gathered, and it was not found since."""
    later = [run for run in later_runs(record, history) if run.status == "ok"]
    if not later or any(entry.variable == name for entry in later[-1].collected):
        return False
    return any(name in run.source and _lets_go(name, run.source) for run in later)


def _lets_go(name: str, source: str) -> bool:
    """``del name``, ``name.clear()``, ``name = None``, ``name = []`` at top level."""
    code = read(source)
    for statement in code.tree.body if code is not None else ():
        if isinstance(statement, ast.Delete) or (
            isinstance(statement, ast.Assign) and _is_empty(statement.value)
        ):
            gone = [each.id for each in statement.targets if isinstance(each, ast.Name)]
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            function = dotted(statement.value.func)
            gone = [function.removesuffix(".clear")] if function.endswith(".clear") else []
        else:
            continue
        if name in gone:
            return True
    return False


def _is_empty(value: ast.expr) -> bool:
    """``None`` or an empty container."""
    if isinstance(value, ast.Constant):
        return value.value is None
    return not any(True for _ in ast.iter_child_nodes(value) if not isinstance(_, ast.expr_context))


def on_devices(held: Mapping[str, int]) -> str:
    """``1.2 GiB on cuda:0 and 3 MiB in host memory``, most first."""
    parts = sorted(((count, device) for device, count in held.items() if count), reverse=True)
    return enumerate_words([f"{format_bytes(count)} {where(device)}" for count, device in parts])


def where(device: str) -> str:
    """``on cuda:0`` or ``in host memory``."""
    return "in host memory" if device in ("cpu", "host") else f"on {device}"


def freed_after(record: CellRecord, held: Mapping[str, int]) -> Prediction | None:
    """Memory after the cell without what is held on the device that has most of it.

    ``None`` where less is allocated than is held, and for the host.
    """
    device = max(held, key=lambda name: held[name])
    memory = memory_entry(record, device)
    if memory is None or memory.allocated_after_bytes < held[device]:
        return None
    return allocated_without(record, device, held[device])
