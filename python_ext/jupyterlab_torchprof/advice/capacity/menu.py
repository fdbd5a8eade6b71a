"""What could give way on a device that is full, in measured numbers."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import Action, CellRecord, Holder, MemoryEntry, MemoryShare
from ...units import format_bytes
from ...words import code_list
from ..evidence.held import held_bytes, owns_its_memory
from ..evidence.memory import is_worth_saying, memory_entry
from ..evidence.releases import clear_traceback, release_outputs
from ..text.code import Program
from ..text.consumption import is_alone
from ..text.deletion import is_mentioned_elsewhere

_LEAST_BYTES = 16_000_000
_MOST_VARIABLES = 3


def options(record: CellRecord, device: str | None) -> list[str]:
    """Sentences, each with the bytes that it is about; what takes most comes first."""
    memory = memory_entry(record, device) if device is not None else None
    if memory is None:
        return []
    found: list[tuple[int, str]] = []
    rise = memory.peak_bytes - max(memory.allocated_before_bytes, memory.allocated_after_bytes)
    size = batch_size(record)
    if size is not None and size > 1 and is_worth_saying(rise // 2, memory):
        static = memory.peak_bytes - rise
        trains = record.grad is not None and bool(record.grad.optimizer_steps)
        how = (
            "; with the gradients of two batches per step it trains nearly the same"
            if trains
            else ""
        )
        half = (
            f"Half the batch ({size // 2} instead of {size}) peaks at about "
            f"{format_bytes(static + rise // 2)} instead of {format_bytes(memory.peak_bytes)}{how}."
        )
        found.append((rise // 2, half))
    found += _of_graphs(record, memory.device)
    gradients = sum(
        module.gradient_bytes
        for module in (record.placement.modules if record.placement is not None else ())
        if memory.device in module.devices
    )
    if is_worth_saying(gradients, memory):
        frees = (
            f"Gradients take {format_bytes(gradients)} between the steps; zero_grad() frees them."
        )
        found.append((gradients, frees))
    found += _of_variables(record, memory)
    held = held_bytes(record.holders).get(memory.device, 0)
    if is_worth_saying(held, memory):
        found.append((held, f"{format_bytes(held)} are held that no variable reaches."))
    return [sentence for _size, sentence in sorted(found, key=lambda each: -each[0])]


def _of_variables(record: CellRecord, memory: MemoryEntry) -> list[tuple[int, str]]:
    """What the largest variables held when memory ran out, and whether they grew in this run."""
    state = record.out_of_memory
    shares = state.holders if state is not None and state.device == memory.device else []
    gathered = {entry.variable: entry for entry in record.collected if entry.kind != "sum"}
    found: list[tuple[int, str]] = []
    for share in shares:
        if share.kind not in ("tensors", "graphs") or not share.name:
            continue
        if not is_worth_saying(share.held_bytes, memory) or len(found) == _MOST_VARIABLES:
            continue
        what = " of saved tensors" if share.kind == "graphs" else ""
        entry = gathered.get(share.name) if share.kind == "tensors" else None
        grown = (
            f"; this run added {entry.new_tensors:,} of its {entry.tensors:,} tensors"
            if (entry is not None and entry.new_tensors)
            else ""
        )
        sentence = f"`{share.name}` keeps {format_bytes(share.held_bytes)}{what}{grown}."
        found.append((share.held_bytes, sentence))
    return found


def batch_size(record: CellRecord) -> int | None:
    """Items of a batch: the loader's, or the first dimension of what the models got."""
    for loading in record.data_loading:
        if loading.batch_size is not None and loading.batches:
            return loading.batch_size
    sizes = [
        shape[0]
        for forwards in (record.grad.forwards if record.grad is not None else ())
        for shape in forwards.shapes
        if len(shape) > 1
    ]
    return max(sizes, default=None)


def _of_graphs(record: CellRecord, device: str) -> list[tuple[int, str]]:
    grad = record.grad
    graphs = [g for g in grad.forward_graphs if g.device == device] if grad is not None else []
    largest = max(graphs, key=lambda graph: graph.saved_bytes, default=None)
    if grad is None or largest is None:
        return []
    if not is_worth_saying(largest.saved_bytes, memory_entry(record, device)):
        return []
    size = format_bytes(largest.saved_bytes)
    again = (
        f"A forward of `{largest.module}` saves {size} for its backward; activation checkpointing "
        "computes most of it again instead."
    )
    found = [(largest.saved_bytes, again)]
    on = [each for each in grad.forwards if each.module == largest.module]
    if on and all(each.autocast is None and each.dtype == "float32" for each in on):
        half = (
            f"Under autocast in bfloat16 at most half of the {size} that a forward of "
            f"`{largest.module}` saves can be saved; the weights stay as they are."
        )
        found.append((largest.saved_bytes // 2, half))
    return found


def actions(record: CellRecord, history: Sequence[CellRecord]) -> list[Action]:
    """What the kernel can free: outputs, the last error's frames, variables when memory ran out."""
    found: list[Action] = []
    outputs = _of_kind(record, "output")
    counts = [str(each.execution_count) for each in outputs if each.execution_count is not None]
    if counts:
        found.append(release_outputs(counts, held_bytes(outputs)))
    frames = _of_kind(record, "traceback")
    if frames:
        found.append(clear_traceback(held_bytes(frames)))
    device, variables = _left_alone(record, history)
    if variables:
        names = [str(share.name) for share in variables]
        listed = code_list(names)
        found.append(
            Action(
                kind="delete_names",
                title=f"Delete {', '.join(names)}",
                description=f"Deletes {listed}, which no other cell mentions than the one that "
                "made it. Run that cell again if you need it later.",
                targets=names,
                expected_bytes={device: sum(share.held_bytes for share in variables)},
            )
        )
    unused = {
        entry.device: entry.reserved_after_bytes - entry.allocated_after_bytes
        for entry in record.memory
        if entry.device != "host" and entry.reserved_after_bytes is not None
    }
    crowded = any(entry.other_processes_bytes for entry in record.memory)
    unused = {device: size for device, size in unused.items() if size > 0}
    if unused and crowded:
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


def _left_alone(record: CellRecord, history: Sequence[CellRecord]) -> tuple[str, list[MemoryShare]]:
    """The full device, and its largest variables that only the cells that made them mention.

    None where a graph, a view or a container may hold the same memory: to delete a variable would
    free nothing then.
    """
    state, grad, placement = record.out_of_memory, record.grad, record.placement
    if state is None or grad is None or placement is None:
        return "", []
    if grad.retained or not grad.retained_complete:
        return "", []
    owned = {tensor.path for tensor in placement.tensors if owns_its_memory(tensor)}
    program = Program(record, history)
    modules = [module.path for module in placement.modules]
    found = [
        share
        for share in state.holders
        if share.kind == "tensors"
        and share.name in owned
        and share.held_bytes >= _LEAST_BYTES
        and _is_left_alone(share.name, program, modules)
    ]
    return state.device, found[:_MOST_VARIABLES]


def _is_left_alone(name: str, program: Program, modules: Sequence[str]) -> bool:
    makers = [cell for cell in program.cells if name in cell.source]
    return any(
        not is_mentioned_elsewhere(name, maker, program.runs)
        and is_alone(maker.source, name, modules=modules, imports=program.imports)
        for maker in makers
        if maker is not program.record
    )


def _of_kind(record: CellRecord, kind: str) -> list[Holder]:
    return [holder for holder in record.holders if holder.kind == kind and holder.unique_bytes]
