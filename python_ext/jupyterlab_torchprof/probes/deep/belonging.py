"""Which line, module and phase an operator belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .marks import Marks
from .nesting import Operator

_ENGINE = "autograd::engine::evaluate_function"
_OPTIMIZER = "Optimizer."
_DATA = "enumerate(DataLoader)"


@dataclass(slots=True)
class Belonging:
    """Of one operator."""

    phase: str
    """One of `PHASES`, or ``"other"``."""
    place: int | None
    """The line that called it; of a backward, the line whose result it goes through."""
    module: str | None


def annotated_phase(operator: Operator) -> str | None:
    """The phase that an event's own name tells."""
    if _is_of_engine(operator):
        return "backward"
    if operator.name.startswith(_OPTIMIZER):
        return "optimizer"
    return "data" if operator.name.startswith(_DATA) else None


def runs_closure(operator: Operator) -> bool:
    """Whether it is a step of an optimizer's that runs forwards and backwards itself."""
    return operator.name.startswith(_OPTIMIZER) and any(
        annotated_phase(each) == "backward" for each in operator.children
    )


class Belongings:
    """Of all operators of one piece."""

    def __init__(
        self,
        operators: Sequence[Operator],
        lines: Marks[int | None],
        modules: Marks[str | None],
        thread: int | None,
    ) -> None:
        """``thread``: that of the cell, in PyTorch's numbers, which lines and modules are of."""
        self._lines, self._modules, self._thread = lines, modules, thread
        self._known: dict[Operator, Belonging] = {}
        self._made: dict[tuple[int, int], Operator] = {}
        used: list[tuple[int, int]] = []
        for each in operators:  # the last that begins with a number makes the node
            if each.sequence >= 0 and not _is_of_engine(each):
                self._made[each.thread, each.sequence] = each
            elif each.sequence >= 0:
                used.append((each.forward_thread, each.sequence))
        self._made_nodes: set[Operator] = set()
        """Operators that made a node which a backward has run, and those around them."""
        for key in used:
            made = self._made.get(key)
            while made is not None and made not in self._made_nodes:
                self._made_nodes.add(made)
                made = made.parent
        for each in operators:  # a parent comes before its children
            self._known[each] = self._find(each)

    def of(self, operator: Operator) -> Belonging:
        """Where it belongs."""
        return self._known[operator]

    def maker(self, operator: Operator) -> Operator | None:
        """Of one that runs a backward's node: the operator that made it, where it is known."""
        if not _is_of_engine(operator):
            return None
        made = self._made.get((operator.forward_thread, operator.sequence))
        return None if made is None or made.start_ns > operator.start_ns else made

    def _find(self, operator: Operator) -> Belonging:
        above = None if operator.parent is None else self._known[operator.parent]
        if above is not None and above.phase == "backward":
            return above
        phase = annotated_phase(operator)
        if phase == "backward":
            return self._of_backward(operator)
        phase = phase or (above.phase if above is not None and above.phase != "other" else None)
        if runs_closure(operator):  # most of its own time may be the closure's
            return Belonging("other", self._lines.at(operator.start_ns), None)
        if phase is None and operator.parent is not None and runs_closure(operator.parent):
            phase = None if self._computes(operator) else "optimizer"
        if operator.thread != self._thread:
            return above or Belonging(phase or "other", None, None)
        module = self._modules.at(operator.start_ns)
        if phase is None:
            phase = "forward" if self._computes(operator) else "other"
        return Belonging(phase, self._lines.at(operator.start_ns), module)

    def _computes(self, operator: Operator) -> bool:
        """Whether a module runs it, or a backward goes through what it makes."""
        if operator.thread == self._thread and self._modules.at(operator.start_ns) is not None:
            return True
        return operator in self._made_nodes

    def _of_backward(self, operator: Operator) -> Belonging:
        """That of the operator which made the node; of none that a backward has made itself."""
        made = self._made.get((operator.forward_thread, operator.sequence))
        if made is None or made.start_ns > operator.start_ns or made not in self._known:
            return Belonging("backward", None, None)
        at = self._known[made]
        if at.phase == "backward":
            return Belonging("backward", None, None)
        return Belonging("backward", at.place, at.module)


def _is_of_engine(operator: Operator) -> bool:
    return operator.is_backward or operator.name.startswith(_ENGINE)
