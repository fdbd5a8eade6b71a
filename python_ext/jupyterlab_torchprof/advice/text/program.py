"""The cells of a session as a program: which calls stand in them, and what a fix can edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...record import CellRecord
from .code import Call, Code, imports_of, read, resolve


@dataclass(frozen=True, slots=True)
class Site:
    """A call in one of the session's cells."""

    record: CellRecord
    """The latest run of the cell."""
    call: Call


def cell_key(record: CellRecord) -> str:
    """Which cell a run is of, as well as can be known."""
    return record.cell_id or record.source_hash


class Program:
    """The cells of a session up to one run, each with its latest text: what a fix can edit."""

    def __init__(
        self,
        record: CellRecord,
        history: Sequence[CellRecord],
        *,
        imports: Mapping[str, str] | None = None,
    ) -> None:
        """``history``: the session's runs in order; those after ``record`` count for nothing.

        ``imports``: those that the text of ``record`` sees, if they are not the notebook's.
        """
        self.record = record
        runs: list[CellRecord] = []
        for run in history:
            runs.append(run)
            if run is record or run.run_id == record.run_id:
                break
        else:
            runs.append(record)
        self.runs = runs
        latest: dict[str, CellRecord] = {}
        for run in runs:
            key = run.cell_id or run.run_id
            latest.pop(key, None)
            latest[key] = run
        self.cells = list(latest.values())
        """The latest run of each cell, in the order in which they ran."""
        self._shared = imports_of(self.cells)
        self.imports = self._shared if imports is None else dict(imports)
        """What names stand for in the text of `record`."""

    def calls(self, *names: str) -> Iterator[Site]:
        """Calls of these functions, by their full names: ``torch.load``.

        The cell that ran comes first, then the others, latest first.
        """
        ends = tuple({name.rpartition(".")[2] for name in names})
        for cell in self.nearest_first:
            imports = self.imports if cell is self.record else self._shared
            code = _code(cell, names, ends, imports)
            for call in code.calls if code is not None else ():
                if resolve(call.name, imports) in names:
                    yield Site(cell, call)

    @cached_property
    def nearest_first(self) -> list[CellRecord]:
        """The cell that ran, then the others, latest first."""
        others = [cell for cell in reversed(self.cells) if cell is not self.record]
        return [self.record, *others]

    @cached_property
    def calls_by_function(self) -> dict[str, list[Call]]:
        """The calls that stand in functions of the cells, by `Call.reached_by`."""
        found: dict[str, list[Call]] = {}
        for cell in self.cells:
            code = read(cell.source)
            for call in code.calls if code is not None else ():
                if call.reached_by is not None:
                    found.setdefault(call.reached_by, []).append(call)
        return found

    def methods(self, *names: str) -> Iterator[Site]:
        """Calls of methods of these names, on whatever they are called: ``.backward``."""
        for cell in self.nearest_first:
            if any(name in cell.source for name in names):
                code = read(cell.source)
                for call in code.calls if code is not None else ():
                    if call.receiver and call.method in names:
                        yield Site(cell, call)


def _code(
    cell: CellRecord, names: Sequence[str], ends: Sequence[str], imports: Mapping[str, str]
) -> Code | None:
    # A cheap look first; a name may hide behind "from torch import load as f".
    aliases = [alias for alias, full in imports.items() if full in names]
    if any(word in cell.source for word in (*ends, *aliases)):
        return read(cell.source)
    return None
