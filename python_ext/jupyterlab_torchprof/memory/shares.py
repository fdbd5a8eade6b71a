"""Who has how much of a device's memory, from what was measured of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..probes.objects.kept import Kept
from ..probes.objects.kinds import class_name
from ..probes.objects.survey import Survey
from ..probes.objects.tensors import Tensors
from ..record import CellRecord, Holder, MemoryShare
from .lots import CPU, HOLDERS, Lots

LEAST_BYTES = 1 << 16
"""What has less gets no row."""
_MUCH_LARGER = 16
"""So many times what a view shows must its storage be for the view to be called small."""

Path = tuple[str, str, str]
"""What holds memory: its kind, as the user would write it, and the device. The graphs of a variable
are compared apart from its tensors."""


@dataclass(slots=True)
class Held:
    """What holders have of one device. Of tensors there may be thousands, and few are shown."""

    device: str
    """PyTorch's name."""
    told: list[MemoryShare] = field(default_factory=list)
    """All but tensors that are in no module."""
    kept: list[Kept] = field(default_factory=list)
    """Those, the largest first."""
    less: dict[str, int] = field(default_factory=dict)
    """Bytes that another holder has, by the paths of the tensors."""

    def bytes_of(self, kept: Kept) -> int:
        """What it has that no other holder has."""
        if kept.shares_with:
            return 0
        return max(0, kept.nbytes - self.less.get(kept.path, 0)) if self.less else kept.nbytes

    def total(self) -> int:
        """Of all of them."""
        return sum(one.held_bytes for one in self.told) + sum(map(self.bytes_of, self.kept))

    def by_path(self, name: str) -> Iterator[tuple[Path, int]]:
        """Bytes of each holder that has a name; ``name``: the device's in the record."""
        for share in self.told:
            if share.name is not None:
                yield (share.kind, share.name, name), share.held_bytes
        for kept in self.kept:
            if kept.path:
                kind = "optimizer_state" if kept.optimizer else "tensors"
                yield (kind, kept.path, name), self.bytes_of(kept)

    def largest(
        self, number: int, lots: Lots, tensors: Tensors, is_wanted: Callable[[MemoryShare], bool]
    ) -> list[MemoryShare]:
        """So many rows, in no order, with the runs that made them.

        Those that share all of their memory, and those that are wanted, come in any case.
        """
        some = [one for one in self.kept if one.nbytes >= LEAST_BYTES][:number]
        some += [one for one in self.kept if one.shares_with and one.nbytes < LEAST_BYTES]
        rows = [one for one in self.told if one.held_bytes or one.shares_with or is_wanted(one)]
        rows += [_of_tensors(one, self.bytes_of(one), tensors) for one in some]
        for share in rows:
            made = lots.maker((share.kind, share.name or ""), self.device)
            if made is not None:
                share.made_run_id, share.made_count = made.run_id, made.number
        return rows


def held_by(record: CellRecord, found: Survey, device: str) -> Held:
    """What holders have of a device (of ``"cpu"``, in tensors)."""
    held = Held(device, [*_modules(found, device), *_graphs(record, found, device)])
    held.kept = [one for one in found.kept if one.device == device]
    held.told += _others(record, held)
    return held


def _modules(found: Survey, device: str) -> Iterator[MemoryShare]:
    for tree in found.trees:
        shared = tree.shares_with if device in tree.own_devices else None
        nbytes = tree.parameter_bytes.get(device, 0)
        if nbytes or shared or device == _home(tree.parameter_bytes):
            yield MemoryShare(
                kind="parameters",
                name=tree.path,
                held_bytes=nbytes,
                what=tree.class_name,
                shares_with=shared,
            )
        held = tree.gradient_bytes.get(device, 0)
        if held:
            yield MemoryShare(kind="gradients", name=tree.path, held_bytes=held)


def _home(nbytes: dict[str, int]) -> str:
    """The device of which it has most: the host where it has none."""
    return max(nbytes, key=nbytes.__getitem__, default=CPU)


def _of_tensors(kept: Kept, held: int, tensors: Tensors) -> MemoryShare:
    """The tensors of a variable or attribute that are in no module."""
    what, shown = _describe(kept, tensors)
    return MemoryShare(
        kind="optimizer_state" if kept.optimizer else "tensors",
        name=kept.path or None,
        held_bytes=held,
        what=what,
        shown_bytes=shown,
        shares_with=kept.shares_with,
    )


def _describe(kept: Kept, tensors: Tensors) -> tuple[str | None, int | None]:
    """Class and shape of its only tensor, or how many there are; and what a small view shows."""
    if kept.optimizer:
        return kept.optimizer, None
    tensor = None if kept.first is None else kept.first()
    if kept.tensors != 1 or tensor is None:
        return f"{kept.tensors:,} tensors", None
    what = f"{class_name(tensor)} {tensors.shape(tensor)}"
    try:
        shown = int(tensors.numel(tensor)) * int(tensors.element_size(tensor))
    except Exception:  # nested and sparse tensors
        return what, None
    is_small = bool(kept.path) and bool(kept.large) and shown * _MUCH_LARGER <= kept.nbytes
    return what, shown if is_small else None


def _graphs(record: CellRecord, found: Survey, device: str) -> Iterator[MemoryShare]:
    grad = record.grad
    for graph in grad.retained if grad is not None else ():
        saved = found.graph_saved.get(graph.variable)
        if saved is not None:
            held = sum(one.nbytes for one in saved.values() if one.device == device)
        else:
            held = graph.saved_bytes if graph.device == device else 0
        if held or graph.device == device:
            yield MemoryShare(kind="graphs", name=graph.variable, held_bytes=held)


def _others(record: CellRecord, held: Held) -> Iterator[MemoryShare]:
    """What outputs, tracebacks and old objects have; those of one name are one."""
    by_name: dict[tuple[str, str], list[Holder]] = {}
    for holder in record.holders:
        nbytes = holder.unique_bytes.get(held.device, 0)
        for name in holder.held_by:
            # What an optimizer still has of a model that was bound anew is the model's.
            for kept in held.kept:
                if not kept.optimizer and kept.path.startswith(f"{name}.param_groups"):
                    held.less[kept.path] = held.less.get(kept.path, 0) + nbytes
        if nbytes:
            by_name.setdefault((holder.kind, holder.name), []).append(holder)
    for (kind, name), holders in by_name.items():
        classes = dict.fromkeys(holder.what for holder in holders)
        what = ", ".join(classes)
        yield MemoryShare(
            kind=HOLDERS[kind],
            name=name,
            held_bytes=sum(holder.unique_bytes[held.device] for holder in holders),
            what=what if len(holders) == 1 else f"{len(holders):,} of {what}",
            made_count=holders[-1].execution_count,
        )
