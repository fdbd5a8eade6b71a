"""In which other ways recorded work could be done."""

from __future__ import annotations

from ...record import DeepWork
from .inputs import CONVOLUTION

HALF = frozenset({"float16", "bfloat16"})
FUSABLE = frozenset({"Adam", "AdamW"})
MULTIPLE = 8
"""Tensor cores take so many numbers of half precision at once."""


def alternatives(work: DeepWork, threads: int) -> list[str]:
    """Those that can be tried; ``threads``: how many PyTorch computes with on the CPU."""
    dtypes = {each.dtype for each in work.inputs}
    if work.kind in ("pointwise", "casts"):
        return []
    if work.kind == "layout":
        return [] if work.name == "channels_last" else ["no_copy"]
    if work.kind == "optimizer":
        can_fuse = work.name in FUSABLE and dtypes <= {"float32", "float64", *HALF}
        return ["fused"] if can_fuse else []
    on_cpu = work.device == "cpu"
    found: list[str] = []
    if work.kind == "attention" and not (on_cpu and work.dropout):
        found.append("sdpa")  # with dropout the CPU has no fused kernel
    if dtypes == {"float32"}:
        found.append("bfloat16")
    if work.name == CONVOLUTION and _is_image(work):
        found.append("channels_last")
    if dtypes <= HALF and not on_cpu and _is_uneven(work):
        found.append("padded")
    if on_cpu and threads > 1:
        found.append("fewer_threads")
    return found


def _is_image(work: DeepWork) -> bool:
    given = work.inputs[0]
    return len(given.shape) == 4 and given.shape[1] > 1 and given.strides is None


def _is_uneven(work: DeepWork) -> bool:
    """Whether a product of matrices has sizes that are no multiples of eight."""
    if work.name not in ("aten::mm", "aten::addmm"):
        return False
    sizes = [size for each in work.inputs[-2:] for size in each.shape[-2:]]
    return any(size % MULTIPLE for size in sizes[1:])
