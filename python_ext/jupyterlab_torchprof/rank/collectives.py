"""What PyTorch's flight recorder has of this process's collectives.

It is a ring that PyTorch keeps in any case. Read at the end of a run it costs below 0.1 s; with
stacks it would take seconds. Source: ``torch/csrc/distributed/c10d/FlightRecorder.hpp``.
"""

from __future__ import annotations

import pickle
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import clocks
from ..ranks.stream import Arrival
from ..record import Collectives, Waiting

_MOST_KINDS = 50
_MOST_ARRIVALS = 500
_BYTES = {
    "Byte": 1, "Char": 1, "Bool": 1, "Short": 2, "Half": 2, "BFloat16": 2,
    "Int": 4, "Float": 4, "Long": 8, "Double": 8, "ComplexFloat": 8, "ComplexDouble": 16,
}  # fmt: skip


def recorded(since: float) -> list[Mapping[str, Any]]:
    """The entries of the ring from then on, oldest first; none where PyTorch records none.

    ``since``: epoch seconds. A process that was forked has its parent's ring.
    """
    module: Any = sys.modules.get("torch._C._distributed_c10d")
    dump = getattr(module, "_dump_fr_trace", None)
    if dump is None:
        return []
    trace = pickle.loads(dump(includeCollectives=True, includeStackTraces=False, onlyActive=False))
    entries: list[Mapping[str, Any]] = trace.get("entries", [])
    return [
        entry
        for entry in entries
        if not entry.get("is_p2p") and int(entry["time_created_ns"]) >= since * 1e9
    ]


def numbers() -> list[int] | None:
    """How many collectives each group of this process has had; ``None``: nobody knows.

    To ask costs microseconds, while a ring that is full takes 50 ms to read.
    """
    module: Any = sys.modules.get("torch.distributed.distributed_c10d")
    if module is None or not module.is_initialized():
        return None
    try:
        return [group._get_sequence_number_for_group() for group in module._world.pg_map]
    except (AttributeError, RuntimeError):  # a backend that does not count, or another PyTorch
        return None


def backend_of(entry: Mapping[str, Any]) -> str | None:
    """``"gloo"`` of ``"gloo:all_reduce"``."""
    backend, colon, _name = str(entry["profiling_name"]).partition(":")
    return backend if colon else None


def totals(entries: Iterable[Mapping[str, Any]]) -> list[Collectives]:
    """By name and group, those with most calls first."""
    calls: Counter[tuple[str, str]] = Counter()
    size: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        key = (str(entry["profiling_name"]), _group(entry))
        calls[key] += 1
        size[key] += _input_bytes(entry)
    return [
        Collectives(name=name, group=group, calls=count, input_bytes=size[name, group])
        for (name, group), count in calls.most_common(_MOST_KINDS)
    ]


def arrivals(entries: Iterable[Mapping[str, Any]]) -> list[Arrival]:
    """The last ones, oldest first."""
    found = [
        (
            f"{_group(entry)} {entry['profiling_name']}",
            int(entry["collective_seq_id"]),
            int(entry["time_created_ns"]),
        )
        for entry in entries
    ]
    return found[-_MOST_ARRIVALS:]


def waiting(entries: Sequence[Mapping[str, Any]]) -> Waiting | None:
    """The last collective, if it has not ended."""
    last = max(entries, key=lambda entry: int(entry["time_created_ns"]), default=None)
    if last is None or last.get("retired") is not False or last.get("state") == "completed":
        return None
    return Waiting(
        name=str(last["profiling_name"]),
        group=_group(last),
        number=int(last["collective_seq_id"]),
        since_s=max(0.0, clocks.time() - int(last["time_created_ns"]) / 1e9),
    )


def _group(entry: Mapping[str, Any]) -> str:
    group = entry["process_group"]
    return str(group[-1] if isinstance(group, tuple | list) else group)


def _input_bytes(entry: Mapping[str, Any]) -> int:
    total = 0
    for shape, dtype in zip(entry["input_sizes"], entry["input_dtypes"], strict=False):
        elements = 1
        for size in shape:
            elements *= int(size)
        total += elements * _BYTES.get(str(dtype), 0)
    return total
