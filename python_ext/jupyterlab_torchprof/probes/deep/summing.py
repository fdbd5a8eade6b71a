"""From operators to the rows of the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ...record import DeepLine, DeepModule, DeepOperator
from .belonging import Belonging, Belongings
from .line_numbers import Numbers
from .marks import Marks
from .nesting import Operator, is_outermost
from .per_step import PerStep
from .tree import TimeTree

_What = TypeVar("_What")

MOST_OPERATORS = 400
MOST_LINES = 200
MOST_MODULES = 400


@dataclass(slots=True)
class _Row:
    calls: int = 0
    self_ns: int = 0
    total_ns: int = 0
    flops: int | None = None
    places: dict[int | None, int] = field(default_factory=dict)
    modules: dict[str | None, int] = field(default_factory=dict)


class Sums:
    """Adds up the pieces of a window."""

    def __init__(self, per_step: PerStep | None = None) -> None:
        """Nothing was added yet. ``per_step``: the steps, where they are whole."""
        self._per_step = per_step or PerStep()
        self._rows: dict[tuple[str, str], _Row] = {}
        self._lines: dict[int, DeepLine] = {}
        self._modules: dict[str, DeepModule] = {}
        self._likeness: dict[int, Counter[int]] = {}
        """Of each place: short operators that it called, by name and shapes."""
        self._numbers: dict[int, Numbers] = {}
        """By line."""
        self.tree = TimeTree()
        self.operators_ns = 0
        self.flops = 0

    def add(self, operators: Sequence[Operator], belongings: Belongings) -> None:
        """The operators of one piece, each behind that which it is in."""
        counted: set[Operator] = set()
        for each in operators:
            at = belongings.of(each)
            flops = None
            if each.parent in counted:  # its operations are those of the one around it
                counted.add(each)
            else:
                flops = each.flops
                if flops is not None:
                    counted.add(each)
            own_ns = each.self_ns
            self._add_row(each, own_ns, at, flops)
            self._add_line(each, own_ns, at, flops)
            self._add_module(each, own_ns, at, flops)
            self.tree.add(each.name, at, own_ns)
            self.operators_ns += own_ns
            self.flops += flops or 0

    def add_lines(self, lines: Marks[int | None], begin_ns: int, end_ns: int) -> None:
        """Time on lines within a span."""
        for since, until in self._per_step.spans(begin_ns, end_ns):
            for begin, end, place in lines.within(since, until):
                if place is not None:
                    self._line(place).host_s += (end - begin) / 1e9
                    self._per_step.add(("line", place), begin, end - begin)
        for place, count in lines.beginnings(begin_ns, end_ns).items():
            if place is not None:
                self._line(place).entered += count

    def operators(self) -> list[DeepOperator]:
        """Those with most time of their own first."""
        rows = sorted(self._rows.items(), key=lambda item: -item[1].self_ns)
        return [
            DeepOperator(
                name=name,
                phase=phase,
                calls=row.calls,
                self_s=row.self_ns / 1e9,
                total_s=row.total_ns / 1e9,
                flops=row.flops,
                place=_most(row.places),
                module=_most(row.modules),
                spread_s=self._per_step.spread_s((name, phase)),
            )
            for (name, phase), row in rows[:MOST_OPERATORS]
        ]

    def lines(self) -> list[DeepLine]:
        """Those that took most first."""
        lines = sorted(self._lines.values(), key=lambda line: -(line.host_s + line.backward_s))
        for line in lines[:MOST_LINES]:
            numbers = self._numbers.get(line.place)
            if numbers is not None:
                line.device, line.dtype = numbers.device, numbers.dtype
            line.spread_s = self._per_step.spread_s(("line", line.place))
            looked_at = self._likeness.get(line.place, Counter())
            in_a_pass = round(line.calls / line.entered) if line.entered else 0
            line.looked_at = looked_at.total()
            line.alike = sum(count for _like, count in looked_at.most_common(max(1, in_a_pass)))
        return lines[:MOST_LINES]

    def modules(self) -> list[DeepModule]:
        """Those that took most first."""
        modules = sorted(
            self._modules.values(), key=lambda each: -(each.forward_s + each.backward_s)
        )
        for each in modules[:MOST_MODULES]:
            each.spread_s = self._per_step.spread_s(("module", each.name))
        return modules[:MOST_MODULES]

    def _add_row(self, operator: Operator, own_ns: int, at: Belonging, flops: int | None) -> None:
        key = (operator.name, at.phase)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = _Row()
        self._per_step.add(key, operator.start_ns, own_ns)
        row.calls += 1
        row.self_ns += own_ns
        row.total_ns += operator.total_ns
        if flops is not None:
            row.flops = (row.flops or 0) + flops
        row.places[at.place] = row.places.get(at.place, 0) + own_ns
        row.modules[at.module] = row.modules.get(at.module, 0) + own_ns

    def _add_line(self, operator: Operator, own_ns: int, at: Belonging, flops: int | None) -> None:
        if at.place is None:
            return
        line, seconds = self._line(at.place), own_ns / 1e9
        line.flops += flops or 0
        line.moved_bytes += operator.moved_bytes
        if operator.moved_bytes or flops:
            self._numbers.setdefault(at.place, Numbers()).add(operator, flops or 0)
        if at.phase == "backward":
            line.backward_s += seconds
            self._per_step.add(("line", at.place), operator.start_ns, own_ns)
        elif not operator.is_annotation:  # which has Python in it, also of other lines
            line.operators_s += seconds
            if is_outermost(operator):
                line.calls += 1
                if operator.likeness is not None:
                    self._likeness.setdefault(at.place, Counter())[operator.likeness] += 1

    def _add_module(
        self, operator: Operator, own_ns: int, at: Belonging, flops: int | None
    ) -> None:
        if at.module is None:
            return
        self._per_step.add(("module", at.module), operator.start_ns, own_ns)
        module = self._modules.setdefault(at.module, DeepModule(name=at.module))
        module.flops += flops or 0
        if at.phase == "backward":
            module.backward_s += own_ns / 1e9
        else:
            module.forward_s += own_ns / 1e9

    def _line(self, place: int) -> DeepLine:
        return self._lines.setdefault(place, DeepLine(place=place))


def _most(shares: dict[_What, int]) -> _What | None:
    """What has the largest share, if it is known."""
    return max(shares, key=lambda what: shares[what], default=None)
