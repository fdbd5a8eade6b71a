"""Worker processes of data loaders that could not start, or did not live."""

from __future__ import annotations

import re

from ...record import DataLoading
from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, said

_GONE = "exited unexpectedly"
_KILLED = re.compile(r"is killed by signal: ([^.]+)\.")
_PICKLE = ("Can't pickle", "Can't get local object", "cannot pickle", "Cannot pickle")
_FORK = "Cannot re-initialize CUDA in forked subprocess"
_STARTING = "_get_iterator"
_OWN = ("spawn", "forkserver")


class WorkerImport(Rule):
    """Workers that start as new processes import what they need; what a notebook defines they
    cannot import.

    Evidence: The error of the loader, with how its workers start and that the notebook defined its
    dataset, or what could not be pickled for them.

    Fix: By hand: put the class into a module and import it.

    Silent: For workers that are forked, and for loaders whose dataset is imported.

    Sources:
        https://docs.pytorch.org/docs/stable/data.html#platform-specific-behaviors

    Notes: The wordings are those of PyTorch 2.4 to 2.15 and of Python 3.10 to 3.14. Why a worker
    could not import is in its own output, which nobody reads; the way of starting and the home of
    the class prove it.
    """

    id = "worker-import"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """Workers that had to import, and what they could not."""
        failure = failure_of(case, _GONE, *_PICKLE)
        if failure is None or _KILLED.search(failure.error.cause or ""):
            return None
        error = failure.error
        loading = _of_the_notebook(case)
        starting = any(call.function == _STARTING for call in error.calls)
        if any(part in error.message for part in _PICKLE):
            if not starting:
                return None
            title = "The loader's workers cannot be given what this notebook defines."
        elif loading is not None:
            whose = f" of `{loading.variable}`" if loading.variable else ""
            title = f"Workers{whose} cannot import `{loading.dataset}` from a notebook."
        else:
            return None
        method = "" if loading is None else f" ({loading.start_method})"
        return Finding(
            title=title,
            explanation=(
                f"They start as new processes{method} and import what they need by name. Classes "
                "and functions of cells have no module to be imported from, and a lambda has no "
                "name. Put the dataset, its transforms and `collate_fn` into a .py file beside the "
                "notebook and import them, or load in this process (`num_workers=0`)."
            ),
            evidence=[said(error)],
            remedy=by_hand_at(case, failure, "The code is to be moved to a module."),
        )


class WorkerKilled(Rule):
    """A worker process of a loader was ended by a signal, or ended itself.

    Evidence: The loader's error, and the signal that PyTorch names.

    Fix: By hand, by the signal.

    Silent: Where no signal is named.

    Sources:
        https://docs.pytorch.org/docs/stable/multiprocessing.html#sharing-strategies

    Notes: The wordings are those of PyTorch 2.4 to 2.15. Who sent the signal is not known: the
    system, where memory is short, or a user.
    """

    id = "worker-killed"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """The loader's error, and how the worker ended."""
        failure = failure_of(case, _GONE, "is killed by signal", names=("RuntimeError",))
        if failure is None:
            return None
        error = failure.error
        match = _KILLED.search(error.cause or "") or _KILLED.search(error.message)
        if match is None:
            return None
        signal = match[1]
        return Finding(
            title=f"A worker process of the loader was ended by a signal: {signal}.",
            explanation=_SIGNALS.get(signal, _OTHER),
            evidence=[said(error), *([f"{error.cause.strip()}"] if error.cause else [])],
            remedy=by_hand_at(case, failure, "What the workers may take is for you to say."),
        )


class CudaBeforeFork(Rule):
    """A process that was forked cannot use CUDA if its parent has used it before.

    Evidence: PyTorch's error, in this run.

    Fix: By hand: keep CUDA out of the dataset, or start the workers by `spawn`.

    Silent: For other errors of workers, and for ranks, which have advice of their own.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/multiprocessing.html#cuda-in-multiprocessing

    Notes: The wording is that of PyTorch 2.4 to 2.15.
    """

    id = "cuda-before-fork"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's own error."""
        failure = failure_of(case, _FORK, names=("RuntimeError",))
        if failure is None or case.record.ranks:
            return None
        in_worker = "DataLoader worker" in failure.error.message
        who = "The dataset or its `collate_fn` uses" if in_worker else "A forked process uses"
        return Finding(
            title=f"{who} CUDA in a worker process, which cannot after this process has.",
            explanation=(
                "A fork copies this process, and CUDA does not survive that. Let the dataset give "
                'tensors on the CPU (load with `map_location="cpu"`, no `.cuda()`), and move '
                "each batch in the loop; or start the workers anew, by "
                '`multiprocessing_context="spawn"`, with the dataset in a module of its own.'
            ),
            evidence=[f"RuntimeError: {_FORK}."],
            remedy=by_hand_at(case, failure, "Where the data is to be moved is for you to say."),
        )


_SIGNALS = {
    "Killed": (
        "The system ends a process by this signal when the host's memory is full. Each worker "
        "holds its batches, and what of the dataset it has touched: use fewer workers, a smaller "
        "`prefetch_factor`, or data that is read as it is needed."
    ),
    "Bus error": (
        "Workers pass batches on in shared memory (/dev/shm); they get this signal when it is "
        "full. In a container, give it more (`docker run --shm-size=8g`, or `--ipc=host`); else "
        "use fewer workers, smaller batches, or "
        '`torch.multiprocessing.set_sharing_strategy("file_system")`.'
    ),
    "Segmentation fault": (
        "Native code crashed in the worker. With `num_workers=0` it runs in this process, where "
        "`faulthandler` shows the line; libraries that were used before the fork, such as OpenCV "
        "with its threads, are a known reason."
    ),
}
_OTHER = "With `num_workers=0` the same code runs in this process, where an error names its line."


def _of_the_notebook(case: Case) -> DataLoading | None:
    """The loader whose workers would have to import a class of a cell."""
    found = [
        each
        for each in case.record.data_loading
        if each.workers
        and each.start_method in _OWN
        and each.dataset_in_notebook
        and not each.batches  # what has given batches was imported
    ]
    return found[0] if len(found) == 1 else None
