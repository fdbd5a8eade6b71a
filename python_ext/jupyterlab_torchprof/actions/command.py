"""``%torchprof free``: the same actions, in words."""

from __future__ import annotations

import re
import sys

from IPython.core.interactiveshell import InteractiveShell

from ..record import Action, CellRecord, Holder
from ..units import format_bytes

_OUTPUT = re.compile(r"Out\[(\d+)\]|_(\d+)")
_SHOWN = 10


def ask(shell: InteractiveShell, words: list[str]) -> Action:
    """The action that the words ask for.

    Raises:
        ValueError: they ask for several kinds at once.
    """
    first = words[0]
    outputs = [match for match in map(_OUTPUT.fullmatch, words) if match is not None]
    if words == ["outputs"]:
        return _action("release_outputs", [str(count) for count in shell.user_ns.get("_oh", {})])
    if words == ["traceback"]:
        return _action("clear_traceback", [])
    if words == ["cache"]:
        return _action("empty_cache", [])
    if len(outputs) == len(words):
        return _action("release_outputs", [match.group(1) or match.group(2) for match in outputs])
    if outputs or (len(words) > 1 and first in ("outputs", "traceback", "cache")):
        raise ValueError("Free outputs, the traceback, the cache and variables one after another.")
    return _action("delete_names", [word.strip(",") for word in words])


def overview(shell: InteractiveShell, record: CellRecord | None, command: str) -> str:
    """What could be let go of, with its size, and how; largest first."""
    lines: list[str] = []
    for holder in record.holders[:_SHOWN] if record is not None else ():
        how = _how(holder, command)
        lines.append(f"{_size(holder.unique_bytes):>10}  {holder.name} ({holder.what})  {how}")
    for name, nbytes in _variables(record):
        lines.append(f"{format_bytes(nbytes):>10}  {name}  {command} {name}")
    reserved = _cached(record)
    if reserved:
        lines.append(f"{format_bytes(reserved):>10}  unused in the allocator  {command} cache")
    if not lines:
        more = " The last error's traceback can be cleared." if _has_traceback() else ""
        return f"Nothing large is kept without need.{more}"
    return "\n".join(lines)


def _action(kind: str, targets: list[str]) -> Action:
    return Action(kind=kind, title=kind, description="", targets=targets)  # type: ignore[arg-type]


def _how(holder: Holder, command: str) -> str:
    if holder.kind == "output":
        return f"{command} {holder.name}"
    if holder.kind == "traceback":
        return f"{command} traceback"
    if not holder.held_by:
        return ""
    return f"held by {', '.join(holder.held_by)}"


def _variables(record: CellRecord | None) -> list[tuple[str, int]]:
    """The largest tensors that are variables themselves."""
    placement = record.placement if record is not None else None
    found = [
        (tensor.path, tensor.storage_bytes)
        for tensor in (placement.tensors if placement is not None else ())
        if tensor.path.isidentifier() and tensor.storage_bytes >= 1 << 24
    ]
    return found[: _SHOWN // 2]


def _cached(record: CellRecord | None) -> int:
    entries = record.memory if record is not None else ()
    unused = sum(
        max(0, (entry.reserved_after_bytes or 0) - entry.allocated_after_bytes)
        for entry in entries
        if entry.device != "host"
    )
    return unused if unused >= 1 << 20 else 0


def _size(unique_bytes: dict[str, int]) -> str:
    return format_bytes(sum(unique_bytes.values()))


def _has_traceback() -> bool:
    return getattr(sys, "last_traceback", None) is not None
