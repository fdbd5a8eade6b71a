"""The layers that compute something else in training mode."""

from __future__ import annotations

from ...words import count_of, enumerate_words


def counted(dropouts: int, batchnorms: int) -> str:
    """``2 dropout layers and 1 batch-norm layer``, without what there is none of."""
    counts = ((dropouts, "dropout layer"), (batchnorms, "batch-norm layer"))
    return enumerate_words([count_of(number, name) for number, name in counts if number])
