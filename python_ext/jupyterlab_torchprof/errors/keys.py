"""How the keys of a state dict differ from those of the module that refused it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from ..probes.exceptions import plain_text_of
from ..probes.holding.frame_locals import frame_locals
from ..record import KeyMismatch

_BEGIN = "Error(s) in loading state_dict for "
_LIST = re.compile(r"^\s*(Missing|Unexpected) key\(s\) in state_dict: (.*)\. ?$", re.MULTILINE)
_KEY = re.compile(r'"([^"]*)"')
_SIZE = re.compile(
    r"size mismatch for (\S+): copying a param with shape torch\.Size\((\[.*?\])\) "
    r"from checkpoint, the shape in current model is torch\.Size\((\[.*?\])\)"
)
_FIRST = 5
_MOST_KEYS = 100_000


def is_of_keys(error: BaseException) -> bool:
    """Whether a module has refused a state dict."""
    return plain_text_of(error).startswith(_BEGIN)


def key_mismatch(
    error: BaseException, tracebacks: Sequence[TracebackType], names: Mapping[int, str]
) -> KeyMismatch:
    """What did not fit. ``names``: how the user's line writes things, by their ids."""
    text = plain_text_of(error)
    lists: dict[str, list[str]] = {"Missing": [], "Unexpected": []}
    for match in _LIST.finditer(text):
        lists[match[1]] += _KEY.findall(match[2])
    missing, unexpected = lists["Missing"], lists["Unexpected"]
    sizes = [
        f"{name}: {there} in the state dict, {here} here" for name, there, here in _sizes(text)
    ]
    module, loaded = _loading(tracebacks)
    name = None if module is None else names.get(id(module))
    found = KeyMismatch(
        module=name or text[len(_BEGIN) :].partition(":")[0],
        missing=missing[:_FIRST],
        missing_count=len(missing),
        unexpected=unexpected[:_FIRST],
        unexpected_count=len(unexpected),
        sizes=sizes[:_FIRST],
        sizes_count=len(sizes),
    )
    if loaded is None or dict.__len__(loaded) > _MOST_KEYS:
        return found
    keys = {key for key in dict.keys(loaded) if type(key) is str}
    matched = keys - set(unexpected)
    found.matched_count = len(matched)
    if not sizes and len(keys) == dict.__len__(loaded):
        expected = matched | set(missing)
        found.prefix = next(_common(unexpected, missing, keys, expected), None)
        found.lacks_prefix = next(_common(missing, unexpected, expected, keys), None)
    found.nested = _nested(loaded, unexpected, matched | set(missing))
    return found


def _sizes(text: str) -> Iterator[tuple[str, str, str]]:
    yield from _SIZE.findall(text)


def _common(
    longer: Sequence[str], shorter: Sequence[str], having: set[str], without: set[str]
) -> Iterator[str]:
    """Prefixes of ``longer`` without which all keys of ``having`` are those of ``without``."""
    if not longer or not shorter:
        return
    first = min(longer)
    ends = [index + 1 for index, letter in enumerate(first) if letter == "."]
    for prefix in (first[:end] for end in ends):
        if all(key.startswith(prefix) for key in longer) and (
            {key.removeprefix(prefix) for key in having} == without
        ):
            yield prefix


def _nested(loaded: dict[Any, Any], unexpected: Sequence[str], expected: set[str]) -> str | None:
    """The key of a dictionary in the state dict that has the module's keys."""
    for key in unexpected:
        inner: Any = dict.get(loaded, key)
        if issubclass(type(inner), dict) and expected:
            keys = {each for each in dict.keys(inner) if type(each) is str}
            if keys == expected:
                return key
    return None


def _loading(tracebacks: Sequence[TracebackType]) -> tuple[Any, dict[Any, Any] | None]:
    """The module, and the dictionary that it was to load."""
    for traceback in reversed(tracebacks):
        frame = traceback.tb_frame
        if frame.f_code.co_name != "load_state_dict":
            continue
        named = frame_locals(frame)
        local = {name: value for name, value in named if name is not None}
        loaded = local.get("state_dict")
        if not issubclass(type(loaded), dict):
            found = [value for _name, value in named if issubclass(type(value), dict)]
            loaded = found[0] if len(found) == 1 else None
        return local.get("self"), loaded
    return None, None
