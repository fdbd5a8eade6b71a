"""What an optimizer is made of: options, parameters, state, and what wraps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...record import ParameterGroup
from .kinds import Kind, is_exactly
from .optimizer_parts import OptimizerParts, parameters_of
from .tensors import Tensors

_MOST_GROUPS = 20
_MAX_TENSORS = 20_000


@dataclass(slots=True)
class Described:
    """What changes only when an optimizer steps or gets another group."""

    groups: list[ParameterGroup] = field(default_factory=list)
    parameter_bytes: dict[str, int] = field(default_factory=dict)
    devices: list[str] = field(default_factory=list)
    state_bytes: dict[str, int] = field(default_factory=dict)
    parameters: int = 0


def without_wrappers(
    parts: OptimizerParts, listed: list[Any], names: dict[int, str], steps: Mapping[int, Any]
) -> list[Any]:
    """Without wrappers that took no step themselves.

    What they wrap gets their name, and stands for them; not what has a name of its own.
    """
    found: dict[int, Any] = {}
    for thing in listed:
        inner = None if id(thing) in steps else parts.wrapped(thing)
        name = names.get(id(thing))
        if inner is not None and name is not None:
            if _leads_to(name, names.get(id(inner), name)):
                names[id(inner)] = name
            else:
                inner = None
        kept = thing if inner is None else inner
        found[id(kept)] = kept
    return list(found.values())


def _leads_to(name: str, way: str) -> bool:
    """Whether a way, as the user would write it, begins with a name."""
    return way == name or way.startswith((f"{name}.", f"{name}["))


def first_rate(parts: OptimizerParts, optimizer: Any) -> float | None:
    """The learning rate of the first group."""
    groups = parts.groups(optimizer)
    return _number(dict.get(groups[0], "lr")) if groups else None


def groups_of(groups: list[dict[str, Any]]) -> list[ParameterGroup]:
    """The options of an optimizer's groups, bounded."""
    return [
        ParameterGroup(
            lr=_number(dict.get(group, "lr")),
            weight_decay=_number(dict.get(group, "weight_decay")),
            decoupled_weight_decay=_flag(dict.get(group, "decoupled_weight_decay")),
            fused=_flag(dict.get(group, "fused")),
            foreach=_flag(dict.get(group, "foreach")),
            parameters=len(parameters_of(group)),
        )
        for group in groups[:_MOST_GROUPS]
    ]


def _number(value: Any) -> float | None:
    """A plain number; a learning rate that is a tensor may be on a device, and is not read."""
    return float(value) if is_exactly(value, (int, float)) else None


def _flag(value: Any) -> bool | None:
    return value if type(value) is bool else None


def described(torch: Any, parts: OptimizerParts, optimizer: Any) -> Described:
    """Bytes of its parameters and its state, each storage once."""
    read = Tensors(torch)
    facts = Described()
    counted: set[int] = set()
    left = _MAX_TENSORS
    with read.quiet():
        for parameter in parts.parameters(optimizer):
            facts.parameters += 1
            for one, nbytes in _uncounted(read, parameter, counted):
                name, device = read.dtype_name(one), read.device_name(one)
                held = facts.parameter_bytes
                held[name] = held.get(name, 0) + nbytes
                if device not in facts.devices:
                    facts.devices.append(device)
        for _parameter, state in parts.states(optimizer):
            for value in list(dict.values(state)):
                left -= 1
                for one, nbytes in _uncounted(read, value, counted) if left >= 0 else ():
                    device, bytes_of = read.device_name(one), facts.state_bytes
                    bytes_of[device] = bytes_of.get(device, 0) + nbytes
    return facts


def _uncounted(read: Tensors, tensor: Any, counted: set[int]) -> Iterator[tuple[Any, int]]:
    """A tensor with its bytes, or the tensors that it is made of, as a shard in a DTensor is."""
    if read.kind(tensor) is not Kind.TENSOR:
        return
    storage = read.storage(tensor)
    parts = read.parts(tensor) if storage is None or not storage[1] else []
    for one in parts or [tensor]:
        storage = read.storage(one)
        if storage is not None and storage[0] not in counted:
            counted.add(storage[0])
            yield one, storage[1]
