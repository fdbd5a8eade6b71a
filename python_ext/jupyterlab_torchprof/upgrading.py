"""Documents of format 1.x in today's form: what happened on a line happened at a place.

``src/record/upgrade.ts`` is the twin in the front end; one fixture holds both to the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from .record import SCHEMA_VERSION
from .told_places import LINES, Plain, is_line, line_in, root, tell_places

_EVENTS = (
    *("warnings", "samples", "moves", "loads", "transfers"),
    *("checkpoints", "optimizers", "data_loading"),
)
"""Of a run."""
_EVENTS_OF_GRAD = ("forwards", "forward_graphs")
_NAMES = {
    "last_backward_line": "last_backward_place",
    "last_step_line": "last_step_place",
    "retaining_line": "retaining_place",
    "double_softmax_line": "double_softmax_place",
    "clip_line": "clip_place",
}
"""What autograd did last, or once."""


def upgrade(session: Plain) -> None:
    """Bring a session's plain JSON into today's form, which it has but for its lines."""
    for record in session.get("cells", []):
        tell_places(record)
        _Lines(record).replace()
    session["schema_version"] = SCHEMA_VERSION


class _Lines:
    """Puts places where one run's events had lines."""

    def __init__(self, record: Plain) -> None:
        self._record = record
        self._places: list[Plain] = record.get("places", [])
        self._known: dict[int, int] = {}
        for index, place in enumerate(self._places):
            line = line_in(place)
            if line is not None and root(record, line).items() <= place.items():
                self._known.setdefault(line, index)

    def replace(self) -> None:
        """Change the record."""
        for event in self._events():
            self._replace(event, "line", "place")
            self._replace(event, "loaded_line", "loaded_place")
        grad = self._record.get("grad") or {}
        for old, new in _NAMES.items():
            self._replace(grad, old, new)
        clears = grad.get("cache_clears") or {}
        lines = clears.pop("lines", None)
        if isinstance(lines, list):
            found = [self._place(line) for line in lines if is_line(line)]
            clears["places"] = [place for place in found if place is not None]
        if self._places:
            self._record["places"] = self._places

    def _events(self) -> Iterator[Plain]:
        grad = self._record.get("grad") or {}
        for name in _EVENTS:
            yield from self._record.get(name, [])
        for name in _EVENTS_OF_GRAD:
            yield from grad.get(name, [])
        if grad.get("scaler"):
            yield grad["scaler"]

    def _replace(self, event: Plain, old: str, new: str) -> None:
        line = line_in(event, old)
        event.pop(old, None)
        if line is not None and event.get(new) is None:
            event[new] = self._place(line)

    def _place(self, line: int) -> int | None:
        if line not in self._known and len(self._known) < LINES:
            self._known[line] = len(self._places)
            self._places.append(root(self._record, line))
        return self._known.get(line)
