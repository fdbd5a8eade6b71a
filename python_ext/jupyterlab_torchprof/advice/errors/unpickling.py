"""Checkpoints that hold more than tensors."""

from __future__ import annotations

import re

from ..evidence.failures import failures
from ..grammar import Case, Finding, Rule
from .cause import by_hand_at

_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")


class WeightsOnlyUnpickling(Rule):
    """Since PyTorch 2.6 `torch.load` loads tensors and plain containers only, unless told
    otherwise: a file can run any code when it is unpickled.

    Evidence: An `UnpicklingError` of `torch.load`, in this run.

    Fix: By hand: allow the one class that the file needs, or, for a file that you trust, pass
    `weights_only=False`.

    Silent: For other errors of unpickling.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/serialization.html#weights-only

    Notes: Whether the file may run code is the user's decision, so there is never a fix: both ways
    are told as text.
    """

    id = "weights-only-unpickling"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's own error, with the class or function that the file asks for."""
        record = case.record
        frames = failures(
            record, case.history, "Weights only load failed", names=("UnpicklingError",)
        )
        if not frames:
            return None
        failure = frames[0]
        load = next((load for load in record.loads if load.failed), None)
        file = f"`{load.path}`" if load is not None and load.path else "The file"
        library = load.library if load is not None else None
        passed = f", if {library} lets you pass it," if library else ""
        asked = _GLOBAL.search(failure.error.message)
        if asked is None:
            holds, fact = "more than tensors", "weights only load failed"
        else:
            holds, fact = f"a `{asked.group(1)}`", f"the file asks for `{asked.group(1)}`"
        return Finding(
            title=f"{file} holds {holds}, which torch.load refuses.",
            explanation=(
                "A file that is unpickled can run any code, so torch.load only accepts tensors "
                "and plain containers unless it is told otherwise. "
                f"{'' if asked is None else _allowing(asked.group(1))}"
                f"If you trust whoever made the file, `weights_only=False`{passed} loads it as it "
                "is. A file that holds only `model.state_dict()` needs neither."
            ),
            evidence=[f"UnpicklingError: {fact}."],
            remedy=by_hand_at(case, failure, "Whether the file may run code is for you to decide."),
        )


def _allowing(what: str) -> str:
    """How to let one class or function be loaded; a sentence with a blank behind it."""
    module, _dot, _name = what.rpartition(".")
    name = what.removeprefix("__main__.").rpartition(".")[2]
    imported = "" if module == "__main__" else f" (after `from {module} import {name}`)"
    return (
        f"To allow this one{imported}: `with torch.serialization.safe_globals([{name}]):` around "
        "the load. "
    )
