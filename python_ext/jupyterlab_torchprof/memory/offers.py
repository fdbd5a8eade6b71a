"""What can be offered to let go of what a holder has: only what is told before and can be done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..record import Action, MemoryShare
from ..units import format_bytes
from .others import is_held_elsewhere
from .spots import find_spot, targets_of

_OUTPUT = re.compile(r"Out\[(\d+)\]")
_NAMED = 3
_LEAST = 1 << 20
"""Less is not worth a button."""


def offer(
    share: MemoryShare,
    device: str,
    optimizers: Iterable[str],
    others: Sequence[str],
    namespace: Mapping[str, Any],
) -> Action | None:
    """The action for a share of a device.

    ``optimizers``: variables that hold some; ``others``: what has some of its memory, too;
    ``namespace``: the notebook's.
    """
    if share.held_bytes < _LEAST and not share.shares_with:
        return None
    name, expected = share.name or "", {device: share.held_bytes}
    elsewhere = name in namespace and is_held_elsewhere(namespace, name)
    if share.kind in ("tensors", "parameters", "graphs") and name.isidentifier():
        return Action(
            kind="delete_names",
            title=f"Delete {name}",
            description=_deleting(share, [*optimizers], others, elsewhere),
            targets=[name],
            expected_bytes=expected,
        )
    if share.kind in ("tensors", "parameters", "graphs") and name:
        return _emptying(share, expected, others, namespace)
    output = _OUTPUT.fullmatch(name) if share.kind == "outputs" else None
    if output is not None:
        return Action(
            kind="release_outputs",
            title=f"Release {name}",
            description=f"IPython forgets what this cell displayed: `{name}` and `_` are gone.",
            targets=[output.group(1)],
            expected_bytes=expected,
        )
    if share.kind == "traceback":
        return Action(
            kind="clear_traceback",
            title="Clear the traceback",
            description="The frames of the last error go; %debug has nothing to look at then.",
            expected_bytes=expected,
        )
    if share.kind == "cached":
        return Action(
            kind="empty_cache",
            title="Empty the cache",
            description=(
                "PyTorch gives what it does not use back to the driver, for other processes. "
                "Your own tensors gain nothing, and the next allocations are slower."
            ),
            expected_bytes=expected,
        )
    if share.kind == "unknown":
        return Action(
            kind="collect_garbage",
            title="Collect cycles",
            description=(
                "Python looks for objects that only hold each other, and frees them. What a "
                f"library holds outside of Python stays; up to {format_bytes(share.held_bytes)} "
                "could go."
            ),
        )
    if share.kind == "freed":
        return Action(
            kind="trim_host",
            title="Give it back",
            description=(
                "The C library gives memory that was freed back to the system (malloc_trim). "
                "Nothing of the program changes; it may ask for memory again later."
            ),
            expected_bytes=expected,
        )
    return None


def _emptying(
    share: MemoryShare,
    expected: dict[str, int],
    others: Sequence[str],
    namespace: Mapping[str, Any],
) -> Action | None:
    """For what is an attribute, or the value of a key."""
    name = share.name or ""
    targets = targets_of(namespace, name)
    spots = [find_spot(namespace, way) for way in targets]
    if not spots or None in spots or share.shares_with:
        return None
    found = [spot for spot in spots if spot is not None]
    del spots
    if found[0].is_deleted():
        title = f"Delete {name}"
        text = f"The key is deleted; code that reads `{name}` fails until it is set again."
    else:
        title = f"Empty {name}"
        told = ", ".join(f"`{way}`" for way in targets[:_NAMED])
        more = len(targets) - _NAMED
        told += f" and {more} more" if more > 0 else ""
        kinds = {type(spot.value).__name__ for spot in found}
        what = kinds.pop() if len(kinds) == 1 else "container"
        become = f"becomes an empty {what}" if len(targets) == 1 else f"become empty {what}s"
        text = f"{told} {become}; code that reads what was in there finds nothing."
    if others:
        text += _staying(others)
    elif any(spot.is_held_elsewhere() for spot in found):
        text += " Something else refers to it, too, so its memory may stay."
    return Action(
        kind="delete_keys" if found[0].is_deleted() else "empty_containers",
        title=title,
        description=text,
        targets=targets,
        expected_bytes=expected,
    )


def _staying(others: Sequence[str]) -> str:
    holders = ", ".join(f"`{one}`" for one in others[:_NAMED])
    return f" What {holders} has of the same memory stays."


def _deleting(
    share: MemoryShare, optimizers: list[str], others: Sequence[str], elsewhere: bool
) -> str:
    name = share.name
    if share.shares_with:
        return f"The variable goes. No memory is freed: all of it is that of `{share.shares_with}`."
    text = f"The variable goes; cells that read `{name}` need the cell that made it again."
    if share.kind == "parameters" and optimizers:
        holders = ", ".join(f"`{one}`" for one in optimizers)
        text += f" The memory stays for as long as {holders} holds the parameters."
    elif others:
        text += _staying(others)
    elif elsewhere:
        text += " Something else refers to it, too, so its memory may stay."
    return text
