"""What each holder was found to have when a run had ended, from what was measured of it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from ..probes.objects.kept import Kept
from ..probes.objects.survey import Survey
from ..probes.objects.trees import TreeStorage as Piece
from ..record import CellRecord
from .lots import HOLDERS, Holder, Seen

_LARGE_BYTES = 1 << 20
"""Of what is in no variable, what is smaller is not followed."""

_OfTensors = dict[int, tuple[Kept, Seen]]


class SeenTensors:
    """What tensors outside modules were seen as, by what keeps them: mostly that is the same."""

    def __init__(self) -> None:
        """Nothing was seen."""
        self._known: _OfTensors = {}

    def of(self, kept: list[Kept]) -> list[Seen]:
        """What all of these are seen as."""
        before, now = self._known, _OfTensors()
        for one in kept:
            known = before.get(id(one))
            now[id(one)] = (one, _of_tensors(one)) if known is None else known
        self._known = now
        return [seen for _kept, seen in now.values()]


def all_seen(record: CellRecord, found: Survey, tensors: SeenTensors) -> Iterator[Seen]:
    """Modules and their gradients, tensors, optimizers' state, graphs, and what else there is."""
    for tree in found.trees:
        yield Seen(("parameters", tree.path), tree.path, tree.storages)
        if tree.gradient_bytes:
            name = f"gradients of {tree.path}"
            yield Seen(("gradients", tree.path), name, tree.gradients)
    yield from tensors.of(found.kept)
    for graph in record.grad.retained if record.grad is not None else ():
        carrier = carrier_of(graph.variable, found)
        if carrier is not None:
            saved = found.graph_saved.get(graph.variable, {})
            pieces = {key: Piece(one.device, one.nbytes, None) for key, one in saved.items()}
            yield Seen(("graphs", graph.variable), graph.variable, pieces, {}, carrier)
    for one in found.outside:
        held = {key: has for key, has in one.storages.items() if has.nbytes >= _LARGE_BYTES}
        kind, name = HOLDERS[one.holder.kind], one.holder.name
        words = f"the old {name}" if kind == "old_objects" else name
        if held:
            yield Seen((kind, name), words, {}, held=held)


def holder_of(kept: Kept) -> Holder:
    """What a variable keeps, or an optimizer."""
    return ("optimizer_state" if kept.optimizer else "tensors", kept.path)


def carrier_of(variable: str, found: Survey) -> weakref.ref[Any] | None:
    """A tensor of this variable or attribute that carries a graph."""
    for name, carriers in found.carriers.items():
        if variable in (name, carriers.path) or variable in carriers.named:
            reference = carriers.named.get(variable, carriers.tensors[0])
            return None if reference() is None else reference
    return None


def _of_tensors(kept: Kept) -> Seen:
    small = kept.nbytes - kept.large_bytes
    rest = {kept.device: small} if kept.optimizer and small > 0 else {}
    return Seen(holder_of(kept), kept.path, kept.large, rest)
