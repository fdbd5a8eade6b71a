"""The order of a convolution's weights in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, Severity
from ...units import format_seconds
from ...words import count_of
from ..evidence.modules import Root, root_of_forwards
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program
from ..text.makers import made_at
from ..text.sites import mentions

_TENSOR_CORES = [7, 0]
_LEAST_S = 1.0
_LEAST_CALLS = 8
_FLATTENS = (".view(", "as_strided")


@dataclass(frozen=True, slots=True)
class Planar:
    """Mixed-precision forwards whose convolutions have the default layout."""

    record: CellRecord
    program: Program
    entry: Forwards
    root: Root


class ChannelsLast(OldRule[Planar]):
    """2-D convolutions run in mixed precision with weights in the default layout.

    The finding is at least eight forwards under autocast (of many only
    some are counted), of a model whose convolutions are all
    two-dimensional and none in channels-last order, on a GPU with tensor cores, in a run of at
    least a second. Tensor cores want channels last, so that cuDNN turns data around otherwise.
    Nothing is predicted: the cell is run again to see. Inputs follow the weights by themselves.
    """

    id: ClassVar[str] = "channels-last"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Convolutions in mixed precision want their data with the channels last; in the default "
        "order it has to be turned around."
    )
    proof: ClassVar[str] = (
        "At least 8 forwards under autocast on a GPU with tensor cores, with 2-D convolutions "
        "only, none of them in channels-last order, in a run of at least a second."
    )
    cure: ClassVar[str] = (
        "Writes `model = model.to(memory_format=torch.channels_last)` where the model is made; "
        "run the cell again to see what it gains."
    )
    silent: ClassVar[str] = (
        "Without autocast; for 1-D and 3-D convolutions; where the notebook uses that order. "
        "Refused where the notebook calls `.view()`, which needs the default order."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Planar | None:
        """See the class."""
        state, grad = record.torch, record.grad
        if state is None or grad is None or (state.capability or [0]) < _TENSOR_CORES:
            return None
        if record.status != "ok" or record.duration_s < _LEAST_S:
            return None
        for entry in grad.forwards:
            layers = entry.layers
            if layers is None or entry.autocast not in ("float16", "bfloat16"):
                continue
            planar = layers.convs_2d and layers.convs == layers.convs_2d
            if not planar or layers.convs_2d_channels_last or entry.calls < _LEAST_CALLS:
                continue
            root = root_of_forwards(record, history, entry)
            program = Program(record, history)
            if root is not None and not mentions(program, "channels_last"):
                return Planar(record, program, entry, root)
        return None

    def title(self, finding: Planar) -> str:
        """One sentence."""
        return f"The convolutions of `{finding.root.name}` do not have their channels last."

    def explanation(self, finding: Planar) -> str:
        """What happens and what can be done."""
        return (
            "In 16 bits, tensor cores work with the channels last, and data in another order is "
            f"turned around first. With `{finding.root.name}` in that order its inputs follow. "
            "Results change by rounding; run the cell again to see what it gains."
        )

    def evidence(self, finding: Planar) -> list[str]:
        """Facts of the record."""
        layers, entry = finding.entry.layers, finding.entry
        assert layers is not None
        return [
            f"None of the {count_of(layers.convs_2d, '2-D convolution')} of `{entry.module}` has "
            "channels-last weights.",
            f"At least {count_of(entry.calls, 'forward')} ran under autocast in {entry.autocast}.",
            f"The run took {format_seconds(finding.record.duration_s)}.",
        ]

    def remedy(self, finding: Planar) -> Remedy:
        """Order the weights where the model is made."""
        from ...fixes.models import CannotFix, add_below  # libcst takes a while to import

        program, name, record = finding.program, finding.root.name, finding.record
        lines = [finding.entry.line] if finding.entry.line else []
        if mentions(program, *_FLATTENS):
            refusal = "The notebook calls .view(), which needs the default order: use .reshape()."
            return Remedy(refusal=refusal, lines=lines)
        maker = made_at(program, name)
        if maker is None:
            refusal = f"No cell makes `{name}` at top level: order its weights where it is made."
            return Remedy(refusal=refusal, lines=lines)
        cell, place = maker
        placement = record.placement
        try:
            fix = add_below(
                cell.source,
                place,
                name + " = " + name + ".to(memory_format={torch}.channels_last)",
                f"Put the channels of {name} last",
                torch_name=placement.torch_name if placement is not None else None,
                cell_id=cell.cell_id,
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=lines)
        code = None if cell is record else cell
        return Remedy(fix=fix, lines=[place.line], code=code)
