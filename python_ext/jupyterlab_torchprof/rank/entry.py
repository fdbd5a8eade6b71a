"""What a rank runs in the place of the user's function: the function, measured.

Where a function is imported, as in a process that was not forked, so is this module: it imports
little before the measurement begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..probes.hooks.wrapping import forget_frame
from ..ranks.stream import RankOptions

if TYPE_CHECKING:
    from .process import RankMeasurement


class RankEntry:
    """Calls the user's function in a process that was just started, and measures it there.

    It can be pickled if the function can. Whatever fails in the measurement, the function runs.
    """

    def __init__(self, function: Callable[..., Any], options: RankOptions) -> None:
        """``function``: what the process was to run."""
        self._function = function
        self._options = options

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it."""
        __tracebackhide__ = True
        measurement = _begun(self._options, args[0] if args else None)
        try:
            result = self._function(*args, **kwargs)
        except BaseException as error:
            if measurement is not None:
                measurement.end(error)
            forget_frame(error)
            raise
        if measurement is not None:
            measurement.end(None)
        return result


def _begun(options: RankOptions, index: Any) -> RankMeasurement | None:
    """The measurement of this process; ``None`` if it could not begin."""
    try:
        from .process import RankMeasurement

        return RankMeasurement(options, index if type(index) is int else None)
    except Exception:  # the program goes first, and nobody is there to be told
        return None
