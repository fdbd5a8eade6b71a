"""What is said of a holder that grows. Its twin is ``src/views/holding/notes.ts``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..record import CellRecord, CountGrowth, MemoryShare, RunGrowth
from ..units import format_bytes

_HOOKS = {
    "forward_hooks": "forward hooks",
    "forward_pre_hooks": "forward pre-hooks",
    "backward_hooks": "backward hooks",
    "backward_pre_hooks": "backward pre-hooks",
}


def run_numbers(runs: Iterable[CellRecord]) -> dict[str, str]:
    """How runs and cells are called, by their ids: ``"[6]"``; of a cell its latest run counts."""
    numbers: dict[str, str] = {}
    for run in runs:
        count = " " if run.execution_count is None else str(run.execution_count)
        numbers[run.run_id] = numbers[run.cell_id or ""] = f"[{count}]"
    return numbers


def growth_texts(share: MemoryShare, numbers: Mapping[str, str]) -> Iterator[str]:
    """One sentence for each way in which it grows."""
    if share.growth is not None:
        runs, cell = share.growth.runs, numbers.get(share.growth.cell_id or "", "[ ]")
        least = format_bytes(share.growth.grown_bytes)
        yield f"Grew by {least} or more in each of the last {runs} runs of {cell}."
    elif share.within is not None:
        yield within_text(share.within, numbers.get(share.within.run_id, "[ ]"))
    for one in share.counts:
        yield count_text(one, numbers.get(one.cell_id or "", "[ ]"))
    if share.not_looked_at:
        yield f"The search was cut: {share.not_looked_at:,} objects were not looked at."


def within_text(growth: RunGrowth, run: str) -> str:
    """``"Grew by 384 MiB in [5] at line 3: 24 tensors of 16 MiB."``."""
    text = f"Grew by {format_bytes(growth.grown_bytes)} in {run}"
    if growth.line is not None:
        text += f" at line {growth.line}"
    if growth.tensors:
        text += f": {growth.tensors:,} tensors"
        if growth.each_bytes is not None:
            text += f" of {format_bytes(growth.each_bytes)}"
    return f"{text}."


def count_text(one: CountGrowth, cell: str) -> str:
    """What is counted, and how it grows."""
    times = f"{one.grown:,} more with each of the last {one.runs} runs of {cell}"
    if one.kind == "graph_nodes":
        return (
            f"The autograd graph of {one.name} has {one.count:,} nodes, {times}: "
            "it goes on from the last run."
        )
    return f"{one.name} has {one.count:,} {_HOOKS[one.kind]}, {times}."
