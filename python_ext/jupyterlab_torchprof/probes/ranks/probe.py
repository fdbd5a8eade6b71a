"""What all probes have in common that see processes begin to compute for a cell."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ...health import Health
from ...record import CellRecord
from ..base import CellRun, Probe
from ..hooks.wrapping import forget_frame, stands_for
from .launches import Launches

Arguments = dict[str, Any]
"""Of a call, by the names of its parameters, defaults among them."""
Tell = Callable[[Arguments], int | None]
"""As `LaunchProbe._tell`."""


class LaunchProbe(Probe):
    """Writes ``ranks``, together with all others that share its launches.

    A subclass wraps a function by `_wrap`, and says in `_tell` what ranks get to know.
    """

    def __init__(self, health: Health, launches: Launches) -> None:
        """``launches``: of all ways to have processes compute."""
        super().__init__(health)
        self._launches = launches

    def detach(self) -> None:
        """Remove what ranks have written."""
        self._launches.close()

    def forked(self) -> None:
        """What was started is the parent's."""
        self._launches.forked()

    def begin(self, run: CellRun) -> None:
        """Nothing has been started."""
        self._launches.begin(run)

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Read what the ranks have written last."""
        self._launches.end(run, record)

    def _tell(self, asked: Arguments) -> int | None:
        """Change the arguments of a call, so that what it starts is measured.

        Returns the number of the launch; ``None``: it is not measured.
        """
        raise NotImplementedError

    def _done(self, result: Any, launch: int | None) -> None:
        """The call has returned; ``launch`` as `_tell` gave it."""

    def _failed(self, error: BaseException) -> None:
        """It has raised."""

    def _wrap(self, original: Callable[..., Any], tell: Tell | None = None) -> Callable[..., Any]:
        """``tell`` stands for `_tell`, where a probe wraps several functions."""
        signature, tell = inspect.signature(original), tell or self._tell

        @stands_for(original)
        def starts(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                args, kwargs, launch = self._told(signature, tell, args, kwargs)
                result = original(*args, **kwargs)
                self._done(result, launch)
                return result
            except BaseException as error:
                self._failed(error)
                forget_frame(error)
                raise

        return starts

    def _told(
        self,
        signature: inspect.Signature,
        tell: Tell,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> tuple[tuple[Any, ...], dict[str, Any], int | None]:
        """The call's arguments as ``tell`` has changed them, and the number of the launch."""
        try:
            call = signature.bind(*args, **kwargs)
            call.apply_defaults()
            launch = tell(call.arguments)
            if launch is not None:
                return call.args, call.kwargs, launch
        except Exception as error:
            self.health.failed(self.name, error)
        return args, kwargs, None
