"""Activation checkpointing: where it would help, and how it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, ForwardGraph, MemoryEntry, Severity
from ...units import format_bytes
from ...words import count_of
from ..evidence.memory import memory_entry
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site
from ..text.sites import mentions

_NEAR_FULL = 0.9
_HALF = 0.5
_WARNING = "use_reentrant parameter should be"
_CHECKPOINTS = (
    "torch.utils.checkpoint.checkpoint",
    "torch.utils.checkpoint.checkpoint_sequential",
)


@dataclass(frozen=True, slots=True)
class Activations:
    """A graph that takes most of a full device."""

    record: CellRecord
    graph: ForwardGraph
    memory: MemoryEntry
    total: int


class ActivationCheckpointing(OldRule[Activations]):
    """Saved activations are most of what fills the device while a model trains.

    The finding is a run that trained with a peak above 90 % of the device, or ran out of memory,
    and a measured graph for training that saved more than half of the peak. Only a suggestion,
    without a promise: what it saves depends on which blocks are computed again, and it costs time.
    """

    id: ClassVar[str] = "activation-checkpointing"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "The device is almost full, and most of it is activations that the backward will need. "
        "They can be computed again in the backward instead of being kept."
    )
    proof: ClassVar[str] = (
        "A peak above 90 % of the device (or out of memory) in a run that trained, and one "
        "forward's graph of more than half of that peak."
    )
    cure: ClassVar[str] = (
        "By hand: `checkpoint(block, x, use_reentrant=False)` around the blocks of the model. Each "
        "block's forward then runs twice."
    )
    silent: ClassVar[str] = (
        "On the CPU; where some cell uses checkpointing already; graphs of an evaluation without "
        "`no_grad`."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/checkpoint.html",
        "https://huggingface.co/docs/transformers/perf_train_gpu_one",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Activations | None:
        """See the class."""
        grad = record.grad
        if grad is None:
            return None
        graphs = [each for each in grad.forward_graphs if _is_for_training(each, record)]
        graph = max(graphs, key=lambda each: each.saved_bytes, default=None)
        if graph is None:
            return None
        memory = memory_entry(record, graph.device)
        if memory is None or memory.device == "host" or not memory.total_bytes:
            return None
        full = record.out_of_memory is not None and record.out_of_memory.device == graph.device
        if not full and (not grad.backwards or memory.peak_bytes < _NEAR_FULL * memory.total_bytes):
            return None
        if graph.saved_bytes <= _HALF * memory.peak_bytes:
            return None
        if mentions(Program(record, history), "checkpoint(", "checkpointing", "checkpoint_seq"):
            return None
        return Activations(record, graph, memory, memory.total_bytes)

    def title(self, finding: Activations) -> str:
        """One sentence."""
        size, device = format_bytes(finding.graph.saved_bytes), finding.memory.device
        return f"Activations of `{finding.graph.module}` take {size} of a full {device}."

    def explanation(self, finding: Activations) -> str:
        """What happens and what can be done."""
        return (
            "Each layer's activations are kept until the backward has passed it. With activation "
            "checkpointing only the inputs of blocks are kept, and each block's forward runs "
            "again in the backward, which costs time."
        )

    def evidence(self, finding: Activations) -> list[str]:
        """Facts of the record."""
        memory = finding.memory
        return [
            f"{memory.device} held up to {format_bytes(memory.peak_bytes)} of "
            f"{format_bytes(finding.total)}.",
            f"One forward of `{finding.graph.module}` saved "
            f"{format_bytes(finding.graph.saved_bytes)} for its backward.",
        ]

    def remedy(self, finding: Activations) -> Remedy:
        """Only a suggestion."""
        refusal = (
            "Which blocks to compute again is for you to choose: in the model's forward write "
            "`checkpoint(block, x, use_reentrant=False)` from torch.utils.checkpoint."
        )
        return Remedy(refusal=refusal, lines=[finding.graph.line] if finding.graph.line else [])


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Checkpoints that do not say which kind they are."""

    record: CellRecord
    line: int | None
    count: int
    sites: list[Site]


class UseReentrant(OldRule[Unsaid]):
    """PyTorch warned that ``use_reentrant`` was not passed to a checkpoint.

    The finding is that warning. The fix writes ``use_reentrant=False``, as the warning
    recommends; it is another implementation (that also works under ``autograd.grad`` and keeps
    gradients of inputs that do not require them), so it is not among the safe ones.
    """

    id: ClassVar[str] = "use-reentrant"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = (
        "`checkpoint` is called without `use_reentrant`: PyTorch warns, still takes the old "
        "variant, and announces that it will be an error."
    )
    proof: ClassVar[str] = "PyTorch's own warning, raised in the cell."
    cure: ClassVar[str] = "Writes `use_reentrant=False`, which the warning recommends."
    silent: ClassVar[str] = "Calls in installed packages."
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/checkpoint.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Unsaid | None:
        """See the class."""
        raised = [each for each in record.warnings if _WARNING in each.message]
        if not raised:
            return None
        found = Program(record, history).calls(*_CHECKPOINTS)
        sites = [
            each
            for each in found
            if "use_reentrant" not in each.call.keywords and not each.call.has_double_star
        ]
        if not sites:
            return None
        sites = [each for each in sites if each.record is sites[0].record]
        return Unsaid(record, raised[0].line, sum(each.count for each in raised), sites)

    def title(self, finding: Unsaid) -> str:
        """One sentence."""
        return "`checkpoint` is called without saying `use_reentrant`."

    def explanation(self, finding: Unsaid) -> str:
        """What happens and what can be done."""
        return (
            "PyTorch still takes the old variant, and announces that it will raise an error "
            "instead. It recommends `use_reentrant=False`."
        )

    def evidence(self, finding: Unsaid) -> list[str]:
        """Facts of the record."""
        return [f"PyTorch raised its warning about `use_reentrant` {_times(finding.count)}."]

    def remedy(self, finding: Unsaid) -> Remedy:
        """Say it."""
        from ...fixes.training_loop import CannotFix, write_argument

        record = finding.sites[0].record
        code = None if record is finding.record else record
        lines = sorted({site.call.line for site in finding.sites})
        places = [site.call.place for site in finding.sites]
        try:
            fix = write_argument(
                record.source, places, "use_reentrant", "False", cell_id=record.cell_id
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


def _is_for_training(graph: ForwardGraph, record: CellRecord) -> bool:
    """Whether a backward went through it, or would have, had memory sufficed.

    What an evaluation without ``no_grad`` keeps needs no checkpoints.
    """
    kept = graph.fate == "held" or record.out_of_memory is not None
    return graph.fate == "consumed" or (graph.training and kept)


def _times(count: int) -> str:
    return "once" if count == 1 else count_of(count, "time")
