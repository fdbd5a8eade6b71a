"""What travels to a worker of another library's, where this package may not be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

Context = Callable[[], AbstractContextManager[Any]]
"""Makes what a library has around the user's function."""


def measured_context(context: Context, function: Any, told: dict[str, Any]) -> Context:
    """``context``, and within it a measurement of the worker that enters it.

    ``function``: the user's, which is called within; ``told``: what the worker has to know.

    A function in a function is pickled by its code and not by its name, so it needs this package
    only where it looks for it. What it says of itself is what it can say without it.
    """

    def train_func_context() -> AbstractContextManager[Any]:
        within = context()
        try:
            from jupyterlab_torchprof.rank.ray_worker import MeasuredWorker

            return MeasuredWorker(within, function, told)
        except Exception:
            return within

    return train_func_context
