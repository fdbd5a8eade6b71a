"""How a holder grew within one run: by how much, in how many tensors, and at which line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..probes.objects.kept import Kept
from ..record import HOST, CellRecord, MemoryShare, RunGrowth
from .adding import adding_line
from .lots import CPU
from .shares import Path
from .spots import class_of_owner

_LEAST_BYTES = 1 << 20
_SEVERAL = 3
"""Tensors that a loop must have added."""
_MOST_KNOWN = 200


class Within:
    """Remembers how each holder grew, for as long as it has as much as then."""

    def __init__(self) -> None:
        """Nothing has grown."""
        self._tensors: dict[Path, int] = {}
        """Tensors of what gathers several, after the run before."""
        self._known: dict[Path, tuple[int, RunGrowth]] = {}

    def look(
        self,
        record: CellRecord,
        kept: Mapping[Path, Kept],
        grown: Mapping[Path, int],
        made_here: Callable[[int], bool],
        namespace: Mapping[str, Any],
        *,
        ran_out: bool,
    ) -> None:
        """A run has ended.

        ``grown``: what has grown in it, in bytes; ``made_here``: whether this run made the storage
        of a key; ``ran_out``: it ran out of memory, so that all growth is worth a word.
        """
        if not ran_out:  # what was told of the failure is told no more
            self._known = {at: one for at, one in self._known.items() if one[1].line is not None}
        for path, nbytes in grown.items():
            if nbytes < _LEAST_BYTES:
                continue
            one = kept.get(path)
            growth = RunGrowth(run_id=record.run_id, grown_bytes=nbytes)
            if one is not None and not one.optimizer:
                before = self._tensors.get(path, 0)
                if one.tensors > 1 and one.tensors - before >= _SEVERAL:
                    growth.tensors = one.tensors - before
                    growth.each_bytes = _each(one, growth, made_here)
                    owner = class_of_owner(namespace, one.path)
                    growth.line = adding_line(record.source, one.path, owner=owner)
            if ran_out or growth.line is not None:
                held = one.nbytes if one is not None else 0
                self._known[path] = (held, growth)
        for path, growth in _in_frames(record) if ran_out else ():
            self._known[path] = (0, growth)
        while len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._tensors = {path: one.tensors for path, one in kept.items() if one.tensors > 1}

    def of(self, share: MemoryShare, device: str) -> RunGrowth | None:
        """How it grew; ``None`` if nothing is worth a word, or it has changed since."""
        held, growth = self._known.get((share.kind, share.name or "", device), (0, None))
        return growth if held in (0, share.held_bytes) else None


def _in_frames(record: CellRecord) -> Iterator[tuple[Path, RunGrowth]]:
    """What functions gathered that the run never came back from: all of it is of this run."""
    for holder in record.holders:
        function, colon, name = holder.name.partition(": ")
        is_of_run = holder.kind == "traceback" and holder.execution_count == record.execution_count
        if not (is_of_run and colon and len(holder.unique_bytes) == 1):
            continue
        ((device, nbytes),) = holder.unique_bytes.items()
        if nbytes < _LEAST_BYTES or holder.storages < _SEVERAL:
            continue
        growth = RunGrowth(run_id=record.run_id, grown_bytes=nbytes, tensors=holder.storages)
        growth.each_bytes = holder.each_bytes
        growth.line = adding_line(record.source, name, function=function)
        yield ("traceback", holder.name, HOST if device == CPU else device), growth


def _each(kept: Kept, growth: RunGrowth, made_here: Callable[[int], bool]) -> int | None:
    """What each tensor takes that this run has added, if all take the same."""
    sizes = [one.nbytes for key, one in kept.large.items() if made_here(key)]
    if len(sizes) != growth.tensors or len(set(sizes)) != 1:
        return None
    return sizes[0] if sizes[0] * len(sizes) == growth.grown_bytes else None
