"""Counts top-level forwards and measures the graphs of the first few on each line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, NamedTuple

from ...record import ForwardGraph, Forwards
from ..base import CellRun
from ..graphs.forward_graph import WatchedGraph, measure_forward
from ..objects.kinds import class_name, namespace_reader
from ..objects.tensors import Tensors
from .called_lines import CalledLines

_MAX_GRAPHS = 9
_MAX_GRAPHS_ALIKE = 3
"""Of calls on one line, of one class and in one mode."""


class _Call(NamedTuple):
    """What was the case when a root module was called; counted by equality."""

    line: int | None
    module: str
    grad: bool
    inference: bool
    training: bool


class ForwardWatch:
    """Listens to `RootCalls` during one cell."""

    def __init__(self, measured: Callable[[WatchedGraph], None]) -> None:
        """``measured`` is told of each graph that was measured."""
        self._measured_one = measured
        self._torch: Any = None
        self._run: CellRun | None = None
        self._lines: CalledLines | None = None
        self._calls: dict[_Call, int] = {}
        self._measured: dict[_Call, int] = {}
        self._graphs: list[WatchedGraph] = []
        self.autocast: dict[str, str] = {}
        """Device type to dtype where autocast was on at a call."""

    def attach(self, torch: ModuleType) -> None:
        """Ask this PyTorch from now on."""
        self._torch = torch
        self._attributes = namespace_reader(torch.nn.Module)

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._calls, self._measured, self._graphs = {}, {}, []
        self.autocast = {}
        self._run, self._lines = run, CalledLines(run)

    def end(self) -> tuple[list[Forwards], list[ForwardGraph]]:
        """What was seen since `begin`."""
        self._run = self._lines = None
        forwards = [Forwards(**call._asdict(), calls=n) for call, n in self._calls.items()]
        graphs = [graph.entry for graph in self._graphs]
        self._graphs = []
        return forwards, graphs

    def called(self, module: Any) -> _Call | None:
        """Count the call."""
        run, lines = self._run, self._lines
        if run is None or lines is None:
            return None
        began = time.perf_counter()
        torch = self._torch
        own = self._attributes(module)
        call = _Call(
            lines.look(),
            class_name(_users_module(module, own)),
            torch.is_grad_enabled(),
            torch.is_inference_mode_enabled(),
            own.get("training") is True,
        )
        self._calls[call] = self._calls.get(call, 0) + 1
        autocast = autocast_now(torch)
        if autocast:
            self.autocast.update(autocast)
        run.overhead_s += time.perf_counter() - began
        return call

    def returned(
        self, call: _Call | None, module: Any, inputs: tuple[Any, ...], output: Any
    ) -> None:
        """Measure the graph of the first few calls."""
        run = self._run
        if run is None or call is None or not call.grad or len(self._graphs) >= _MAX_GRAPHS:
            return
        measured = self._measured.get(call, 0)
        if measured >= _MAX_GRAPHS_ALIKE or _is_transforming(self._torch):
            return
        began = time.perf_counter()
        graph = measure_forward(
            Tensors(self._torch),
            module,
            inputs,
            output,
            line=call.line,
            name=call.module,
            training=call.training,
        )
        if graph is not None:
            self._measured[call] = measured + 1
            self._graphs.append(graph)
            self._measured_one(graph)
        run.overhead_s += time.perf_counter() - began


def _users_module(module: Any, own: dict[str, Any]) -> Any:
    """The module that ``torch.compile`` has wrapped, or the module itself."""
    children = own.get("_modules")
    wrapped = children.get("_orig_mod") if isinstance(children, dict) else None
    return module if wrapped is None else wrapped


def autocast_now(torch: Any) -> dict[str, str]:
    """Device type to dtype where autocast is on."""
    on: dict[str, str] = {}
    if not getattr(torch._C, "_is_any_autocast_enabled", lambda: True)():
        return on
    for device in _device_types(torch):
        if torch.is_autocast_enabled(device):
            on[device] = str(torch.get_autocast_dtype(device)).removeprefix("torch.")
    return on


def _device_types(torch: Any) -> Iterable[str]:
    accelerator = torch.accelerator.current_accelerator() if hasattr(torch, "accelerator") else None
    return ("cpu",) if accelerator is None else ("cpu", accelerator.type)


def _is_transforming(torch: Any) -> bool:
    """Within ``vmap``, ``torch.func.grad`` or a trace: tensors are not what they seem."""
    transforms = getattr(torch._C, "_functorch", None)
    stack = getattr(transforms, "peek_interpreter_stack", None)
    if stack is not None and stack() is not None:
        return True
    return torch._C._get_tracing_state() is not None
