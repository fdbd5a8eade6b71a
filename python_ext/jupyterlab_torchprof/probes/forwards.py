"""Counts top-level forwards, and follows the graphs of the first few to their end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from ..health import Health
from ..record import ForwardGraph, Forwards
from .base import CellRun
from .forward_graph import WatchedGraph, measure_forward
from .tensors import Tensors, class_name

_MAX_GRAPHS = 3
_MAX_FOLLOWED = 300
"""Nodes between a backward's outputs and the forwards' that are looked at in one backward."""
_MAX_BACKWARDS = 200
"""Backwards of a cell that are looked at."""


class _Call(NamedTuple):
    """What was the case when a root module was called; counted by equality."""

    line: int | None
    module: str
    grad: bool
    inference: bool
    training: bool


class ForwardWatch:
    """Listens to `RootCalls` and `Backwards` during one cell."""

    def __init__(self, health: Health) -> None:
        """Failures are reported to ``health``."""
        self._health = health
        self._torch: Any = None
        self._run: CellRun | None = None
        self._calls: dict[_Call, int] = {}
        self._graphs: list[WatchedGraph] = []
        self._pending: list[WatchedGraph] = []
        self._there_before: list[WatchedGraph] = []
        self._backwards_left = 0
        self.autocast: dict[str, str] = {}

    def attach(self, torch: ModuleType) -> None:
        """Ask this PyTorch from now on."""
        self._torch = torch
        self._attributes = torch.nn.Module.__dict__["__dict__"].__get__
        self._grad_fn = torch._C.TensorBase.grad_fn.__get__

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._calls = {}
        self._graphs, self._pending, self._there_before = [], [], []
        self._backwards_left = _MAX_BACKWARDS
        self.autocast = {}
        self._run = run

    def end(self) -> tuple[list[Forwards], list[ForwardGraph]]:
        """What was seen since `begin`."""
        self._run = None
        for graph in self._pending:
            graph.entry.fate = "held" if graph.is_held() else "dropped"
        forwards = [Forwards(**call._asdict(), calls=n) for call, n in self._calls.items()]
        graphs = [graph.entry for graph in self._graphs]
        self._graphs, self._pending, self._there_before = [], [], []
        return forwards, graphs

    # --- root calls --------------------------------------------------------------------------

    def called(self, module: Any, frame: FrameType) -> _Call | None:
        """Count the call."""
        run = self._run
        if run is None:
            return None
        began = time.perf_counter()
        torch = self._torch
        own = self._attributes(module)
        call = _Call(
            line=run.line(frame),
            module=class_name(_users_module(module, own)),
            grad=torch.is_grad_enabled(),
            inference=torch.is_inference_mode_enabled(),
            training=own.get("training") is True,
        )
        self._calls[call] = self._calls.get(call, 0) + 1
        self.autocast.update(autocast_now(torch))
        run.overhead_s += time.perf_counter() - began
        return call

    def returned(
        self, call: _Call | None, module: Any, inputs: tuple[Any, ...], output: Any
    ) -> None:
        """Measure the graph of the first few calls."""
        run = self._run
        if run is None or call is None or not call.grad or len(self._graphs) >= _MAX_GRAPHS:
            return
        if _is_transforming(self._torch):
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
            self._graphs.append(graph)
            self._pending.append(graph)
        run.overhead_s += time.perf_counter() - began

    # --- backwards ---------------------------------------------------------------------------

    def before_backward(self, outputs: Any) -> None:
        """See which graphs this backward runs through, and which are gone already."""
        self._there_before = []
        if not self._pending or self._backwards_left <= 0:
            return
        self._backwards_left -= 1
        for graph in self._pending:
            if graph.is_gone():
                graph.entry.fate = "dropped"
        self._pending = [graph for graph in self._pending if graph.entry.fate == "held"]
        wanted = frozenset().union(*(graph.numbers for graph in self._pending))
        if wanted:
            with self._torch._C.DisableTorchFunction():
                reached = _reached(self._roots(outputs), wanted)
            for graph in self._pending:
                if graph.numbers & reached:
                    graph.entry.fate = "consumed"
        self._pending = [graph for graph in self._pending if graph.entry.fate == "held"]
        self._there_before = list(self._pending)

    def _roots(self, outputs: Any) -> list[Any]:
        """Nodes that a backward starts from: of tensors, or of gradient edges."""
        nodes = [
            output.node if type(output).__name__ == "GradientEdge" else self._grad_fn(output)
            for output in outputs
        ]
        return [node for node in nodes if node is not None]

    def after_backward(self) -> None:
        """A graph that went away during a backward was used by it, however far off it was."""
        for graph in self._there_before:
            if graph.is_gone():
                graph.entry.fate = "consumed"
        if self._there_before:
            self._pending = [graph for graph in self._pending if graph.entry.fate == "held"]
            self._there_before = []


def _users_module(module: Any, own: dict[str, Any]) -> Any:
    """The module that ``torch.compile`` has wrapped, or the module itself."""
    children = own.get("_modules")
    wrapped = children.get("_orig_mod") if isinstance(children, dict) else None
    return module if wrapped is None else wrapped


def autocast_now(torch: Any) -> dict[str, str]:
    """Device type to dtype where autocast is on."""
    on = {}
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


def _reached(roots: list[Any], wanted: frozenset[int]) -> set[int]:
    """Which of the nodes with these sequence numbers the roots can reach.

    Numbers grow as nodes are made, so whatever is older than all that are wanted leads to none.
    """
    oldest = min(wanted)
    reached: set[int] = set()
    seen = {id(root): root for root in roots}
    stack = list(roots)
    for _ in range(_MAX_FOLLOWED):
        if not stack or reached == wanted:
            break
        node = stack.pop()
        number = node._sequence_nr()
        if number in wanted:
            reached.add(number)
        if number < oldest or number > sys.maxsize:
            continue
        for following, _input in node.next_functions:
            if following is not None and id(following) not in seen:
                seen[id(following)] = following
                stack.append(following)
    return reached
