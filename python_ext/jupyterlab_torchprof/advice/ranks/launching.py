"""Ranks that could not start, since CUDA was in use before."""

from __future__ import annotations

from collections.abc import Iterable

from ...record import CellRecord
from ..evidence.failures import failures
from ..grammar import Case, Finding, Rule

_FORK = "Cannot re-initialize CUDA in forked subprocess"
_AUTOGRAD = "Unable to handle autograd's threading in combination with fork"
"""Of a backward in a rank, where one on an accelerator has started autograd's threads before."""
_LAUNCHER = "could create a forked subprocess"
"""accelerate's words, where its launcher finds out by itself."""
_KNOWN = (_FORK, _AUTOGRAD, _LAUNCHER)
_NAMES = ("RuntimeError", "ProcessRaisedException")


class CudaBeforeLaunch(Rule):
    """Processes are forked from a notebook in which CUDA was in use before, and cannot use it.

    Evidence: The error of the launcher or of a rank. The cell after which an accelerator first held
    memory, where one is known.

    Fix: By hand: restart, and use CUDA in the function that the ranks run only.

    Silent: For errors of a loader's workers, which have advice of their own.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/multiprocessing.html#cuda-in-multiprocessing
        https://huggingface.co/docs/accelerate/basic_tutorials/notebook

    Notes: The wordings are those of PyTorch 2.4 to 2.15 and of accelerate 1.15. What only asks
    whether there is CUDA can start it, too, and leaves no memory.
    """

    id = "cuda-before-launch"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """A launch that failed for that, and who was before it."""
        record = case.record
        found = failures(record, case.history, _LAUNCHER, _FORK, _AUTOGRAD, names=_NAMES)
        if not found or (not record.ranks and _LAUNCHER not in found[0].error.message):
            return None
        first = _first_use(record, case.history)
        where = "a cell before this one" if first is None else _name(first)
        said = next(part for part in _KNOWN if part in found[0].error.message)
        what = "run backwards" if said == _AUTOGRAD else "use CUDA"
        facts = [f"{found[0].error.name}: {said}."]
        if first is not None:
            facts.append(f"The accelerator held memory first when {_name(first)} had run.")
        lines = [] if first is None else [_line(first)]
        return Finding(
            title=f"The ranks cannot {what}: {where} has used the accelerator in this process.",
            explanation=(
                "Ranks are copies of this process, and what drives an accelerator does not survive "
                "that, nor do the threads of its backwards. Restart the "
                "kernel, move what uses CUDA into the function that the ranks run (models, "
                "`.cuda()`, `torch.cuda` itself), and launch before anything else does."
            ),
            evidence=facts,
            remedy=case.by_hand(
                "What belongs into the function is for you to say; the kernel has to be restarted.",
                lines=lines or found[0].lines,
                code=first or found[0].elsewhere,
            ),
        )


def _first_use(record: CellRecord, history: Iterable[CellRecord]) -> CellRecord | None:
    for run in history:
        if run is record:
            return None
        if any(each.device != "host" and each.allocated_after_bytes > 0 for each in run.memory):
            return run
    return None


def _name(run: CellRecord) -> str:
    return "an earlier cell" if run.execution_count is None else f"cell [{run.execution_count}]"


def _line(run: CellRecord) -> int | None:
    """Of the first move or copy to a device, if that stands in the cell itself."""
    places = [each.place for each in run.moves if not each.failed]
    places += [each.place for each in run.transfers]
    nodes = (run.places[place] for place in places if place is not None)
    return next((node.line for node in nodes if node.source_hash == run.source_hash), None)
