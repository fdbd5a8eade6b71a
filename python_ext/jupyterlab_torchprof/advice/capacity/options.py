"""What could give way on a device that is full, in measured numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ...record import CellRecord, MemoryEntry
from ...units import format_bytes
from ..evidence.held import held_bytes
from ..evidence.memory import is_worth_saying, memory_entry
from ..grammar import Case
from ..grammar.asking import ask

_MOST_VARIABLES = 3

Option = tuple[int, str]
"""The bytes that something would free, at most, and a sentence on it."""


def options(case: Case, device: str) -> list[str]:
    """Sentences, each with the bytes that it is about; what takes most comes first."""
    record = case.record
    memory = memory_entry(record, device)
    if memory is None:
        return []
    found = [
        *_of_the_batch(record, memory),
        *_of_graphs(record, memory),
        *_of_gradients(record, memory),
        *_of_outputs(case, memory),
        *_of_variables(record, memory),
    ]
    held = held_bytes(record.holders).get(memory.device, 0)
    if is_worth_saying(held, memory):
        found.append((held, f"{format_bytes(held)} are held that no variable reaches."))
    return [sentence for _size, sentence in sorted(found, key=lambda each: -each[0])]


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


def _of_the_batch(record: CellRecord, memory: MemoryEntry) -> Iterator[Option]:
    """Half the batch takes half of what the cell took and gave back."""
    rise = memory.peak_bytes - max(memory.allocated_before_bytes, memory.allocated_after_bytes)
    size = batch_size(record)
    if size is None or size <= 1 or not is_worth_saying(rise // 2, memory):
        return
    lower = memory.peak_bytes - rise + rise // 2
    trains = record.grad is not None and record.grad.optimizer_steps
    how = "; with the gradients of two batches per step it trains nearly the same" if trains else ""
    yield (
        rise // 2,
        f"Half the batch ({size // 2} instead of {size}) peaks at about {format_bytes(lower)} "
        f"instead of {format_bytes(memory.peak_bytes)}{how}.",
    )


def _of_graphs(record: CellRecord, memory: MemoryEntry) -> Iterator[Option]:
    """The largest graph that a forward has saved."""
    grad = record.grad
    graphs = grad.forward_graphs if grad is not None else []
    on_device = [graph for graph in graphs if graph.device == memory.device]
    largest = max(on_device, key=lambda graph: graph.saved_bytes, default=None)
    if grad is None or largest is None or not is_worth_saying(largest.saved_bytes, memory):
        return
    size = format_bytes(largest.saved_bytes)
    yield (
        largest.saved_bytes,
        f"A forward of `{largest.module}` saves {size} for its backward; activation checkpointing "
        "computes most of it again instead.",
    )
    forwards = [each for each in grad.forwards if each.module == largest.module]
    if forwards and all(each.autocast is None and each.dtype == "float32" for each in forwards):
        yield (
            largest.saved_bytes // 2,
            f"Under autocast in bfloat16 at most half of the {size} that a forward of "
            f"`{largest.module}` saves can be saved; the weights stay as they are.",
        )


def _of_gradients(record: CellRecord, memory: MemoryEntry) -> Iterator[Option]:
    modules = record.placement.modules if record.placement is not None else []
    size = sum(each.gradient_bytes for each in modules if memory.device in each.devices)
    if is_worth_saying(size, memory):
        yield (
            size,
            f"Gradients take {format_bytes(size)} between the steps; zero_grad() frees them.",
        )


def _of_outputs(case: Case, memory: MemoryEntry) -> Iterator[Option]:
    """What the evaluation of a library gathers on the device until it has ended."""
    measured = [each for each in case.record.evaluations if each.device == memory.device]
    if measured:
        most = max(measured, key=lambda each: each.gathered_bytes)
        size, place, batches = most.gathered_bytes, most.place, f" of {most.batches:,} batches"
        if most.host_each is not None:
            return
    else:
        size, batches = memory.peak_bytes - memory.allocated_before_bytes, " of all batches"
        place = _evaluated_at(case, memory)
        if place is None:
            return
    asked = (
        ask(case, place, {"outputs on the host": None}) if is_worth_saying(size, memory) else None
    )
    if asked is None:
        return
    site = asked.loop.constructor
    if site is not None and (asked.values.keys() & site.call.keywords.keys()):
        return
    much = f", {format_bytes(size)}," if measured else ""
    yield (
        size,
        f"The library keeps the outputs{batches}{much} on {memory.device} until the evaluation "
        f"has ended; {asked.words} takes them to the host after each.",
    )


def _evaluated_at(case: Case, memory: MemoryEntry) -> int | None:
    """Where a run that does not train has its forwards on the device; ``None``: nowhere."""
    places = [
        each.place
        for each in case.grad.forwards
        if (not each.grad or each.inference) and each.device == memory.device
    ]
    return places[0] if places and not case.grad.backwards else None


def _of_variables(record: CellRecord, memory: MemoryEntry) -> list[Option]:
    """What the largest variables held when memory ran out, and whether they grew in this run."""
    state = record.out_of_memory
    shares = state.holders if state is not None and state.device == memory.device else []
    gathered = {entry.variable: entry for entry in record.collected if entry.kind != "sum"}
    found: list[Option] = []
    for share in shares:
        if share.kind not in ("tensors", "graphs") or not share.name:
            continue
        if not is_worth_saying(share.held_bytes, memory):
            continue
        what = " of saved tensors" if share.kind == "graphs" else ""
        entry = gathered.get(share.name) if share.kind == "tensors" else None
        grown = (
            f"; this run added {entry.new_tensors:,} of its {entry.tensors:,} tensors"
            if entry is not None and entry.new_tensors
            else ""
        )
        sentence = f"`{share.name}` keeps {format_bytes(share.held_bytes)}{what}{grown}."
        found.append((share.held_bytes, sentence))
    return found[:_MOST_VARIABLES]
