"""Memory that IPython's cache of shown values keeps."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import Action, CellRecord, Holder, Prediction, Severity
from ...words import enumerate_words
from ..evidence.held import freed_after, held_bytes, is_leak, kept_by_outputs, latest, on_devices
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Place, cell_key, read
from ..text.names import name_uses
from ..text.notebook import Later, Outlook

_CACHE = re.compile(r"Out|_\d+|_{1,3}")
_BY_HAND = (
    "The cell's text does not tell what was shown: end its last line with a semicolon, or show a "
    "part of the value, such as its shape."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Values that were shown once and are kept since."""

    record: CellRecord
    holders: list[Holder]
    """The values, or what variables held before that were shown."""
    outputs: list[str]
    """Execution counts."""
    held: dict[str, int]
    """Bytes by device."""
    now: CellRecord
    """The run that still found them."""


class OutCacheTensor(OldRule[Shown]):
    """IPython's ``Out[]`` keeps a value that no variable holds any more.

    Whatever a cell shows as its last expression is kept in ``Out[n]``, ``_n`` and, for a while,
    ``_``. The finding is what the latest run's record still found there and nowhere else, of this
    cell's runs of the same text; so it may come long after the cell ran, when the variable that
    had been shown is bound to something new.

    Prediction, only where there is nothing but the action (the fix frees nothing now): memory
    after the last run less the bytes held, on the device that has most.

    Silent below 16 MB and 1 % of the device, and when a cell, run or not, reads ``_`` or ``Out``:
    somebody works with it. The fix ends the last line with a semicolon, which also stops the value
    from being shown.
    """

    id: ClassVar[str] = "out-cache-tensor"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "IPython keeps every value that a cell shows in `Out[]`, so a large tensor or a model "
        "stays in memory after the last variable has let go of it."
    )
    proof: ClassVar[str] = "Storages that are reached from `Out[]` or `_` and from no variable."
    cure: ClassVar[str] = (
        "The action releases the outputs; the fix ends the line with a semicolon, so that the "
        "value is neither shown nor kept."
    )
    silent: ClassVar[str] = (
        "Below 16 MB and 1 % of the device; when a cell reads `_`, `_n` or `Out` itself."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://ipython.readthedocs.io/en/stable/interactive/reference.html#output-caching-system",
    )
    waits: ClassVar[bool] = True
    leftover: ClassVar[bool] = True
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Shown | None:
        """See the class."""
        now = latest(record, history)
        found = [(holder, kept_by_outputs(holder)) for holder in now.holders]
        found = [(holder, outputs) for holder, outputs in found if outputs]
        if not found or record.execution_count is None:
            return None
        key = cell_key(record)
        counts = {
            str(run.execution_count)
            for run in (*history, record)
            if cell_key(run) == key and run.source_hash == record.source_hash
        }
        found = [(holder, outputs) for holder, outputs in found if counts.issuperset(outputs)]
        holders = [holder for holder, _outputs in found]
        held = held_bytes(holders)
        if not is_leak(now, held) or any(_reads_outputs(run.source) for run in history):
            return None
        numbers = sorted({int(count) for _holder, outputs in found for count in outputs})
        return Shown(record, holders, [str(number) for number in numbers], held, now)

    def awaits(self, record: CellRecord) -> bool:
        """It has a number, so it may have displayed something."""
        return record.execution_count is not None

    def is_stirred(self, now: CellRecord) -> bool:
        """Outputs keep something."""
        return any(map(kept_by_outputs, now.holders))

    def outlook(self, finding: Shown, later: Later) -> Outlook:
        """Whether no cell works with the cache."""
        reads = any(map(_reads_outputs, later.waiting(finding.record)))
        return Outlook.NEEDED if reads else Outlook.UNSAFE

    def title(self, finding: Shown) -> str:
        """One sentence."""
        keep = "keeps" if len(finding.outputs) == 1 else "keep"
        return (
            f"{_names(finding)} {keep} {on_devices(finding.held)} that no variable holds any more."
        )

    def explanation(self, finding: Shown) -> str:
        """What happens and what can be done."""
        return (
            "IPython keeps what a cell shows as its last value, so that it can be used as "
            f"{_names(finding)} later; {on_devices(finding.held)} would be free without that. "
            "Release it now, and end the line with a semicolon if you need not see the value."
        )

    def evidence(self, finding: Shown) -> list[str]:
        """Facts of the record."""
        return [
            f"{enumerate_words([f'Out[{count}]' for count in kept_by_outputs(holder)])}, "
            f"{_with_article(holder.what)}, alone keeps {on_devices(holder.unique_bytes)} alive."
            for holder in finding.holders
        ]

    def prediction(self, finding: Shown) -> Prediction | None:
        """Memory without the outputs, if they are all that the advice is about."""
        if shown_expression(finding.record.source) is not None:
            return None
        return freed_after(finding.now, finding.held)

    def remedy(self, finding: Shown) -> Remedy:
        """A semicolon for the next time, and the release of what is held now."""
        from ...fixes.semicolon import CannotFix, hide_value  # libcst takes a while to import

        record = finding.record
        place = shown_expression(record.source)
        lines = list(range(place.line, place.end_line + 1)) if place is not None else []
        actions = [release_outputs(finding.outputs, finding.held)]
        if place is None:
            return Remedy(refusal=_BY_HAND, lines=lines, actions=actions)
        try:
            fix = hide_value(record.source, place, cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, actions=actions)
        return Remedy(fix=fix, lines=lines, actions=actions)


def shown_expression(source: str) -> Place | None:
    """Where the expression stands whose value the cell shows."""
    code = read(source)
    if code is None or not code.tree.body or not isinstance(code.tree.body[-1], ast.Expr):
        return None
    return code.place(code.tree.body[-1].value)


def release_outputs(counts: Sequence[str], expected: dict[str, int]) -> Action:
    """The action that takes outputs out of IPython's cache; ``expected``: bytes by device."""
    names = enumerate_words([f"Out[{count}]" for count in counts])
    return Action(
        kind="release_outputs",
        title=f"Release {names}",
        description=(
            f"Removes {names} from IPython's cache and from `_`, `__` and `___`; it cannot be "
            "read there afterwards. Variables are not touched."
        ),
        targets=list(counts),
        expected_bytes=expected,
    )


def _names(finding: Shown) -> str:
    return enumerate_words([f"Out[{count}]" for count in finding.outputs])


def _with_article(what: str) -> str:
    return f"{'an' if what[:1] in 'AEIOU' else 'a'} {what}"


def _reads_outputs(source: str) -> bool:
    """Whether a cell works with the cache of outputs."""
    if "_" not in source and "Out" not in source:
        return False
    uses = name_uses(source)
    if uses is None:
        return False
    return any(
        name in uses.read and first.kind == "read" and _CACHE.fullmatch(name)
        for name, first in uses.first.items()
    )
