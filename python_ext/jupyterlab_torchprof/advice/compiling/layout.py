"""The order of a convolution's weights in memory."""

from __future__ import annotations

from collections.abc import Callable

from ...record import Forwards
from ...units import format_seconds
from ...words import count_of
from ..evidence.altered import is_altered
from ..evidence.gain import has_tensor_cores
from ..evidence.modules import root_of_forwards
from ..grammar import Case, Finding, Remedy, Rule
from ..text.makers import made_at
from ..text.sites import mentions
from .making import write_below

_LEAST_S = 1.0
_LEAST_CALLS = 8
_FLATTENS = (".view(", "as_strided")


class ChannelsLast(Rule):
    """Convolutions in mixed precision want their data with the channels last; in the default order
    it has to be turned around.

    Evidence: At least 8 forwards under autocast on a GPU with tensor cores, with 2-D convolutions
    only, none of them in channels-last order, in a run of at least a second.

    Fix: Writes `model = model.to(memory_format=torch.channels_last)` where the model is made; run
    the cell again to see what it gains.

    Silent: Without autocast; for 1-D and 3-D convolutions; where the notebook uses that order.
    Refused where the notebook calls `.view()`, which needs the default order.

    Sources:
        https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html

    Notes: Nothing is predicted. Inputs follow the weights by themselves. Of many forwards only some
    are counted.
    """

    id = "channels-last"
    severity = "low"
    alters = "run"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Forwards under autocast through convolutions in the default order."""
        record, state = case.record, case.record.torch
        if state is None or not has_tensor_cores(state):
            return None
        if record.status != "ok" or record.duration_s < _LEAST_S:
            return None
        for entry in case.grad.forwards:
            convolutions = _planar(entry)
            if not convolutions or entry.calls < _LEAST_CALLS:
                continue
            root = root_of_forwards(record, case.history, entry)
            if root is None or mentions(case.program, "channels_last"):
                continue
            return Finding(
                title=f"The convolutions of `{root.name}` do not have their channels last.",
                explanation=(
                    "In 16 bits, tensor cores work with the channels last, and data in another "
                    f"order is turned around first. With `{root.name}` in that order its inputs "
                    "follow. Results change by rounding; run the cell again to see what it gains."
                ),
                evidence=[
                    f"None of the {count_of(convolutions, '2-D convolution')} of `{entry.module}` "
                    "has channels-last weights.",
                    f"At least {count_of(entry.calls, 'forward')} ran under autocast in "
                    f"{entry.autocast}.",
                    f"The run took {format_seconds(record.duration_s)}.",
                ],
                remedy=_put_channels_last(case, entry, root.variable),
            )
        return None


def _planar(entry: Forwards) -> int:
    """How many 2-D convolutions ran in 16 bits, if none is of another kind or in that order."""
    layers = entry.layers
    if layers is None or is_altered(layers) or entry.autocast not in ("float16", "bfloat16"):
        return 0
    if layers.convs != layers.convs_2d or layers.convs_2d_channels_last:
        return 0
    return layers.convs_2d


def _put_channels_last(case: Case, entry: Forwards, name: str) -> Callable[[], Remedy]:
    """Order the weights where the model is made."""
    if mentions(case.program, *_FLATTENS):
        return case.by_hand(
            "The notebook calls .view(), which needs the default order: use .reshape().",
            lines=[case.line(entry.place)],
        )
    maker = made_at(case.program, name)
    if maker is None:
        return case.by_hand(
            f"No cell makes `{name}` at top level: order its weights where it is made.",
            lines=[case.line(entry.place)],
        )
    statement = f"{name} = {name}.to(memory_format={{torch}}.channels_last)"
    return write_below(case, maker, statement, f"Put the channels of {name} last")
