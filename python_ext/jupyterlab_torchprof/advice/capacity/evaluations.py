"""Outputs that a library's evaluation keeps on the accelerator until it has ended."""

from __future__ import annotations

from ...record import Evaluation, Severity
from ...units import format_bytes
from ...words import count_of
from ..evidence.memory import is_nearly_full
from ..grammar import Case, Finding, Rule
from ..grammar.asking import at_constructor
from .gathering import Gathered, gathered, predicted


class EvaluationOutputs(Rule):
    """A library's evaluation keeps the outputs of all batches on the accelerator until it has
    ended, which may take more memory than training did.

    Evidence: What the library had gathered on the device when it took it to the host, or when the
    evaluation ran out of memory: at least 64 MiB and 5 % of the device, at the peak of the cell; of
    a device that is nearly full, or was too small, 1 %.

    Fix: `eval_accumulation_steps` of transformers' `TrainingArguments`, so that outputs go to the
    host eight times in an evaluation. Values stay the same; it takes a little longer.

    Silent: Where the setting is there already, training needs more than the evaluation, or the
    outputs are small, as with `preprocess_logits_for_metrics` or `prediction_loss_only=True`;
    metrics that are computed batch by batch; on the CPU.

    Sources:
        https://huggingface.co/docs/transformers/main_classes/trainer

    Notes: Lightning's `predict` and skorch's take outputs to the host with each batch.

    Prediction: of `n` batches, taken each `k`, those of `n - k - 1` are not there at the peak: the
    last batch of all may be smaller than the others. Joining a batch with those before takes
    twice their memory for a moment, of which nothing is promised. Nothing is promised either where
    batches have different shapes, as one of the first may need most, or where the cell computes
    something else.

    Not called safe: the program waits for the device each time, the host's memory holds what is
    joined twice, and the program may read the setting.
    """

    id = "evaluation-outputs"
    severity = "high"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The evaluation that gathered most, if it is why the peak is where it is."""
        found = max(gathered(case), key=lambda each: each.entry.gathered_bytes, default=None)
        if found is None:
            return None
        entry, memory = found.entry, found.memory
        return Finding(
            title=_title(entry),
            explanation=_explanation(found),
            evidence=[
                f"{format_bytes(entry.gathered_bytes)} of outputs of "
                f"{count_of(entry.batches, 'batch', 'batches')} lay on {entry.device} when "
                f"{'it failed' if entry.failed else 'they were taken to the host'}, of "
                f"{format_bytes(entry.allocated_bytes)} allocated.",
                f"The peak was {format_bytes(memory.peak_bytes)} of "
                f"{format_bytes(memory.total_bytes or 0)}.",
            ],
            remedy=at_constructor(
                case,
                found.asked,
                "Take outputs to the host during the evaluation",
                lines=[case.line(entry.place)],
            ),
            prediction=predicted(case.record, found),
            severity=_severity(found),
        )


def _severity(found: Gathered) -> Severity:
    if found.entry.failed:
        return "high"
    return "medium" if is_nearly_full(found.memory.peak_bytes, found.memory) else "low"


def _title(entry: Evaluation) -> str:
    size = format_bytes(entry.gathered_bytes)
    if entry.failed:
        return f"The evaluation ran out of memory on {entry.device} with {size} of outputs there."
    return f"The evaluation gathered {size} of outputs on {entry.device} until it had ended."


def _explanation(found: Gathered) -> str:
    entry, each = found.entry, found.each
    when = "after each batch" if each == 1 else f"after every {each} batches"
    joins = (
        ", and joins each batch with those before, for which both are there for a moment"
        if entry.joined
        else ""
    )
    return (
        f"The loop of {entry.library} keeps the outputs of all batches on {entry.device}{joins}. "
        f"{found.asked.words} takes them to the host {when}: the values stay the same, and the "
        "program waits for the device each time. Where only a part of them is wanted, "
        "`preprocess_logits_for_metrics` of the trainer keeps that alone."
    )
