"""Counts top-level forwards and measures the graphs of the first few on each line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from ... import clocks
from ...record import ForwardGraph, Forwards
from ..accelerators import accelerator_type
from ..base import CellRun
from ..graphs.forward_graph import WatchedGraph, measure_forward, storages_in
from ..objects.kinds import class_name, namespace_reader
from ..objects.layers import layer_counter
from ..objects.tensors import Tensors
from .first_look import FirstLook
from .onlookers import onlooker
from .recording import is_transforming

_MAX_GRAPHS = 9
_MAX_GRAPHS_ALIKE = 3
"""Of calls on one line, of one class and in one mode."""
_MAX_SHAPES = 16
_KNOWN = 3
"""Calls that are alike, after which one more is nothing new."""
_MAX_PARTS = 8
"""Parts of one root after which its graph is measured."""


class _Call(NamedTuple):
    """What was the case when a root module was called; counted by equality."""

    place: int | None
    module: str
    grad: bool
    inference: bool
    training: bool


@dataclass(slots=True)
class _Seen:
    """What was seen of the calls that are alike."""

    first: dict[str, Any]
    """Fields of `Forwards` as they were at the first of them."""
    first_s: float
    last_s: float
    calls: int = 0
    measured: int = 0
    looked_at: int = 0
    shapes: set[tuple[int, ...]] = field(default_factory=set)


class ForwardWatch:
    """Listens to `RootCalls` during one cell."""

    def __init__(self, measured: Callable[[WatchedGraph], None]) -> None:
        """``measured`` is told of each graph that was measured."""
        self._measured_one = measured
        self._torch: Any = None
        self._run: CellRun | None = None
        self._calls: dict[_Call, _Seen] = {}
        self._graphs: list[WatchedGraph] = []
        self._growing: WatchedGraph | None = None
        """That of a root whose parts are told, and how often it has grown."""
        self._grown = 0
        self._given: frozenset[int] = frozenset()
        """Storages that its first part got."""
        self.autocast: dict[str, str] = {}
        """Device type to dtype where autocast was on at a call."""

    def attach(self, torch: ModuleType) -> None:
        """Ask this PyTorch from now on."""
        self._torch = torch
        self._attributes = namespace_reader(torch.nn.Module)
        self._look = FirstLook(torch)

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._calls, self._graphs = {}, []
        self._growing, self._grown = None, 0
        self.autocast = {}
        self._run = run

    def end(self) -> tuple[list[Forwards], list[ForwardGraph]]:
        """What was seen since `begin`."""
        self._run = None
        forwards = [_entry(call, seen) for call, seen in self._calls.items()]
        graphs = [graph.entry for graph in self._graphs]
        self._graphs, self._growing = [], None
        return forwards, graphs

    def knows(self, module: Any, caller: FrameType) -> bool:
        """Whether such a call was seen some times: of this class, there, in these modes."""
        run = self._run
        seen = None if run is None else self._calls.get(self._call(run, module, caller))
        return seen is not None and seen.calls >= _KNOWN

    def called(self, module: Any, caller: FrameType) -> _Call | None:
        """Count the call."""
        run = self._run
        if run is None:
            return None
        torch = self._torch
        call = self._call(run, module, caller)
        autocast = autocast_now(torch)
        if autocast:
            self.autocast.update(autocast)
        if call.grad:
            run.work.graded += 1
        else:
            run.work.ungraded += 1
        at = round(clocks.perf_counter() - run.started, 4)
        seen, layers = self._calls.get(call), None
        if seen is None:
            first = self._first(module, autocast)
            layers = first["layers"]
            seen = self._calls[call] = _Seen(first, at, at)
        seen.calls += 1
        seen.last_s = at
        self._growing, self._grown = None, 0
        if run.local_modules is not None:
            run.local_modules.called(
                module, call.place, caller, training=call.training, layers=layers
            )
        return call

    def _call(self, run: CellRun, module: Any, caller: FrameType) -> _Call:
        own = self._attributes(module)
        return _Call(
            run.place(caller),
            class_name(_users_module(module, own)),
            self._torch.is_grad_enabled(),
            self._torch.is_inference_mode_enabled(),
            own.get("training") is True,
        )

    def returned(
        self, call: _Call | None, module: Any, inputs: tuple[Any, ...], output: Any
    ) -> None:
        """Look at the input, and measure the graph of the first few calls."""
        run = self._run
        seen = None if call is None else self._calls.get(call)
        if run is None or call is None or seen is None:
            return
        shape = self._look.shape(inputs)
        seen.looked_at += 1
        if shape is not None and len(seen.shapes) < _MAX_SHAPES:
            seen.shapes.add(shape)
        if call.grad and len(self._graphs) < _MAX_GRAPHS and seen.measured < _MAX_GRAPHS_ALIKE:
            self._measure(call, seen, module, inputs, output)

    def part_returned(
        self,
        call: _Call | None,
        module: Any,
        since: int,
        inputs: tuple[Any, ...],
        output: Any,
    ) -> None:
        """Measure the root's graph as far as it is: up to the last part that has returned."""
        run = self._run
        seen = None if call is None else self._calls.get(call)
        if run is None or call is None or seen is None or not call.grad:
            return
        if is_transforming(self._torch):
            return
        if self._growing is None:
            if len(self._graphs) >= _MAX_GRAPHS or seen.measured >= _MAX_GRAPHS_ALIKE:
                return
        elif self._grown >= _MAX_PARTS:
            self._growing.entry.truncated = True
            return
        if self._growing is None:
            self._given = storages_in(Tensors(self._torch), inputs)
        self._measure(call, seen, module, (), output, since=since)

    def _first(self, module: Any, autocast: dict[str, str]) -> dict[str, Any]:
        """What is written down of the first of the calls that are alike."""
        device, dtype = self._look.place(module)
        return {
            "device": device,
            "dtype": dtype,
            "autocast": None if device is None else autocast.get(device.partition(":")[0]),
            "layers": layer_counter(self._torch).count(module),
            "profiler": onlooker(sys._getframe(2)),
        }

    def _measure(
        self,
        call: _Call,
        seen: _Seen,
        module: Any,
        inputs: tuple[Any, ...],
        output: Any,
        *,
        since: int | None = None,
    ) -> None:
        if is_transforming(self._torch):
            return
        graph = measure_forward(
            Tensors(self._torch),
            module,
            inputs,
            output,
            place=call.place,
            name=call.module,
            training=call.training,
            since=since or 0,
            given=frozenset() if since is None else self._given,
        )
        if graph is None:
            return
        if since is not None:
            self._grown += 1
            if self._growing is not None:
                self._growing.replace(graph)
                return
            self._growing = graph
        seen.measured += 1
        self._graphs.append(graph)
        self._measured_one(graph)


def _entry(call: _Call, seen: _Seen) -> Forwards:
    return Forwards(
        **call._asdict(),
        **seen.first,
        first_s=seen.first_s,
        last_s=seen.last_s,
        calls=seen.calls,
        shapes=[list(shape) for shape in sorted(seen.shapes)],
        looked_at=seen.looked_at,
    )


def _users_module(module: Any, own: dict[str, Any]) -> Any:
    """The module that ``torch.compile`` has wrapped, or the module itself."""
    children: Any = own.get("_modules")
    wrapped = dict.get(children, "_orig_mod") if issubclass(type(children), dict) else None
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
    accelerator = accelerator_type(torch)
    return ("cpu",) if accelerator is None else ("cpu", accelerator)
