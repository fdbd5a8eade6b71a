"""Work of a window that could be done in another way: its calls on the same shapes together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ...record import DeepInput, DeepWork
from .alternatives import alternatives
from .attention import attentions
from .belonging import Belonging, Belongings
from .casts import casts
from .inputs import CONVOLUTION, PRODUCTS, UPDATE, Inputs
from .layouts import layouts
from .nesting import Operator
from .pointwise import chains

MOST_WORK = 40
_LEAST = 0.01
"""A smaller share of the window is not told."""
_MOST_PARAMETERS = 200
_MOST_OPTIMIZERS = 2
"""They have all their parameters, which takes space in the record."""
_LEAST_STEPS = 2
_STEP = "Optimizer.step#"
_KINDS = Literal["operator", "attention", "optimizer", "pointwise", "casts", "layout"]


@dataclass(slots=True)
class _Row:
    kind: _KINDS
    name: str
    at: Belonging
    inputs: Inputs
    module: str | None
    """``None``: several, or none."""
    masked: bool = False
    dropout: bool = False
    calls: int = 0
    total_ns: int = 0
    backward_ns: int = 0
    operators: int = 1
    moved_bytes: int = 0


_Span = tuple[int, int, _Row]
"""Begin and end of operators, and the row that they belong to."""


class Works:
    """Adds up the pieces of a window."""

    def __init__(self) -> None:
        """Nothing was added yet."""
        self._rows: dict[tuple[Any, ...], _Row] = {}

    def add(
        self,
        operators: Sequence[Operator],
        belongings: Belongings,
        *,
        boundaries_ns: Sequence[int] = (),
        allocated: Collection[int] = (),
    ) -> None:
        """The operators of one piece, by thread and time; `casts` says what the others are for.

        Of pieces without whole steps there are no ``boundaries_ns``.
        """
        for each in operators:
            if each.inputs is not None and (each.name in PRODUCTS or each.name == CONVOLUTION):
                self._add("operator", each.name, belongings.of(each), each.inputs, each.total_ns)
        self._add_attentions(operators, belongings)
        self._add_chains(operators, belongings)
        self._add_updates(operators, belongings)
        for layout in layouts(operators, belongings):
            self._add("layout", layout.name, layout.at, layout.inputs, layout.total_ns)
        if len(boundaries_ns) > _LEAST_STEPS:
            for cast in casts(operators, belongings, boundaries_ns, allocated):
                row = self._add("casts", cast.dtype, cast.at, cast.inputs, cast.total_ns)
                row.calls, row.moved_bytes = cast.calls, cast.nbytes

    def rows(self, *, window_s: float, threads: int) -> list[DeepWork]:
        """Those that took most first; ``threads``: those of PyTorch's."""
        rows = sorted(self._rows.values(), key=lambda row: -(row.total_ns + row.backward_ns))
        least_ns = _LEAST * window_s * 1e9
        told = [row for row in rows if row.total_ns + row.backward_ns >= least_ns]
        long = [row for row in told if row.kind == "optimizer"][_MOST_OPTIMIZERS:]
        found = [_told(row) for row in told if row not in long][:MOST_WORK]
        for work in found:
            work.alternatives = alternatives(work, threads)
        return found

    def _add(
        self, kind: _KINDS, name: str, at: Belonging, inputs: Inputs, total_ns: int, *more: bool
    ) -> _Row:
        inputs = inputs.alike()
        key = (kind, name, at.phase, at.place, inputs, *more)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = _Row(kind, name, at, inputs, at.module, *more)
        elif row.module != at.module:
            row.module = None
        row.calls += 1
        row.total_ns += total_ns
        return row

    def _add_attentions(self, operators: Sequence[Operator], belongings: Belongings) -> None:
        spans: list[_Span] = []
        for each in attentions(operators, belongings):
            flags = (each.masked, each.dropout)
            row = self._add("attention", "attention", each.at, each.inputs, each.total_ns, *flags)
            spans.append((each.first.start_ns, each.last.end_ns, row))
        _add_backwards(spans, operators, belongings)

    def _add_chains(self, operators: Sequence[Operator], belongings: Belongings) -> None:
        spans: list[_Span] = []
        for each in chains(operators, belongings):
            row = self._add("pointwise", "pointwise", each.at, each.inputs, each.total_ns)
            row.operators = max(row.operators, each.count)
            row.moved_bytes += each.moved_bytes
            spans.append((each.first.start_ns, each.last.end_ns, row))
        _add_backwards(spans, operators, belongings)

    def _add_updates(self, operators: Sequence[Operator], belongings: Belongings) -> None:
        """Steps of Adam's that take the parameters one by one."""
        steps: dict[Operator, list[Inputs]] = {}
        for each in operators:
            if each.name == UPDATE and each.inputs is not None:
                around = each.parent
                while around is not None and not around.name.startswith(_STEP):
                    around = around.parent
                if around is not None:
                    steps.setdefault(around, []).append(each.inputs)
        for step, updated in steps.items():
            if len(updated) <= _MOST_PARAMETERS:
                name = step.name.removeprefix(_STEP).partition(".")[0]
                parameters = Inputs(tuple(each.tensors[0] for each in updated))
                self._add("optimizer", name, belongings.of(step), parameters, step.total_ns)


def _add_backwards(
    spans: Sequence[_Span], operators: Sequence[Operator], belongings: Belongings
) -> None:
    """Give the rows the time of the backwards through what their operators have made."""
    begins = [begin for begin, _end, _row in spans]
    for each in operators if spans else ():
        maker = belongings.maker(each) if each.parent is None else None
        index = -1 if maker is None else bisect_right(begins, maker.start_ns) - 1
        if maker is not None and index >= 0 and maker.end_ns <= spans[index][1]:
            spans[index][2].backward_ns += each.total_ns


def _told(row: _Row) -> DeepWork:
    tensors = row.inputs.tensors
    return DeepWork(
        kind=row.kind,
        name=row.name,
        phase=row.at.phase,
        device=tensors[0].device,
        inputs=[
            DeepInput(
                shape=list(each.shape),
                dtype=each.dtype,
                strides=None if each.strides is None else list(each.strides),
            )
            for each in tensors
        ],
        calls=row.calls,
        total_s=row.total_ns / 1e9,
        backward_s=row.backward_ns / 1e9,
        operators=row.operators,
        moved_bytes=row.moved_bytes,
        place=row.at.place,
        module=row.module,
        numbers=[list(each) for each in row.inputs.numbers],
        masked=row.masked,
        dropout=row.dropout,
    )
