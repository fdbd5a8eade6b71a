"""Models that compute on the CPU while an accelerator has nothing to do."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ...derive import line_of
from ...record import CellRecord, Forwards
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..text.code import dotted, read
from ..text.makers import assigned_to
from ..text.program import Program, Site
from .altered import is_altered
from .builds import mismatch
from .devices import type_of
from .modules import Root, root_of_forwards
from .times import seconds_of
from .work import fills, least_operations

_LEAST_CALLS = 3
_LEAST_S = 1.0
_LEAST_CALL_S = 0.002
_ROOM = 0.8
_FOOTPRINT = 4
"""Training needs weights, gradients and up to two states of the optimizer."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Forwards on the CPU that took long, beside an accelerator that could have run them."""

    program: Program
    line: int
    root: Root
    calls: int
    spent_s: float
    """Of the run's time in the line, as the samples share it out, less waits for data: whatever
    else the line does is in it."""
    accelerator: str
    devices: int
    """Accelerators that PyTorch can use."""

    def facts(self) -> list[str]:
        """What the record says, one sentence each."""
        module = self.root.module
        size = format_bytes(module.parameter_bytes + module.buffer_bytes)
        return [
            f"Line {self.line} took about {format_seconds(self.spent_s)} without waits for data, "
            f"with {count_of(self.calls, 'forward')} on the CPU.",
            f"All {size} of `{self.root.name}` are on the CPU.",
            f"PyTorch can use {count_of(self.devices, f'{self.accelerator} device')}, and no "
            "forward of the cell ran there.",
        ]


def idle_accelerator(record: CellRecord, history: Sequence[CellRecord]) -> Idle | None:
    """The evidence in a run; ``None`` if there is none or it seems to be meant.

    The line that runs the forwards must have taken at least a second and 2 ms a forward: what is
    smaller may well be faster on the CPU. The weights and the shapes of the input must explain
    that time, since the line may do something else, such as simulating what a small policy
    controls. Nobody has asked for the CPU by name, no forward of the run was on an accelerator,
    and the device has room for four times the weights.
    """
    state, grad = record.torch, record.grad
    if state is None or grad is None or state.accelerator is None or not state.device_count:
        return None
    if mismatch(state) is not None:
        return None
    if record.status != "ok" or record.duration_s < _LEAST_S:
        return None
    if any(entry.device not in (None, "cpu") for entry in grad.forwards):
        return None
    for entry in grad.forwards:
        layers, line = entry.layers, line_of(record, entry.place)
        if entry.device != "cpu" or line is None or is_altered(layers):
            continue
        calls, spent = _calls(record, entry), _spent(record, line)
        if calls is None or calls < _LEAST_CALLS or spent < max(_LEAST_S, calls * _LEAST_CALL_S):
            continue
        root = root_of_forwards(record, history, entry)
        if root is None or set(root.module.devices) != {"cpu"}:
            continue
        if not fills(record, least_operations(root.module, entry, calls), spent):
            continue
        program = Program(record, history)
        if _is_meant(program, root.name) or not _fits(record, root, state.accelerator):
            continue
        return Idle(program, line, root, calls, spent, state.accelerator, state.device_count)
    return None


def loaded_whole(idle: Idle) -> Site | None:
    """The load to the CPU, by PyTorch's own functions, that made the model itself, if one did."""
    for site in idle.program.calls("torch.load", "torch.jit.load"):
        if idle.root.name in assigned_to(site.call) and _maps_to_cpu(site):
            return site
    return None


def _maps_to_cpu(site: Site) -> bool:
    arguments = site.call.node.args
    where = site.call.keywords.get("map_location") or (arguments[1] if len(arguments) > 1 else None)
    return where is not None and _is_cpu(where)


def _is_cpu(node: ast.expr) -> bool:
    """``"cpu"`` or ``torch.device("cpu")``."""
    if isinstance(node, ast.Call) and node.args and dotted(node.func).endswith("device"):
        node = node.args[0]
    return isinstance(node, ast.Constant) and node.value == "cpu"


def _calls(record: CellRecord, entry: Forwards) -> int | None:
    """How many forwards there were; ``None`` if only some were counted and nothing else tells."""
    grad = record.grad
    if grad is None or grad.forwards_complete:
        return entry.calls
    others = [grad.optimizer_steps, grad.backwards, *(each.batches for each in record.data_loading)]
    return max(others) if max(others) > entry.calls else None


def _spent(record: CellRecord, line: int) -> float:
    return seconds_of(record, line) - sum(each.wait_s for each in record.data_loading)


def _is_meant(program: Program, name: str) -> bool:
    """Whether the text asks for the CPU, or takes this model there."""
    placement = program.record.placement
    if placement is not None and "cpu" in placement.devices_named.values():
        return True
    for cell in program.cells:
        code = read(cell.source) if "cpu" in cell.source else None
        if code is None:
            continue
        if any(
            isinstance(node, ast.Assign) and _is_cpu(node.value) for node in ast.walk(code.tree)
        ):
            return True
        for call in code.calls:
            told = any(_is_cpu(value) for value in (*call.node.args, *call.keywords.values()))
            if call.receiver == name and (call.method == "cpu" or told):
                return True
            if call.method == "set_default_device" and told:
                return True
    return False


def _fits(record: CellRecord, root: Root, accelerator: str) -> bool:
    module = root.module
    need = _FOOTPRINT * (module.parameter_bytes + module.buffer_bytes)
    for entry in record.memory:
        if type_of(entry.device) == accelerator and entry.total_bytes:
            others = entry.other_processes_bytes or 0
            return need <= _ROOM * entry.total_bytes - entry.allocated_after_bytes - others
    return True
