"""Outputs that are gathered on the accelerator and used on the host."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import CellRecord, Collected
from ...units import format_bytes
from ...words import count_of
from ..evidence.held import freed_after, is_let_go
from ..evidence.memory import is_large, is_worth_saying, memory_entry
from ..evidence.runs import cells_after
from ..grammar import Case, Finding, Rule
from ..text.filling import Filling
from ..text.gathering import Gathered, names_of_functions, of_one_cell
from ..text.notebook import Later, Outlook
from ..text.program import Program
from ..text.uses.devices import device_uses
from ..text.uses.flow import Uses
from ..text.uses.values import is_changed_in_place
from .detaching import detach_gathered

_LEAST_NEW = 2
_PATIENCE = 2
"""Other cells that may run before outputs that nobody reads count as mere results."""


class GpuOutputAccumulation(Rule):
    """A loop appends outputs to a list while they are on the accelerator, so that device memory
    grows with every batch although the values are used on the host.

    Evidence: A variable that the run filled with tensors on an accelerator, and whose values all
    cells, run or not, take to the host, or no cell reads while two others ran.

    Fix: Appends `out.cpu()`, or `out.detach().cpu()` where it has a graph, instead of `out`.

    Silent: When some cell, run or not, computes with them on the device or does what the text
    cannot explain; when a later cell has let go of them; below 1 MB and 1 % of the device.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory

    Notes: On their way to the host (`.cpu()`, `.numpy()`, `.tolist()`) the values may be joined or
    arranged. Outputs with a graph in a run that trains may be there for its backward.

    Prediction: memory after the cell less the bytes of the gathered tensors on that device.

    The fix waits for the device once a step. It is safe where all cells are known, none computes
    with the outputs before their values are on the host, and nothing changes in place what was
    gathered, of which it makes a copy.
    """

    id = "gpu-output-accumulation"
    severity = "high"
    waits = True
    leftover = True
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """The largest collection, if a loop fills it and nobody needs it on the device."""
        record, largest = case.record, _largest(case.record)
        if largest is None or record.status != "ok":
            return None
        entry, device, size = largest
        name, sites = entry.variable, _sites(case, entry)
        use = _use_on_the_host(case, name, sites) if sites else None
        if use is None:
            return None
        return Finding(
            title=(
                f"`{name}` gathers {format_bytes(size)} of outputs on {device}, where nobody uses "
                "them."
            ),
            explanation=_explanation(name, device, use),
            evidence=[
                f"`{name}` holds {count_of(entry.tensors, 'tensor')}, {format_bytes(size)} of them "
                f"on {device}; this run added {entry.new_tensors:,}.",
                f"What cells do with `{name}` ends on the host."
                if use.to_host
                else f"Two other cells have run and none has read `{name}`.",
            ],
            remedy=detach_gathered(
                case,
                sites[0].code,
                [site.gather.place for site in sites],
                ".detach().cpu()" if entry.with_graph else ".cpu()",
            ),
            prediction=freed_after(record, {device: size}),
            severity="high" if is_large(size, memory_entry(record, device)) else "low",
            outlook=lambda later: _outlook(record, name, sites, later),
        )

    def awaits(self, record: CellRecord) -> bool:
        """It gathered something large on an accelerator."""
        return record.status == "ok" and _largest(record) is not None


def _largest(record: CellRecord) -> tuple[Collected, str, int] | None:
    """The collection that takes most on an accelerator, the device, and its bytes there."""
    found: list[tuple[Collected, str, int]] = []
    for entry in record.collected:
        if entry.kind == "sum" or entry.new_tensors < _LEAST_NEW:
            continue
        for device, size in entry.storage_bytes.items():
            memory = memory_entry(record, device)
            if memory is not None and memory.device != "host" and is_worth_saying(size, memory):
                found.append((entry, device, size))
    return max(found, key=lambda item: item[2], default=None)


def _sites(case: Case, entry: Collected) -> list[Gathered]:
    """Where it is gathered, if a fix may move all of that."""
    if "." in entry.variable:
        return []  # who else has the object cannot be followed
    if entry.with_graph and (case.record.grad is None or case.grad.backwards):
        return []
    sites = of_one_cell(Filling(case.program, entry.variable).sites)
    return [] if any(site.gather.kind == "sum" for site in sites) else sites


def _use_on_the_host(case: Case, name: str, sites: Sequence[Gathered]) -> Uses | None:
    """What all cells so far do with the values, if none of them needs these on the device."""
    record, history = case.record, case.history
    cells = Program(history[-1], history).cells if history else [record]
    use = _uses(record, name, sites, [cell.source for cell in cells])
    is_over = use.to_host or _is_unread(case, use)
    if use.elsewhere or not is_over or is_let_go(name, record, history):
        return None
    return use


def _is_unread(case: Case, use: Uses) -> bool:
    others = cells_after(case.record, case.history)
    return len(others) >= _PATIENCE and use.readers <= {case.record.source}


def _outlook(record: CellRecord, name: str, sites: Sequence[Gathered], later: Later) -> Outlook:
    """Whether all cells take the values to the host first."""
    texts = [record.source, *later.texts(record)]
    use = _uses(record, name, sites, texts)
    if use.elsewhere:
        return Outlook.NEEDED
    gathered = [site.gather.value for site in sites]
    unsafe = use.computes or is_changed_in_place(texts, gathered)
    return Outlook.UNSAFE if unsafe else Outlook.SAFE


def _uses(record: CellRecord, name: str, sites: Sequence[Gathered], texts: Sequence[str]) -> Uses:
    return device_uses(
        texts,
        name,
        own=record.source,
        sites=[(site.code.source, site.gather.place) for site in sites],
        functions=names_of_functions(sites),
    )


def _explanation(name: str, device: str, use: Uses) -> str:
    later = (
        "their values are taken to the host afterwards"
        if use.to_host
        else "no cell has read them since"
    )
    return (
        f"Every pass through the loop leaves a tensor of `{name}` on {device}, and {later}. Moved "
        "to the host one by one they do not add up on the device; each move waits for the device "
        "to finish that step."
    )
