"""Outputs that are gathered on the accelerator and used on the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Collected, Prediction, Severity
from ...units import format_bytes
from ...words import count_of
from ..evidence.held import freed_after, is_let_go
from ..evidence.memory import is_large, is_worth_saying, memory_entry
from ..evidence.runs import later_runs
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Program, cell_key
from ..text.notebook import Later, Outlook
from ..text.uses.devices import device_uses
from ..text.uses.flow import Uses
from ..text.uses.values import is_changed_in_place
from .gathering import Gathered, gathers_into

_PATIENCE = 2
"""Other cells that may run before outputs that nobody reads count as mere results."""


@dataclass(frozen=True, slots=True)
class Accumulated:
    """Tensors on an accelerator that a variable has gathered."""

    record: CellRecord
    entry: Collected
    device: str
    size: int
    sites: list[Gathered]
    """Where they are gathered, all in one cell."""
    use: Uses


class GpuOutputAccumulation(OldRule[Accumulated]):
    """A loop gathers its outputs on the accelerator, where nobody needs them.

    The finding is a list or dictionary of the namespace that this run filled with tensors on an
    accelerator, the statement in a loop that fills it, and what all cells so far do with it: the
    values go to the host (``.cpu()``, ``.numpy()``, ``.tolist()``), perhaps joined or arranged
    before, or at least two other cells have run and none has read it. As long as neither is
    known, the rule waits.

    Prediction: memory after the cell less the bytes of the gathered tensors on that device.

    Silent when any cell of the notebook, run or not, does something else with them, for it may
    need them on the device; when a cell that reads them trains; when a later cell has let go of
    them; and below 1 MB and 1 % of the device. The fix moves each output to the host where it is
    gathered, which waits for the device once a step. It is safe where all cells are known, none
    computes with them before their values are on the host, and nothing changes in place what was
    gathered, of which it makes a copy.
    """

    id: ClassVar[str] = "gpu-output-accumulation"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "A loop appends outputs to a list while they are on the accelerator, so that device "
        "memory grows with every batch although the values are used on the host."
    )
    proof: ClassVar[str] = (
        "A variable that the run filled with tensors on an accelerator, and whose values all "
        "cells, run or not, take to the host, or no cell reads while two others ran."
    )
    cure: ClassVar[str] = (
        "Appends `out.cpu()`, or `out.detach().cpu()` where it has a graph, instead of `out`."
    )
    silent: ClassVar[str] = (
        "When some cell, run or not, computes with them on the device or does what the text cannot "
        "explain; when a later cell has let go of them; below 1 MB and 1 % of the device."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory",
    )
    waits: ClassVar[bool] = True
    leftover: ClassVar[bool] = True
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Accumulated | None:
        """See the class."""
        found = _largest(record)
        if found is None or record.status != "ok":
            return None
        entry, device, size = found
        if "." in entry.variable:
            return None  # who else has the object cannot be followed
        program = Program(record, history)
        sites = gathers_into(program, entry.variable)
        sites = [site for site in sites if site.record is sites[0].record]
        if not sites or any(site.gather.kind == "sum" for site in sites):
            return None
        cells = Program(history[-1], history).cells if history else [record]
        use = _uses(record, entry.variable, sites, [cell.source for cell in cells])
        if use.elsewhere or not (use.to_host or _is_unread(record, history, use)):
            return None
        if is_let_go(entry.variable, record, history):
            return None
        if entry.with_graph and (record.grad is None or record.grad.backwards):
            return None
        return Accumulated(record, entry, device, size, sites, use)

    def awaits(self, record: CellRecord) -> bool:
        """It gathered something large on an accelerator."""
        return record.status == "ok" and _largest(record) is not None

    def outlook(self, finding: Accumulated, later: Later) -> Outlook:
        """Whether all cells take the values to the host first."""
        record = finding.record
        texts = [record.source, *later.texts(record)]
        use = _uses(record, finding.entry.variable, finding.sites, texts)
        if use.elsewhere:
            return Outlook.NEEDED
        gathered = [site.gather.value for site in finding.sites]
        if use.computes or is_changed_in_place(texts, gathered):
            return Outlook.UNSAFE
        return Outlook.SAFE

    def title(self, finding: Accumulated) -> str:
        """One sentence."""
        return (
            f"`{finding.entry.variable}` gathers {format_bytes(finding.size)} of outputs on "
            f"{finding.device}, where nobody uses them."
        )

    def explanation(self, finding: Accumulated) -> str:
        """What happens and what can be done."""
        name = finding.entry.variable
        later = (
            "their values are taken to the host afterwards"
            if finding.use.to_host
            else "no cell has read them since"
        )
        return (
            f"Every pass through the loop leaves a tensor of `{name}` on {finding.device}, and "
            f"{later}. Moved to the host one by one they do not add up on the device; each move "
            "waits for the device to finish that step."
        )

    def evidence(self, finding: Accumulated) -> list[str]:
        """Facts of the record."""
        entry = finding.entry
        facts = [
            f"`{entry.variable}` holds {count_of(entry.tensors, 'tensor')}, "
            f"{format_bytes(finding.size)} of them on {finding.device}; this run added "
            f"{entry.new_tensors:,}."
        ]
        if finding.use.to_host:
            facts.append(f"What cells do with `{entry.variable}` ends on the host.")
        else:
            facts.append(f"Two other cells have run and none has read `{entry.variable}`.")
        return facts

    def prediction(self, finding: Accumulated) -> Prediction | None:
        """Memory of the device without them."""
        return freed_after(finding.record, {finding.device: finding.size})

    def grade(self, finding: Accumulated) -> Severity:
        """A few megabytes are no alarm."""
        memory = memory_entry(finding.record, finding.device)
        return self.severity if is_large(finding.size, memory) else "low"

    def remedy(self, finding: Accumulated) -> Remedy:
        """Move what is gathered to the host."""
        from ...fixes.detach import CannotFix, detach_values  # libcst takes a while to import

        record = finding.sites[0].record
        lines = sorted({site.gather.line for site in finding.sites})
        code = None if record is finding.record else record
        suffix = ".detach().cpu()" if finding.entry.with_graph else ".cpu()"
        try:
            fix = detach_values(
                record.source,
                [site.gather.place for site in finding.sites],
                suffix,
                cell_id=record.cell_id,
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


def _largest(record: CellRecord) -> tuple[Collected, str, int] | None:
    """The collection that takes most on an accelerator."""
    found: list[tuple[int, str, Collected]] = []
    for entry in record.collected:
        if entry.kind == "sum" or entry.new_tensors < _PATIENCE:
            continue
        for device, size in entry.storage_bytes.items():
            memory = memory_entry(record, device)
            if memory is None or memory.device == "host" or not is_worth_saying(size, memory):
                continue
            found.append((size, device, entry))
    if not found:
        return None
    size, device, entry = max(found, key=lambda item: item[0])
    return entry, device, size


def _uses(
    record: CellRecord, variable: str, sites: Sequence[Gathered], texts: Sequence[str]
) -> Uses:
    functions = {site.gather.function.name for site in sites if site.gather.function is not None}
    return device_uses(
        texts,
        variable,
        own=record.source,
        sites=[(site.record.source, site.gather.place) for site in sites],
        functions=functions,
    )


def _is_unread(record: CellRecord, history: Sequence[CellRecord], use: Uses) -> bool:
    after = {cell_key(run) for run in later_runs(record, history)} - {cell_key(record)}
    return len(after) >= _PATIENCE and use.readers <= {record.source}
