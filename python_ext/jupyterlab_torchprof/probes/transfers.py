"""Observes tensors that are copied between host and accelerator, one by one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, ClassVar

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..record import CellRecord, Transfer
from .base import CellRun, Probe
from .devices import Devices
from .hooks.wrapping import forget_frame, stands_for
from .objects.kinds import look_up
from .torch_import import imported_torch

_TO_HOST = ("item", "tolist", "numpy", "cpu")
_ANYWHERE = ("to", "cuda")
_MAX_LINES = 100

_Key = tuple[str, int | None, str, str, bool]


class TransfersProbe(Probe):
    """Writes ``transfers``, once the program has started an accelerator."""

    name: ClassVar[str] = "transfers"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, devices: Devices) -> None:
        """``devices`` says whether there is an accelerator."""
        super().__init__(health)
        self._devices = devices
        self._run: CellRun | None = None
        self._seen: dict[_Key, Transfer] = {}
        self._patches: Patches | None = None
        self._wrapped = False
        self._torch_files = ""
        self._is_compiling: Callable[[], bool] = lambda: False

    def attach(self, patches: Patches) -> None:
        """Nothing is wrapped before there is an accelerator: on the CPU nothing is copied."""
        torch = imported_torch()
        assert torch is not None
        self._torch_files = str(torch.__file__).removesuffix("__init__.py")
        self._is_compiling = torch.compiler.is_compiling
        self._patches = Patches()

    def detach(self) -> None:
        """Restore the methods."""
        if self._patches is not None:
            self._patches.restore()
        self._patches, self._wrapped = None, False

    def begin(self, run: CellRun) -> None:
        """Count from zero; wrap the methods if the program has started a device since."""
        self._seen = {}
        self._run = run
        torch = imported_torch()
        if self._wrapped or self._patches is None or torch is None or not self._devices.names():
            return
        self._wrapped = True
        for method in (*_TO_HOST, *_ANYWHERE):
            self._patches.wrap(torch.Tensor, method, self._wrap(method))

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Write what was copied."""
        self._run = None
        found, self._seen = self._seen, {}
        record.transfers = [entry for entry in found.values() if entry.calls]

    def _wrap(self, method: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        to_host = method in _TO_HOST
        clock = clocks.perf_counter
        is_compiling = self._is_compiling
        overrides = _Overrides(imported_torch())

        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            # All that a call pays that copies nothing is in this function.
            @stands_for(original)
            def copied(tensor: Any, *args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                try:
                    if id(type(tensor)) not in overrides.plain:
                        if overrides.of(tensor):
                            return overrides.call(original, tensor, args, kwargs)
                        # To ask it for its device may run its code.
                        return original(tensor, *args, **kwargs)
                    if (
                        self._run is None
                        or is_compiling()
                        or (to_host and tensor.device.type == "cpu")
                    ):
                        return original(tensor, *args, **kwargs)
                    began = clock()
                    result = original(tensor, *args, **kwargs)
                    ended = clock()
                    if result is not tensor and (
                        to_host or _is_elsewhere(tensor, result, overrides)
                    ):
                        self._note(method, tensor, result, (args, kwargs), ended - began)
                    return result
                except BaseException as error:
                    forget_frame(error)
                    raise

            return copied

        return wrap

    def _note(
        self,
        method: str,
        tensor: Any,
        result: Any,
        arguments: tuple[tuple[Any, ...], dict[str, Any]],
        seconds: float,
    ) -> None:
        try:
            run = self._run
            caller = sys._getframe(2)
            if run is None or self._is_torchs(caller):
                return
            began = clocks.perf_counter()
            target = str(result.device) if method in ("to", "cuda") else "cpu"
            args, kwargs = arguments
            non_blocking = kwargs.get("non_blocking") is True or (
                method == "to" and any(argument is True for argument in args[1:2])
            )
            source = str(tensor.device)
            place = run.place(caller)
            key = (method, place, source, target, non_blocking)
            entry = self._seen.get(key)
            if entry is None:
                if len(self._seen) >= _MAX_LINES:
                    return
                entry = self._seen[key] = Transfer(
                    method=method,
                    source=source,
                    target=target,
                    place=place,
                    calls=0,
                    moved_bytes=0,
                    duration_s=0.0,
                    pinned=_is_pinned(tensor) if target != "cpu" else None,
                    non_blocking=non_blocking,
                )
            entry.calls += 1
            entry.moved_bytes += tensor.numel() * tensor.element_size()
            entry.duration_s += seconds
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)

    def _is_torchs(self, frame: FrameType | None) -> bool:
        """PyTorch's own code copies for printing, in optimizers, in loaders."""
        return frame is not None and frame.f_code.co_filename.startswith(self._torch_files)


class _Overrides:
    """Classes of tensors that handle calls themselves.

    PyTorch looks the function that it hands to them up by name, and would find the wrapper:
    ``UninitializedParameter`` compares it with those that it allows.
    """

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        self._usual = torch.Tensor.__torch_function__.__func__
        self._disabled = torch._C._disabled_torch_function_impl
        self.plain = frozenset(map(id, (torch.Tensor, torch.nn.Parameter)))
        """The ids of classes that handle nothing."""

    def of(self, tensor: Any) -> bool:
        """Whether this one's class does, and is to be asked now."""
        function = look_up(type(tensor), "__torch_function__")
        if type(function) in (staticmethod, classmethod):
            function = function.__get__(None, type(tensor))  # type: ignore[attr-defined]
        usual = getattr(function, "__func__", None) is self._usual or function is self._disabled
        return not usual and not self._torch._C._len_torch_function_stack()

    def call(
        self,
        original: Callable[..., Any],
        tensor: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """As PyTorch does it, with the function that it means."""
        kind = type(tensor)
        return kind.__torch_function__(original, (kind,), (tensor, *args), kwargs)


def _is_elsewhere(tensor: Any, result: Any, overrides: _Overrides) -> bool:
    """Whether a result is on a device of another kind; a mode may have made anything of it."""
    if result is tensor or id(type(result)) not in overrides.plain:
        return False
    return bool(result.device.type != tensor.device.type)


def _is_pinned(tensor: Any) -> bool | None:
    try:
        return bool(tensor.is_pinned())
    except Exception:  # wrappers and sparse tensors cannot say
        return None
