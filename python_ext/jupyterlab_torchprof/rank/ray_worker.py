"""A worker of Ray Train, measured while it runs the user's function."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any

import msgspec

from ..measurement import Measurement
from ..probes.hooks.wrapping import forget_frame
from ..probes.places.texts import CellText, CellTexts
from ..ranks.calls import read_known
from ..ranks.folders import is_own
from ..ranks.launch_numbers import take_number
from ..ranks.stream import RankOptions
from .process import RankMeasurement


class MeasuredWorker:
    """A context in the place of Ray's own, which it enters and leaves.

    So no frame of ours is around the function: Ray leaves out the first three of an error's
    traceback, and the others are the user's.
    """

    def __init__(
        self, within: AbstractContextManager[Any], function: Any, told: dict[str, Any]
    ) -> None:
        """``within``: Ray's own. ``function``: the user's. ``told``: of the cell that has it run.

        Enters nothing.
        """
        self._within, self._function, self._told = within, function, told
        self._measurement: RankMeasurement | None = None

    def __enter__(self) -> Any:
        """Begin, on the thread that runs the function."""
        try:
            entered = self._within.__enter__()
        except BaseException as error:
            forget_frame(error)
            raise
        try:
            self._measurement = _begun(self._function, self._told)
        except Exception:  # the program goes first, and nobody is there to be told
            self._measurement = None
        return entered

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """The function has returned or raised."""
        measurement, self._measurement = self._measurement, None
        if measurement is not None:
            measurement.end(error)
        return self._within.__exit__(kind, error, traceback)


def _begun(function: Any, told: dict[str, Any]) -> RankMeasurement | None:
    """The measurement of this worker; ``None``: none is asked for here.

    On another machine there is no such folder. In Ray's local mode this is the kernel itself, which
    measures already.
    """
    options = msgspec.convert(told, RankOptions)
    folder = Path(options.folder)
    if Measurement.is_any_open() or not is_own(folder):
        return None
    context: Any = sys.modules["ray.train"].get_context()
    rank = int(context.get_world_rank())
    known = read_known(options)
    launch = take_number(folder, options.launch, rank)
    if launch is None:
        return None
    texts = CellTexts()
    texts.tell({name: CellText(each.source_hash, each.shift) for name, each in known.files.items()})
    options = msgspec.structs.replace(
        options, source=known.source, launch=launch, processes=int(context.get_world_size())
    )
    namespace = function.__globals__ if type(function) is FunctionType else None
    return RankMeasurement(options, rank, namespace, texts=texts)
