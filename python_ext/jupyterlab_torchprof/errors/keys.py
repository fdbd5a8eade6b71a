"""How the keys of a state dict differ from those of the module that refused it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from ..probes.exceptions import plain_text_of
from ..probes.holding.frame_locals import frame_locals
from ..probes.torch_import import imported_torch
from ..record import KeyMismatch

_BEGIN = "Error(s) in loading state_dict for "
_LIST = re.compile(r"^\s*(Missing|Unexpected) key\(s\) in state_dict: (.*?)\.? ?$", re.MULTILINE)
"""safetensors has no full stop."""
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
    expected = matched | set(missing)
    if not sizes and len(keys) == dict.__len__(loaded):
        _write_prefix(found, keys, expected)
    if found.prefix is None and found.lacks_prefix is None and expected:
        _look_within(found, loaded, unexpected, expected)
    return found


def _look_within(
    found: KeyMismatch, loaded: dict[Any, Any], unexpected: Sequence[str], expected: set[str]
) -> None:
    """Write in which of its dictionaries a checkpoint has the module's keys."""
    inner: list[tuple[str, Any]] = [(key, dict.get(loaded, key)) for key in unexpected]
    parts = [(key, set(dict.keys(part))) for key, part in inner if _is_of_tensors(part)]
    for key, keys in parts:
        if keys != expected:
            _write_prefix(found, keys, expected)
        if keys == expected or found.prefix is not None or found.lacks_prefix is not None:
            found.nested = key
            return
    if len(parts) == 1:
        found.around = parts[0][0]


def _write_prefix(found: KeyMismatch, keys: set[str], expected: set[str]) -> None:
    """Write the prefix but for which the keys of a state dict are those of the module."""
    unexpected, missing = sorted(keys - expected), sorted(expected - keys)
    found.prefix = next(_common(unexpected, missing, keys, expected), None)
    found.lacks_prefix = next(_common(missing, unexpected, expected, keys), None)
    if found.prefix is None and found.lacks_prefix is None and missing:
        # Of what holds the module: all the keys of one child, beside those of others.
        found.prefix = next(_of_a_child(keys, expected), None)
        if found.prefix is not None:
            found.besides_count = sum(not key.startswith(found.prefix) for key in keys)


def _of_a_child(keys: set[str], expected: set[str]) -> Iterator[str]:
    """Prefixes of some keys which then are exactly those of the module, if there is only one."""
    last = min(expected)
    prefixes = [key.removesuffix(last) for key in sorted(keys) if key.endswith(f".{last}")]
    fitting = [
        prefix
        for prefix in prefixes
        if {key.removeprefix(prefix) for key in keys if key.startswith(prefix)} == expected
    ]
    if len(fitting) == 1:
        yield fitting[0]


def _is_of_tensors(part: Any) -> bool:
    """Whether it is a state dict, by the types of its keys and values."""
    torch: Any = imported_torch()
    if not issubclass(type(part), dict) or not 0 < dict.__len__(part) <= _MOST_KEYS:
        return False
    return all(type(key) is str for key in dict.keys(part)) and all(
        issubclass(type(value), torch.Tensor) for value in dict.values(part)
    )


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
