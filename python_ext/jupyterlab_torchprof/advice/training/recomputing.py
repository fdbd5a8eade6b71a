"""Activation checkpointing: where it would help, and how it is called."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import CellRecord, ForwardGraph, MemoryEntry
from ...units import format_bytes
from ...words import count_of
from ..evidence.memory import is_nearly_full, memory_entry
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.asking import ask, at_constructor
from ..text.sites import mentions

_HALF = 0.5
_WARNING = "use_reentrant parameter should be"
_CHECKPOINTS = (
    "torch.utils.checkpoint.checkpoint",
    "torch.utils.checkpoint.checkpoint_sequential",
)


class ActivationCheckpointing(Rule):
    """The device is almost full, and most of it is activations that the backward will need. They
    can be computed again in the backward instead of being kept.

    Evidence: A peak above 90 % of the device (or out of memory) in a run that trained, and one
    forward's graph of more than half of that peak.

    Fix: By hand: `checkpoint(block, x, use_reentrant=False)` around the blocks of the model. Each
    block's forward then runs twice. In a loop of transformers, of a model that the notebook does
    not define: `gradient_checkpointing=True` of `TrainingArguments`.

    Silent: On the CPU; where some cell uses checkpointing already; graphs of an evaluation without
    `no_grad`.

    Sources:
        https://docs.pytorch.org/docs/stable/checkpoint.html
        https://huggingface.co/docs/transformers/perf_train_gpu_one

    Notes: Nothing is promised: what it saves depends on which blocks are computed again.
    """

    id = "activation-checkpointing"
    severity = "medium"
    alters = "run"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """A graph for training that is most of what fills its device."""
        record = case.record
        graphs = [each for each in case.grad.forward_graphs if _is_for_training(each, record)]
        graph = max(graphs, key=lambda each: each.saved_bytes, default=None)
        memory = memory_entry(record, graph.device) if graph is not None else None
        if graph is None or memory is None or not _is_full(memory, case):
            return None
        if graph.saved_bytes <= _HALF * memory.peak_bytes:
            return None
        if mentions(case.program, "checkpoint(", "checkpointing", "checkpoint_seq"):
            return None
        device, saved = memory.device, format_bytes(graph.saved_bytes)
        return Finding(
            title=f"Activations of `{graph.module}` take {saved} of a full {device}.",
            explanation=(
                "Each layer's activations are kept until the backward has passed it. With "
                "activation checkpointing only the inputs of blocks are kept, and each block's "
                "forward runs again in the backward, which costs time."
            ),
            evidence=[
                f"{device} held up to {format_bytes(memory.peak_bytes)} of "
                f"{format_bytes(memory.total_bytes or 0)}.",
                f"One forward of `{graph.module}` saved {saved} for its backward.",
            ],
            remedy=_checkpoint(case, graph),
        )


def _checkpoint(case: Case, graph: ForwardGraph) -> Callable[[], Remedy]:
    """Ask the library for it, which knows the blocks of its own models; else by hand."""
    lines = [case.line(graph.place)]
    is_own = mentions(case.program, f"class {graph.module}")
    asked = None if is_own else ask(case, graph.place, {"checkpointing": None})
    if asked is not None:
        return at_constructor(case, asked, "Compute activations again", lines=lines)
    return case.by_hand(
        "Which blocks to compute again is for you to choose: in the model's forward write "
        "`checkpoint(block, x, use_reentrant=False)` from torch.utils.checkpoint.",
        lines=lines,
    )


def _is_for_training(graph: ForwardGraph, record: CellRecord) -> bool:
    """Whether a backward went through it, or would have, had memory sufficed.

    What an evaluation without ``no_grad`` keeps needs no checkpoints.
    """
    kept = graph.fate == "held" or record.out_of_memory is not None
    return graph.fate == "consumed" or (graph.training and kept)


def _is_full(memory: MemoryEntry, case: Case) -> bool:
    """Whether the run filled a device, and trained or ran out of its memory."""
    if memory.device == "host" or not memory.total_bytes:
        return False
    failed = case.record.out_of_memory
    if failed is not None and failed.device == memory.device:
        return True
    return case.grad.backwards > 0 and is_nearly_full(memory.peak_bytes, memory)


class UseReentrant(Rule):
    """`checkpoint` is called without `use_reentrant`: PyTorch warns, still takes the old variant,
    and announces that it will be an error.

    Evidence: PyTorch's own warning, raised in the cell.

    Fix: Writes `use_reentrant=False`, which the warning recommends.

    Silent: Calls in installed packages.

    Sources:
        https://docs.pytorch.org/docs/stable/checkpoint.html

    Notes: The fix is no safe one: it takes another implementation, which also works under
    `autograd.grad` and keeps gradients of inputs that do not require them.
    """

    id = "use-reentrant"
    severity = "low"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's warning, and the calls of a cell that don't say it."""
        raised = sum(each.count for each in case.record.warnings if _WARNING in each.message)
        if not raised:
            return None
        found = case.program.calls(*_CHECKPOINTS)
        unsaid = [each for each in found if "use_reentrant" not in each.call.keywords]
        sites = [each for each in unsaid if not each.call.has_double_star]
        if not sites:
            return None
        cell = sites[0].record
        sites = [each for each in sites if each.record is cell]
        times = "once" if raised == 1 else count_of(raised, "time")
        return Finding(
            title="`checkpoint` is called without saying `use_reentrant`.",
            explanation=(
                "PyTorch still takes the old variant, and announces that it will raise an error "
                "instead. It recommends `use_reentrant=False`."
            ),
            evidence=[f"PyTorch raised its warning about `use_reentrant` {times}."],
            remedy=case.edit(
                lambda: fixes.training_loop.write_argument(
                    cell.source,
                    [site.call.place for site in sites],
                    "use_reentrant",
                    "False",
                    cell_id=cell.cell_id,
                ),
                *sites,
            ),
        )
