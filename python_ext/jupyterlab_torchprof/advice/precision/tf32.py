"""TF32: products of float32 matrices on tensor cores."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import Forwards
from ...units import format_bytes, format_seconds
from ..evidence.gain import computes_long, is_full_precision
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.asking import ask, at_constructor
from ..text.imports import last_import
from ..text.sites import mentions

_AMPERE = [8, 0]
_LEAST_BYTES = 16_000_000
_SETTING = 'set_float32_matmul_precision("high")'
_SETTINGS = ("allow_tf32", "fp32_precision", "set_float32_matmul_precision", "tf32=")


class Tf32Matmul(Rule):
    """Products of float32 matrices run without TF32, PyTorch's default, on a GPU whose tensor cores
    could compute them with 10 bits of mantissa.

    Evidence: The setting `"highest"`, forwards in float32 with at least four million weights in
    linear layers, a run that computes for at least a second, and a GPU of compute capability 8.0 or
    newer.

    Fix: Writes `torch.set_float32_matmul_precision("high")` below the import of torch, or
    `tf32=True` into the `TrainingArguments` of a loop of transformers; run the cell again to see
    what it gains.

    Silent: Where the notebook sets the precision itself, under autocast, for small layers, where
    the device is mostly idle, and on other devices. Convolutions use TF32 already.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.set_float32_matmul_precision.html

    Notes: Nothing is predicted: which share of the time these products take is not measured while
    a cell simply runs.
    """

    id = "tf32-matmul"
    severity = "medium"
    alters = "run"
    once = True

    def find(self, case: Case) -> Finding | None:
        """Long forwards through large linear layers, with the precision at its default."""
        record, state = case.record, case.record.torch
        if state is None or state.matmul_precision != "highest":
            return None
        capability = state.capability or [0]
        if capability < _AMPERE:
            return None
        large = filter(_is_large, case.grad.forwards)
        entry = next((each for each in large if computes_long(record, each.device)), None)
        if entry is None or mentions(case.program, *_SETTINGS):
            return None
        return Finding(
            title="Products of float32 matrices do not use the GPU's TF32.",
            explanation=(
                'With the precision "high" they run on tensor cores, with 10 instead of 23 bits of '
                "mantissa in the factors and float32 sums. Results change by rounding: compare "
                "them, and the time, when the cell runs again."
            ),
            evidence=[
                'torch.get_float32_matmul_precision() is "highest".',
                f"`{entry.module}` has {format_bytes(_linear_bytes(entry))} of float32 weights in "
                f"linear layers; the run took {format_seconds(record.duration_s)}.",
                f"The GPU has compute capability {'.'.join(map(str, capability))}.",
            ],
            remedy=_set_below_import(case, entry),
        )


def _is_large(entry: Forwards) -> bool:
    return _linear_bytes(entry) >= _LEAST_BYTES and is_full_precision(entry)


def _linear_bytes(entry: Forwards) -> int:
    return entry.layers.linear_bytes if entry.layers is not None else 0


def _set_below_import(case: Case, entry: Forwards) -> Callable[[], Remedy]:
    asked = ask(case, entry.place, {"tf32": None})
    if asked is not None and asked.loop.constructor is not None:
        return at_constructor(case, asked, "Allow TF32")
    found = last_import(case.program)
    if found is None:
        why = f"Call torch.{_SETTING} below the import of torch."
        return case.by_hand(why, lines=[case.line(entry.place)])
    cell, line = found
    return case.edit(
        lambda: fixes.settings.set_below_import(
            cell.source, _SETTING, "Allow TF32", cell_id=cell.cell_id
        ),
        lines=[line],
        code=cell,
    )
