"""What one holder beyond the notebook's variables was found to have."""

from __future__ import annotations

from msgspec.structs import replace

from ...record import Holder
from .footprint import Footprint, HeldStorage

_MIN_BYTES = 1_000_000


class Outside:
    """An output, a variable of a traceback's frame, or an object from before.

    Keeps nothing of it alive.
    """

    def __init__(self, holder: Holder, footprint: Footprint, taken: set[int]) -> None:
        """``holder`` gets the bytes of what is in no other one; that is ``taken`` then."""
        self._footprint = footprint
        self.storages: dict[int, HeldStorage] = footprint.take(taken)
        """Those that count for it, by key."""
        sizes: dict[str, int] = {}
        for held in self.storages.values():
            sizes[held.device] = sizes.get(held.device, 0) + held.nbytes
        self.holder = replace(holder, unique_bytes=sizes)
        if holder.kind == "traceback":
            every = [held.nbytes for held in self.storages.values()]
            self.holder.storages = len(every)
            self.holder.each_bytes = every[0] if len(set(every)) == 1 else None

    def is_told(self) -> bool:
        """Whether it has enough to be worth a word."""
        return sum(self.holder.unique_bytes.values()) >= _MIN_BYTES

    def again(self, taken: set[int]) -> Outside:
        """What it has now, when something else may have let go of it."""
        if self.holder.held_by:  # an optimizer, by way of which the survey has reached it
            taken.difference_update(self._footprint.storages)
        return Outside(self.holder, self._footprint, taken)
