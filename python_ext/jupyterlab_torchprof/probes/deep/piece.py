"""What is collected between two of the window's decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Events:
    """The events of a result without it: to free one while another is collected crashes."""

    def __init__(self, result: Any) -> None:
        """``result`` is PyTorch's, or nothing."""
        self._events: list[Any] = [] if result is None else list(result.events())

    def events(self) -> list[Any]:
        """As the result's."""
        return self._events


@dataclass(slots=True)
class Piece:
    """What was collected in one go."""

    began_ns: int
    ended_ns: int
    result: Any
    """PyTorch's ``_ProfilerResult``."""
    boundaries_ns: list[int]
    """Ends of steps within, the last of them its end: what began later is of no whole step."""

    @property
    def events(self) -> list[Any]:
        """PyTorch's ``_KinetoEvent`` each, in the order of their beginning."""
        return list(self.result.events())
