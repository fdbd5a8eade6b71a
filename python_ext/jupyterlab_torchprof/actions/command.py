"""``%torchprof free``: the same actions, in words."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

from IPython.core.interactiveshell import InteractiveShell

from ..memory.spots import targets_of
from ..memory.words import growth_texts, run_numbers
from ..record import Action, CellRecord, MemoryNow, MemoryShare
from ..units import format_bytes

_OUTPUT = re.compile(r"Out\[(\d+)\]|_(\d+)")
_SHOWN = 12
_LEAST_BYTES = 1 << 20
_ALONE = {
    "traceback": "clear_traceback",
    "cache": "empty_cache",
    "cycles": "collect_garbage",
    "host": "trim_host",
}
"""What is asked for by a word that stands alone."""
_WORDS = {
    "let_go": "let go with the error",
    "cached": "unused in the allocator",
    "freed": "freed, kept by the process",
    "process": "not tensors",
    "unknown": "found in no variable",
}


def ask(shell: InteractiveShell, words: list[str]) -> Action:
    """The action that the words ask for.

    Raises:
        ValueError: they ask for several kinds at once.
    """
    first = words[0]
    outputs = [match for match in map(_OUTPUT.fullmatch, words) if match is not None]
    if words == ["outputs"]:
        return _action("release_outputs", [str(count) for count in shell.user_ns.get("_oh", {})])
    for word, kind in _ALONE.items():
        if words == [word]:
            return _action(kind, [])
    if len(outputs) == len(words):
        return _action("release_outputs", [match.group(1) or match.group(2) for match in outputs])
    if outputs or (len(words) > 1 and first in ("outputs", *_ALONE)):
        raise ValueError("Free outputs, the traceback, the cache and variables one after another.")
    names = [word.strip(",") for word in words]
    ways = [name for name in names if not name.isidentifier()]
    if not ways:
        return _action("delete_names", names)
    if len(ways) < len(names):
        raise ValueError("Free variables and what is in objects one after another.")
    found = [targets_of(shell.user_ns, way) for way in ways]
    return _action("empty_containers", [t for some in found for t in some] if all(found) else ways)


def overview(now: MemoryNow | None, command: str, runs: Iterable[CellRecord] = ()) -> str:
    """What holds memory, by device and largest first, with what lets go of it, and what grows."""
    numbers = run_numbers(runs)
    lines: list[str] = []
    for device in now.devices if now is not None else ():
        held = [one for one in device.holders if one.held_bytes >= _LEAST_BYTES or one.counts]
        if held:
            lines.append(f"{device.device}: {format_bytes(device.used_bytes)} in use")
            lines += [_row(share, command, numbers) for share in held[:_SHOWN]]
    if not lines:
        has_error = getattr(sys, "last_traceback", None) is not None
        more = " The last error's traceback can be cleared." if has_error else ""
        return f"Nothing large is kept.{more}"
    return "\n".join(lines)


def _action(kind: str, targets: list[str]) -> Action:
    return Action(kind=kind, title=kind, description="", targets=targets)  # type: ignore[arg-type]


def _row(share: MemoryShare, command: str, numbers: Mapping[str, str]) -> str:
    kind = _WORDS.get(share.kind, share.kind.replace("_", " "))
    facts = [fact for fact in (kind if share.name else "", share.what) if fact]
    if share.made_count is not None:
        facts.append(f"made by [{share.made_count}]")
    name = share.name or kind
    told = f"{name} ({', '.join(facts)})" if facts else name
    how = f"  {command} {_how(share)}" if share.action is not None else ""
    rows = [f"{format_bytes(share.held_bytes):>10}  {told}{how}"]
    rows += [f"{'':>10}  {note}" for note in growth_texts(share, numbers)]
    return "\n".join(rows)


def _how(share: MemoryShare) -> str:
    words = {"traceback": "traceback", "cached": "cache", "unknown": "cycles", "freed": "host"}
    return words.get(share.kind) or share.name or ""
