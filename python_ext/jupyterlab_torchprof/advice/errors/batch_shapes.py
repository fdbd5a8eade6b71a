"""Items of a dataset that make no batch."""

from __future__ import annotations

import re

from ...record import ErrorInfo
from .cause import Cause, library_call

UNEQUAL = "each element in list of batch should be of equal size"
_STACK = re.compile(
    r"stack expects each tensor to be equal size, but got (\[.*?\]) at entry 0 and "
    r"(\[.*?\]) at entry (\d+)"
)
_COLLATING = ("default_collate", "collate", "collate_tensor_fn")
_IN_A_WORKER = "in DataLoader worker process"


def of_a_batch(error: ErrorInfo) -> Cause | None:
    """Why a loader could not put its items together."""
    collates = library_call(error, _COLLATING) is not None
    if not collates and not (_IN_A_WORKER in error.message and "collate" in error.message):
        return None
    match = _STACK.search(error.message)
    if match is not None:
        title = (
            f"The loader's items are of different sizes: item 0 of the batch is {match[1]}, item "
            f"{match[3]} {match[2]}."
        )
    elif UNEQUAL in error.message:
        title = "The loader's items are lists of different lengths."
    else:
        return None
    return Cause(
        title,
        "A batch is one tensor, so its items must be of one size: resize or crop images in the "
        "dataset's transform, and pad sequences in a `collate_fn` "
        "(`torch.nn.utils.rnn.pad_sequence`).",
    )
