"""Checkpoints that hold more than tensors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ..evidence.failures import Failure, failures
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters

_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")


@dataclass(frozen=True, slots=True)
class Refused:
    """A load that PyTorch refused."""

    failure: Failure
    path: str | None
    what: str | None
    """The class or function that the file asks for."""


class WeightsOnlyUnpickling(OldRule[Refused]):
    """A file that holds other objects than tensors is refused by ``weights_only=True``.

    The finding is PyTorch's own error, on the run that raised it. There is never a fix: whether
    the file may run code is the user's decision, so that both ways are told as text.
    """

    id: ClassVar[str] = "weights-only-unpickling"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "Since PyTorch 2.6 `torch.load` loads tensors and plain containers only, unless told "
        "otherwise: a file can run any code when it is unpickled."
    )
    proof: ClassVar[str] = "An `UnpicklingError` of `torch.load`, in this run."
    cure: ClassVar[str] = (
        "By hand: allow the one class that the file needs, or, for a file that you trust, pass "
        "`weights_only=False`."
    )
    silent: ClassVar[str] = "For other errors of unpickling."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/serialization.html#weights-only",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Refused | None:
        """See the class."""
        frames = failures(record, history, "Weights only load failed", names=("UnpicklingError",))
        if not frames:
            return None
        found = _GLOBAL.search(frames[0].error.message)
        path = next((load.path for load in record.loads if load.failed), None)
        return Refused(frames[0], path, found.group(1) if found else None)

    def title(self, finding: Refused) -> str:
        """One sentence."""
        what = f"`{finding.path}`" if finding.path else "The file"
        if finding.what is None:
            return f"{what} holds more than tensors, which torch.load refuses."
        return f"{what} holds a `{finding.what}`, which torch.load refuses."

    def explanation(self, finding: Refused) -> str:
        """Both ways."""
        parts = [
            "A file that is unpickled can run any code, so torch.load only accepts tensors and "
            "plain containers unless it is told otherwise."
        ]
        if finding.what is not None:
            name = finding.what.removeprefix("__main__.").rpartition(".")[2]
            module = finding.what.rpartition(".")[0]
            imported = "" if module == "__main__" else f" (after `from {module} import {name}`)"
            parts.append(
                f"To allow this one{imported}: `with torch.serialization.safe_globals([{name}]):` "
                "around the load."
            )
        parts.append(
            "If you trust whoever made the file, `weights_only=False` loads it as it is. A file "
            "that holds only `model.state_dict()` needs neither."
        )
        return " ".join(parts)

    def evidence(self, finding: Refused) -> list[str]:
        """The error."""
        if finding.what is None:
            return ["UnpicklingError: weights only load failed."]
        return [f"UnpicklingError: the file asks for `{finding.what}`."]

    def remedy(self, finding: Refused) -> Remedy:
        """By hand."""
        failure = finding.failure
        return Remedy(
            refusal="Whether the file may run code is for you to decide.",
            lines=failure.lines,
            code=failure.elsewhere,
        )
