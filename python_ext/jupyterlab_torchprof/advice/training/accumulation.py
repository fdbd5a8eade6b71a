"""Training loops whose batches fill the device."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, DataLoading, MemoryEntry, Prediction, Severity
from ...units import format_bytes
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site
from ..text.loops import Loop, canonical_loop
from ..text.sites import sites_of_run

_NEAR_FULL = 0.9
_PARTS = 4
_TINY_BATCH = 4
_LOADER = "torch.utils.data.DataLoader"


@dataclass(frozen=True, slots=True)
class Full:
    """A training loop that fills the device."""

    record: CellRecord
    memory: MemoryEntry
    total: int
    loading: DataLoading
    site: Site
    loop: Loop
    batch: Site | None
    """Where the size of the batch stands; ``None``: the batch is as small as can be."""

    @property
    def batch_size(self) -> int:
        """Of the loader."""
        return self.loading.batch_size or 1


class GradAccumulation(OldRule[Full]):
    """A training loop fills the device, and its batch could be taken in parts.

    The finding is a canonical loop over a DataLoader (clear, forward, backward, step, once each
    and nothing else that counts steps), in a run that took the device above 90 % or ran out of
    its memory. With a batch of more than four the fix divides the batch by k = 4 and steps every
    k batches, so that a step still sees as many samples. With at most four, and a run that ended
    well, it leaves the batch and gathers k of them, for no larger one fits.

    Prediction, for a divided batch whose run ended well: static + (peak - static) / k, where
    static is what was allocated after the cell.

    Silent where a divided batch would still nearly fill the device, for then something else does;
    where the loop goes over something else than the loader; and where memory ran out beside it.

    The last step may see fewer batches. Batch-norm statistics, schedulers that step with every
    batch and losses that are means over tokens see smaller batches, so that results change; a
    loop that clips, scales or schedules is left alone.
    """

    id: ClassVar[str] = "grad-accumulation"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "A training loop nearly fills the device. The gradients of several smaller batches add up "
        "to those of a large one, which needs less memory at a time."
    )
    proof: ClassVar[str] = (
        "A peak above 90 % of the device, or out of memory, in a run with a plain training loop "
        "over a `DataLoader`."
    )
    cure: ClassVar[str] = (
        "Divides the batch size by four, the loss too, and lets the optimizer step every four "
        "batches and after the last one."
    )
    silent: ClassVar[str] = (
        "Loops that clip, scale, schedule, accumulate already or use several optimizers; enough "
        "memory, whatever the batch size; a device that something else than batches fills."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://huggingface.co/docs/transformers/perf_train_gpu_one#gradient-accumulation",
        "https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Full | None:
        """See the class."""
        grad = record.grad
        if grad is None or not record.data_loading:
            return None
        memory = _full(record)
        if memory is None or memory.total_bytes is None:
            return None
        program = Program(record, history)
        sites = sites_of_run(program, program.methods("backward"))
        loop = canonical_loop(sites[0]) if len(sites) == 1 else None
        if loop is None:
            return None
        loading = [each for each in record.data_loading if each.batch_size and each.batches]
        if len(loading) != 1:
            return None
        size = loading[0].batch_size or 0
        batch = _batch_site(program, loading[0]) if size > _TINY_BATCH else None
        if batch is None and (size > _TINY_BATCH or record.out_of_memory is not None):
            return None
        found = Full(record, memory, memory.total_bytes, loading[0], sites[0], loop, batch)
        return found if _concerns(found) else None

    def title(self, finding: Full) -> str:
        """One sentence."""
        device = finding.memory.device
        if finding.record.out_of_memory is not None:
            return f"The training loop ran out of memory on {device} with its batches."
        share = finding.memory.peak_bytes / finding.total
        if finding.batch is None:
            return f"Batches of {finding.batch_size} take {device} to {share:.0%} of its memory."
        return f"The training loop takes {device} to {share:.0%} of its memory."

    def explanation(self, finding: Full) -> str:
        """What happens and what can be done."""
        if finding.batch is None:
            return (
                f"A batch of {finding.batch_size} cannot be divided much further. Gradients of "
                f"{_PARTS} batches, added up before each step, are those of "
                f"{_PARTS * finding.batch_size} samples without more memory."
            )
        small = max(1, finding.batch_size // _PARTS)
        return (
            f"Gradients of {_PARTS} batches of {small} add up to those of one of "
            f"{finding.batch_size}, and only one small batch is on the device at a time. "
            "Batch-norm statistics see the smaller batches; the last step may see fewer."
        )

    def evidence(self, finding: Full) -> list[str]:
        """Facts of the record."""
        memory = finding.memory
        facts = [
            f"{memory.device} held up to {format_bytes(memory.peak_bytes)} of "
            f"{format_bytes(finding.total)}; {format_bytes(memory.allocated_after_bytes)} stayed "
            "after the cell.",
            f"The batches were of {finding.batch_size}.",
        ]
        if finding.record.out_of_memory is not None:
            facts.insert(0, f"An allocation on {memory.device} failed.")
        return facts

    def prediction(self, finding: Full) -> Prediction | None:
        """The part of the peak that grows with the batch, divided."""
        memory = finding.memory
        if finding.batch is None or finding.record.status != "ok":
            return None
        return Prediction(
            metric="peak_bytes",
            before=memory.peak_bytes,
            after=_divided_peak(memory),
            unit="bytes",
            device=memory.device,
        )

    def remedy(self, finding: Full) -> Remedy:
        """Gather gradients, and divide the batch."""
        from ...fixes.accumulate import CannotFix, accumulate  # libcst takes a while to import

        site, batch = finding.site, finding.batch
        lines = [finding.loop.backward.line, finding.loop.step.line]
        code = None if site.record is finding.record else site.record
        try:
            fix = accumulate(
                site.record.source,
                finding.loop,
                _PARTS,
                batch=None if batch is None else (batch.record.source, batch.call.place),
                cell_ids=(site.record.cell_id, None if batch is None else batch.record.cell_id),
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


def _divided_peak(memory: MemoryEntry) -> float:
    """What stays, and a part of what came and went with the batches."""
    static = memory.allocated_after_bytes
    return static + (memory.peak_bytes - static) / _PARTS


def _concerns(finding: Full) -> bool:
    """Whether the loop over the loader is what fills the device, as far as can be told."""
    record, site, node = finding.record, finding.site, finding.loop.node
    at_top = site.record is record and site.call.function is None
    if at_top and finding.loading.variable not in (None, finding.loop.iterable):
        return False
    if record.out_of_memory is not None:
        frames = record.error.frames if record.error is not None else []
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        ran_there = [
            frame.source_hash == site.record.source_hash and frame.line in lines for frame in frames
        ]
        return any(ran_there) or not frames
    return finding.batch is None or _divided_peak(finding.memory) <= _NEAR_FULL * finding.total


def _full(record: CellRecord) -> MemoryEntry | None:
    """The device that the run filled."""
    failed = record.out_of_memory.device if record.out_of_memory is not None else None
    for entry in record.memory:
        if entry.device == "host" or not entry.total_bytes:
            continue
        if entry.device == failed or entry.peak_bytes > _NEAR_FULL * entry.total_bytes:
            return entry
    return None


def _batch_site(program: Program, loading: DataLoading) -> Site | None:
    """The call that made the loader, with its batch size as a keyword."""
    found: list[Site] = []
    for site in program.calls(_LOADER):
        statement = site.call.statement
        if not isinstance(statement, ast.Assign) or "batch_size" not in site.call.keywords:
            continue
        if loading.variable in {ast.unparse(each) for each in statement.targets}:
            found.append(site)
    return found[0] if len(found) == 1 else None
