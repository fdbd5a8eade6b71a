"""Training loops whose batches fill the device."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ... import fixes
from ...record import CellRecord, DataLoading, Fix, MemoryEntry
from ...units import format_bytes
from ..evidence.memory import filled, is_nearly_full
from ..grammar import Case, Finding, Rule
from ..grammar.asking import at_constructor
from ..text.loops import Loop, canonical_loop
from ..text.program import Program, Site
from ..text.sites import sites_of_run
from .divided import PARTS, Divided, divided, peak_of_a_part, predicted

_TINY_BATCH = 4
_LOADER = "torch.utils.data.DataLoader"


@dataclass(frozen=True, slots=True)
class Full:
    """A training loop in a run that filled a device."""

    memory: MemoryEntry
    total: int
    loading: DataLoading
    size: int
    """Of the loader's batches."""
    site: Site
    loop: Loop
    batch: Site | None
    """Where the size of the batch stands; ``None``: the batch is as small as can be."""

    @property
    def peak_if_divided(self) -> float:
        """What stays, and a part of what came and went with the batches."""
        return peak_of_a_part(self.memory)


class GradAccumulation(Rule):
    """A training loop nearly fills the device. The gradients of several smaller batches add up to
    those of a large one, which needs less memory at a time.

    Evidence: A peak above 90 % of the device, or out of memory, in a run with a plain training
    loop over a `DataLoader`.

    Fix: Divides the batch size by four, the loss too, and lets the optimizer step every four
    batches and after the last one. In a loop of transformers, `per_device_train_batch_size` and
    `gradient_accumulation_steps` of `TrainingArguments` do so.

    Silent: Loops that clip, scale, schedule, accumulate already or use several optimizers; enough
    memory, whatever the batch size; a device that something else than batches fills.

    Sources:
        https://huggingface.co/docs/transformers/perf_train_gpu_one#gradient-accumulation
        https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation

    Notes: With at most four samples a batch, and a run that ended well, the fix leaves the batch
    and gathers four of them, for no larger one fits.

    For a divided batch whose run ended well, static + (peak - static) / 4 is predicted, where
    static is what was allocated after the cell. If that still nearly filled the device, something
    else than batches does.

    The last step may see fewer batches. Batch-norm statistics and losses that are means over
    tokens see smaller ones, so that results change.
    """

    id = "grad-accumulation"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A run that filled a device, and a loop whose batches may be why."""
        found = _full_loop(case)
        if found is None:
            return _of_library(case)
        if not _is_the_reason(found, case.record):
            return None
        loop, ran_out = found.loop, case.record.out_of_memory is not None
        is_promised = found.batch is not None and case.record.status == "ok"
        return Finding(
            title=_title(found, ran_out),
            explanation=_explanation(found),
            evidence=_evidence(found, ran_out),
            prediction=predicted(found.memory, found.peak_if_divided) if is_promised else None,
            remedy=case.edit(
                lambda: _accumulate(found),
                lines=[loop.backward.line, loop.step.line],
                code=found.site.record,
            ),
        )


def _of_library(case: Case) -> Finding | None:
    """A loop of a library whose batches fill a device."""
    found, record = divided(case), case.record
    ran_out = record.out_of_memory is not None
    if found is None or (not ran_out and is_nearly_full(found.peak_if_divided, found.memory)):
        return None
    return Finding(
        title=_title(found, ran_out),
        explanation=f"{_explanation(found)} {found.asked.words} ask for that.",
        evidence=_evidence(found, ran_out),
        prediction=predicted(found.memory, found.peak_if_divided)
        if record.status == "ok"
        else None,
        remedy=at_constructor(case, found.asked, "Accumulate gradients of smaller batches"),
    )


def _evidence(found: Full | Divided, ran_out: bool) -> list[str]:
    memory = found.memory
    return [
        *([f"An allocation on {memory.device} failed."] if ran_out else []),
        f"{memory.device} held up to {format_bytes(memory.peak_bytes)} of "
        f"{format_bytes(found.total)}; {format_bytes(memory.allocated_after_bytes)} stayed "
        "after the cell.",
        f"The batches were of {found.size}.",
    ]


def _full_loop(case: Case) -> Full | None:
    """The only training loop of a run that filled a device, over its only loader."""
    record = case.record
    memory = next(filled(record), None) if record.grad is not None else None
    loading = [each for each in record.data_loading if each.batch_size and each.batches]
    if memory is None or memory.total_bytes is None or len(loading) != 1:
        return None
    sites = sites_of_run(case.program, case.program.methods("backward"))
    loop = canonical_loop(sites[0]) if len(sites) == 1 else None
    if loop is None or not loop.steps_at_once:
        return None
    size = loading[0].batch_size or 1
    batch = _batch_site(case.program, loading[0]) if size > _TINY_BATCH else None
    if batch is None and (size > _TINY_BATCH or record.out_of_memory is not None):
        return None
    return Full(memory, memory.total_bytes, loading[0], size, sites[0], loop, batch)


def _batch_site(program: Program, loading: DataLoading) -> Site | None:
    """The call that made the loader, with its batch size as a keyword."""
    found = [
        site
        for site in program.calls(_LOADER)
        if "batch_size" in site.call.keywords
        and isinstance(site.call.statement, ast.Assign)
        and loading.variable in {ast.unparse(each) for each in site.call.statement.targets}
    ]
    return found[0] if len(found) == 1 else None


def _is_the_reason(found: Full, record: CellRecord) -> bool:
    """Whether the loop over the loader is what fills the device, as far as can be told."""
    site, node = found.site, found.loop.node
    at_top = site.record is record and site.call.function is None
    if at_top and found.loading.variable not in (None, found.loop.iterable):
        return False
    if record.out_of_memory is not None:
        frames = record.error.frames if record.error is not None else []
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        return not frames or any(
            frame.source_hash == site.record.source_hash and frame.line in lines for frame in frames
        )
    return found.batch is None or not is_nearly_full(found.peak_if_divided, found.memory)


def _title(found: Full | Divided, ran_out: bool) -> str:
    device = found.memory.device
    if ran_out:
        return f"The training loop ran out of memory on {device} with its batches."
    is_divided = isinstance(found, Divided) or found.batch is not None
    what = "The training loop takes" if is_divided else f"Batches of {found.size} take"
    return f"{what} {device} to {found.memory.peak_bytes / found.total:.0%} of its memory."


def _explanation(found: Full | Divided) -> str:
    if isinstance(found, Full) and found.batch is None:
        return (
            f"A batch of {found.size} cannot be divided much further. Gradients of {PARTS} "
            f"batches, added up before each step, are those of {PARTS * found.size} samples "
            "without more memory."
        )
    return (
        f"Gradients of {PARTS} batches of {found.size // PARTS} add up to those of one of "
        f"{found.size}, and only one small batch is on the device at a time. Batch-norm statistics "
        "see the smaller batches; the last step may see fewer."
    )


def _accumulate(found: Full) -> Fix:
    cell, batch = found.site.record, found.batch
    return fixes.accumulate.accumulate(
        cell.source,
        found.loop,
        PARTS,
        batch=None if batch is None else (batch.record.source, batch.call.place),
        cell_ids=(cell.cell_id, None if batch is None else batch.record.cell_id),
    )
