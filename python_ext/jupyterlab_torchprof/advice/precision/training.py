"""Number formats in training."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import CellRecord, Forwards
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.devices import type_of
from ..evidence.functions.view import run_of
from ..evidence.gain import (
    computes_long,
    has_tensor_cores,
    is_full_precision,
    is_wide,
    saved_bytes,
)
from ..evidence.library_models import model_of
from ..evidence.modules import Root
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.asking import Asked, ask, at_constructor
from ..text.code import Code, Place, read
from ..text.loops import Loop, canonical_loop
from ..text.program import Program
from ..text.settings import Setting
from ..text.sites import mentions, sites_of_run

_LEAST_STEPS = 10
_LEAST_BYTES = 4_000_000
"""A million parameters: below that, single operations are too small for tensor cores to matter."""
_UNSAFE = ("BCELoss", "binary_cross_entropy(")


class AmpTraining(Rule):
    """A model is trained in float32 on a GPU with tensor cores. Under autocast, products of
    matrices and convolutions run in 16 bits and keep what the backward needs of them in 16 bits.

    Evidence: Forwards in float32 without autocast, with gradients, on a GPU of compute capability
    7.0 or newer, in a run of at least ten steps and a second besides waiting for data, of a model
    with a million parameters whose forward saves 8 MB or whose weights take 64 MB.

    Fix: Runs forward and loss under `torch.autocast`, in bfloat16 where the GPU has it, else in
    float16 with a `GradScaler`; run the cell again to see what it gains. Where a library has the
    loop, its own argument: `bf16=True` of `TrainingArguments`, `precision` of Lightning's
    `Trainer`, `mixed_precision` of `Accelerator`.

    Silent: For small models and short runs; where the device is idle for half of the time or more;
    on the CPU and on older GPUs; for LBFGS; where autocast or a scaler is in use.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/amp_examples.html

    Notes: Nothing is predicted: how much of the time is in products of matrices is not measured
    while a cell simply runs. The floors keep the rule from nagging where 16 bits gain nothing
    (`evidence.gain`). The fix wants a canonical loop: one forward and one loss before one backward
    and one step. It is refused beside losses that autocast does not allow; in bfloat16 beside
    NumPy, which has none; and in float16 where a scaler would have to precede something, as the
    clipping of gradients.
    """

    id = "amp-training"
    severity = "medium"
    alters = "run"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """A training whose forwards in float32 are long and wide enough."""
        record, grad, state = case.record, case.grad, case.record.torch
        if state is None or not has_tensor_cores(state):
            return None
        found = _trained_in_float32(case)
        if found is None:
            return None
        entry, root = found
        bf16, saved = bool(state.bf16), saved_bytes(record, entry)
        asked = _asked_of(case, entry, bf16)
        by = "Apply it" if asked is None else f"{asked.words} asks for that: apply it"
        return Finding(
            title=f"`{root.name}` is trained in float32 on a GPU with tensor cores.",
            explanation=(
                "Under autocast, products of matrices and convolutions run in "
                f"{'bfloat16' if bf16 else 'float16'} on tensor cores; weights and optimizer state "
                "stay in float32. The loss changes by rounding. "
                f"{by} and run the cell again: time and peak then stand beside those of now."
            ),
            evidence=[
                f"{count_of(grad.optimizer_steps, 'step')} took "
                f"{format_seconds(record.duration_s)}, with forwards in float32 and no autocast.",
                f"The GPU has compute capability {'.'.join(map(str, state.capability or []))}.",
                *([f"A forward saves {format_bytes(saved)} for its backward."] if saved else []),
            ],
            remedy=_train_in_autocast(case, entry, root.name, bf16)
            if asked is None
            else at_constructor(
                case, asked, "Train in mixed precision", lines=[case.line(entry.place)]
            ),
        )


def _trained_in_float32(case: Case) -> tuple[Forwards, Root] | None:
    """Forwards that train a model in float32, and would gain from 16 bits."""
    record, grad = case.record, case.grad
    if grad.optimizer_steps < _LEAST_STEPS or record.status != "ok":
        return None
    whole = run_of(record).grad or grad  # nobody asks below which function a scaler was called
    if whole.scaler is not None or grad.autocast:
        return None
    if any(each.class_name == "LBFGS" for each in record.optimizers if each.steps):
        return None
    for entry in grad.forwards:
        if not (entry.grad and is_full_precision(entry) and computes_long(record, entry.device)):
            continue
        root = model_of(record, case.history, entry)
        weights = root.module.parameter_bytes if root is not None else 0
        if root is not None and weights >= _LEAST_BYTES and is_wide(record, entry, weights):
            return entry, root
    return None


def _asked_of(case: Case, entry: Forwards, bf16: bool) -> Asked | None:
    """How the library that has the loop, or its backward, takes the number format."""
    setting: Setting = "bfloat16" if bf16 else "float16"
    places = (entry.place, case.grad.last_backward_place)
    return next(filter(None, (ask(case, place, {setting: None}) for place in places)), None)


def _train_in_autocast(case: Case, entry: Forwards, name: str, bf16: bool) -> Callable[[], Remedy]:
    """Wrap forward and loss of a canonical loop."""
    sites = sites_of_run(case.program, case.program.methods("backward"))
    loop = canonical_loop(sites[0]) if len(sites) == 1 else None
    code = read(sites[0].record.source) if loop is not None else None
    wrapped = forward_and_loss(code, loop, name) if code is not None and loop is not None else None
    if loop is None or code is None or wrapped is None:
        return case.by_hand(
            "The loop is not one forward, one loss, one backward and one step: put forward and "
            "loss under torch.autocast by hand.",
            lines=[case.line(entry.place)],
        )
    cell, (first, last) = sites[0].record, wrapped
    why_not = hindrance(case.program, cell, loop, bf16=bf16)
    if why_not is not None:
        return case.by_hand(why_not, lines=[first.line], code=cell)
    return case.edit(
        lambda: fixes.autocast.train_in_autocast(
            cell.source,
            fixes.autocast.Training(
                first, last, loop.backward.place, loop.step.place, code.place(loop.node)
            ),
            device=type_of(entry.device or "cuda"),
            bf16=bf16,
            torch_name=case.placement.torch_name,
            cell_id=cell.cell_id,
        ),
        lines=[first.line],
        code=cell,
    )


def forward_and_loss(code: Code, loop: Loop, name: str) -> tuple[Place, Place] | None:
    """The first and the last statement between the model's call and the backward."""
    body = loop.node.body
    end = next(i for i, each in enumerate(body) if each is loop.backward.statement)
    calls = [call.statement for call in code.calls if call.module == name]
    first = next((i for i, each in enumerate(body) if any(each is s for s in calls)), None)
    if first is None or first >= end:
        return None
    last = end - 1
    while last > first and body[last] is loop.zero.statement:
        last -= 1
    return code.place(body[first]), code.place(body[last])


def hindrance(program: Program, cell: CellRecord, loop: Loop, *, bf16: bool) -> str | None:
    """Why forward and loss of a cell cannot simply be put under autocast."""
    if any(word in cell.source for word in _UNSAFE) or mentions(program, "nn.BCELoss("):
        return (
            "BCELoss is not allowed under autocast: use binary_cross_entropy_with_logits, which "
            "takes logits."
        )
    if not bf16:
        if "clip_grad" in cell.source:
            return "The loop clips gradients, which scaling must precede: see torch.amp's examples."
        if not loop.steps_at_once:
            return "Something stands between backward and step that a scaler may have to precede."
    elif ".numpy(" in cell.source:
        return "NumPy has no bfloat16: write .float() in front of .numpy() first."
    return None
