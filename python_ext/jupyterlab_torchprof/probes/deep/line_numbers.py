"""On which device, and with numbers of what type, a line computes."""

from __future__ import annotations

from collections import Counter

from .nesting import Operator


class Numbers:
    """Of one line."""

    def __init__(self) -> None:
        """It has not computed yet."""
        self._devices: set[str] = set()
        self._flops: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def add(self, operator: Operator, flops: int) -> None:
        """An operator that has read or written, or was counted."""
        if operator.device:
            self._devices.add(operator.device)
        if operator.dtype:
            self._flops[operator.dtype] += flops
            self._bytes[operator.dtype] += operator.moved_bytes

    @property
    def device(self) -> str | None:
        """Of all its operators; ``None``: they were on several, or nobody knows."""
        return next(iter(self._devices)) if len(self._devices) == 1 else None

    @property
    def dtype(self) -> str | None:
        """With which most operations were, or where none were counted, most bytes."""
        counted = self._flops if any(self._flops.values()) else self._bytes
        return max(counted, key=lambda dtype: counted[dtype], default=None)
