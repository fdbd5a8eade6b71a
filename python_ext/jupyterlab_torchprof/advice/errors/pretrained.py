"""Checkpoints of other sizes than the model that ``from_pretrained`` makes."""

from __future__ import annotations

from ...record import KeyMismatch
from ...words import count_of
from .cause import Cause

MISMATCHED = "ignore_mismatched_sizes"
"""Named by the libraries' `from_pretrained` in whatever they say of sizes."""
_AT_ONCE = "low_cpu_mem_usage"
"""What diffusers must be told, too."""


def pretrained(keys: KeyMismatch, message: str) -> Cause:
    """`from_pretrained` refused tensors of other sizes; ``message`` names its options."""
    options = [f"{MISMATCHED}=True"]
    if _AT_ONCE in message:
        options.insert(0, f"{_AT_ONCE}=False")
    have = "has" if keys.sizes_count == 1 else "have"
    return Cause(
        f"{count_of(keys.sizes_count, 'parameter')} of `{keys.module}` {have} another size in the "
        "checkpoint.",
        "The checkpoint was saved by a model that was made with other numbers. Leave out what "
        "changes them (`num_labels` of a head, for instance) to load all of it. If these "
        "parameters are to be trained anew, as those of a new head, "
        f"`from_pretrained(…, {', '.join(options)})` initialises them and loads the rest.",
    )
