"""Counts which phase each look of the sampling thread met."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType

from ..places.tree import PlaceTree, Step
from .roles import Role, role_of

_FINAL = {
    Role.DATA: "data",
    Role.BACKWARD: "backward",
    Role.SAVING: "saving",
}
"""What is called from within these is a part of them: a backward computes checkpointed parts of a
forward again, a dataset may call modules."""


class PhaseLooks:
    """Of one run. Forgets all code with `close`."""

    def __init__(self, places: PlaceTree) -> None:
        """Nothing has been seen."""
        self.by_phase: dict[str, int] = {}
        """Looks by phase; forwards are in `forwards`."""
        self.forwards: dict[int | None, int] = {}
        """Looks within forwards, by place."""
        self.data: dict[int, int] = {}
        """Looks within loaders, by place."""
        self._places = places
        self._roles: dict[int, tuple[CodeType, Role | None]] = {}

    def close(self) -> None:
        """Keep the numbers only."""
        self._roles.clear()

    def count(self, steps: Iterable[Step], place: int | None) -> None:
        """One look; ``steps``: the stack's frames, the innermost first."""
        phase = self._phase(steps)
        if phase == "forward":
            self.forwards[place] = self.forwards.get(place, 0) + 1
        elif phase is not None:
            if phase == "data" and place is not None:
                self.data[place] = self.data.get(place, 0) + 1
            self.by_phase[phase] = self.by_phase.get(phase, 0) + 1

    def _phase(self, steps: Iterable[Step]) -> str | None:
        found: Role | None = None
        given = False
        for step in steps:
            role = self._role(step)
            if role is None:
                continue
            if role in _FINAL:
                return _FINAL[role]
            if role is Role.OPTIMIZER:
                if found is None and not given:
                    return "optimizer"
                # The program's own code, which was given to the step: what it does is not the
                # optimizer's, and libraries train within it.
                continue
            if role is Role.CLOSURE or role is Role.STEP:
                given = role is Role.CLOSURE
            elif role is Role.FORWARD:
                found = role
            elif role is Role.EVALUATION or found is Role.FORWARD:
                found = Role.EVALUATION
        if found is None:
            return None
        return "forward" if found is Role.FORWARD else "evaluation"

    def _role(self, step: Step) -> Role | None:
        known = self._roles.get(id(step.code))
        if known is None:
            # The code is kept with what is known of it: else another could get its id.
            module = dict.get(step.globals, "__name__")
            standing = self._places.standing(step)
            role = role_of(step.code, module if type(module) is str else "", standing)
            known = self._roles[id(step.code)] = (step.code, role)
        return known[1]
