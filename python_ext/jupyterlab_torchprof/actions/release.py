"""Lets go of what IPython keeps: displayed results, the last error's frames, variables."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from ..memory.spots import Spot, find_spot

_LAST_ERROR = ("last_exc", "last_value", "last_traceback", "last_type")
_HISTORY = re.compile(r"_(?:\d+|_{0,2})")
"""Names under which the namespace has displayed results: ``_``, ``__``, ``___``, ``_7``."""


class ActionError(Exception):
    """An action that cannot be done; the message says why, in a sentence."""


def release_outputs(shell: InteractiveShell, targets: Iterable[str]) -> None:
    """Forget displayed results by the execution count of their cells.

    IPython has a result in ``Out``, as ``_7``, in ``_``, ``__`` and ``___``, as attributes of its
    display hook, and in the names that it hides from ``%who``.

    Raises:
        ActionError: a target is no number, or there is no such output.
    """
    outputs: dict[int, Any] = shell.user_ns.get("_oh", {})
    counts: list[int] = []
    for target in targets:
        if not target.isdecimal() or int(target) not in outputs:
            raise ActionError(f"There is no Out[{target}].")
        counts.append(int(target))
    if not counts:
        raise ActionError("No output was named.")
    for count in counts:
        _forget(shell, outputs.pop(count))


def clear_traceback(shell: InteractiveShell) -> None:
    """Let go of the frames of the last error; ``%debug`` has nothing to look at afterwards.

    Raises:
        ActionError: there was no error.
    """
    traceback = getattr(sys, "last_traceback", None)
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    if traceback is None and error is None:
        raise ActionError("There is no traceback to clear.")
    # Frames that IPython has formatted hold a copy of their locals and cannot be cleared, so the
    # chain of tracebacks is cut instead.
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if error.__traceback__ is not None:
            error.__traceback__.tb_next = None
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
    if traceback is not None:
        traceback.tb_next = None
    for name in _LAST_ERROR:
        if hasattr(sys, name):
            setattr(sys, name, None)
    formatter: Any = getattr(shell, "InteractiveTB", None)
    if formatter is not None and getattr(formatter, "tb", None) is not None:
        formatter.tb = None
    result: Any = getattr(shell, "last_execution_result", None)
    if result is not None:
        result.error_in_exec = result.error_before_exec = None


def delete_names(shell: InteractiveShell, targets: Iterable[str]) -> None:
    """Delete variables, and what IPython displayed of the same objects.

    Raises:
        ActionError: there is no such variable, or none was named.
    """
    names = list(targets)
    namespace: dict[str, Any] = shell.user_ns
    for name in names:
        if name not in namespace or name.startswith("_") or name in shell.user_ns_hidden:
            raise ActionError(f"There is no variable {name}.")
    if not names:
        raise ActionError("No variable was named.")
    for name in names:
        _forget(shell, namespace.pop(name))


def let_go(shell: InteractiveShell, targets: Iterable[str]) -> None:
    """Put an empty container where a full one is, or delete a key; no code of the user's runs.

    Others that refer to the container keep it as it is.

    Raises:
        ActionError: a target is not there, or its object would have a say in it.
    """
    ways = list(targets)
    spots: list[Spot] = []
    for way in ways:
        spot = find_spot(shell.user_ns, way)
        if spot is None:
            raise ActionError(f"{way} cannot be emptied: it is not there, or no plain container.")
        spots.append(spot)
    if not ways:
        raise ActionError("Nothing was named.")
    for spot in spots:
        spot.let_go()
        _forget(shell, spot.value)


def _forget(shell: InteractiveShell, value: Any) -> None:
    """Remove an object wherever IPython has displayed it."""
    namespace: dict[str, Any] = shell.user_ns
    outputs: dict[int, Any] = namespace.get("_oh", {})
    for count in [count for count, kept in outputs.items() if kept is value]:
        del outputs[count]
    for places in (namespace, shell.user_ns_hidden):
        for name in [name for name, kept in places.items() if kept is value]:
            if not _HISTORY.fullmatch(name):
                continue
            if name.strip("_"):
                del places[name]
            else:  # the last three results are expected to exist
                places[name] = ""
    hook: Any = shell.displayhook
    for name in ("_", "__", "___"):
        if getattr(hook, name, None) is value:
            setattr(hook, name, "")
    result: Any = getattr(shell, "last_execution_result", None)
    if result is not None and getattr(result, "result", None) is value:
        result.result = None
