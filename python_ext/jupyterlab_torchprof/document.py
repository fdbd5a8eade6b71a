"""Reading and writing session documents, with what a newer version added kept as it is."""

from __future__ import annotations

import math
import re
import reprlib
from dataclasses import dataclass
from typing import Any

import msgspec

from .quote import printable
from .record import SCHEMA_VERSION, CellRecord, Session
from .upgrading import upgrade

_VERSION = re.compile(r"(\d{1,6})\.\d{1,6}", re.ASCII)
_ENDS = 150
_MAJOR = int(SCHEMA_VERSION.partition(".")[0])
_OLDEST = 1
"""The first major version."""


class DocumentError(ValueError):
    """The document cannot be read; the text says what is wrong and where."""


@dataclass(slots=True)
class SessionDocument:
    """A session and the plain JSON that it was read from."""

    session: Session
    raw: dict[str, Any]


def decode_session(data: bytes | str) -> SessionDocument:
    """Read a session document.

    Raises DocumentError for broken JSON, for a document of another kind, for one of another
    major version and for one whose fields have wrong types. One of format 1.x is brought into
    today's form.
    """
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise DocumentError(f"This is not valid JSON: {_brief(error)}.") from error
    if not isinstance(raw, dict) or "schema_version" not in raw:
        raise DocumentError(
            "This is not a session document: it is no JSON object with a schema_version."
        )
    major = _major(raw["schema_version"])
    session = _session(raw)
    if major < _MAJOR:
        upgrade(raw)
        session = _session(raw)
    return SessionDocument(session, raw)


def _session(raw: dict[str, Any]) -> Session:
    try:
        return msgspec.convert(raw, Session)
    except (msgspec.ValidationError, RecursionError) as error:
        raise DocumentError(f"The session document is broken: {_brief(error)}.") from error


def encode_session(document: SessionDocument) -> bytes:
    """Write a document again. Fields that this version does not know come out as they went in."""
    return msgspec.json.encode(_merge(document.session, document.raw))


def _brief(error: Exception) -> str:
    """What is wrong and where, without the whole of what stands there."""
    text = printable(str(error))
    return text if len(text) <= _ENDS * 2 else f"{text[:_ENDS]} … {text[-_ENDS:]}"


def encode_any(value: Any) -> bytes:
    """A value as JSON; what JSON cannot hold is replaced: halves of characters, infinities."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(writable(msgspec.to_builtins(value)))


def writable(value: Any) -> Any:
    """Plain data with what JSON cannot hold replaced: halves of characters, infinities."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {writable(key): writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [writable(item) for item in value]
    return value


def _major(version: object) -> int:
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        raise DocumentError(
            f"The session document's schema_version is {reprlib.repr(version)}; "
            f'a text like "{SCHEMA_VERSION}" was expected.'
        )
    major = int(match[1])
    if major > _MAJOR:
        raise DocumentError(
            f"The session document has version {version}, made by a newer jupyterlab-torchprof; "
            f"this one reads {_OLDEST}.x to {_MAJOR}.x. Install a newer one to read it."
        )
    if major < _OLDEST:
        raise DocumentError(
            f"The session document has version {version}, which is too old; "
            f"this jupyterlab-torchprof reads {_OLDEST}.x to {_MAJOR}.x."
        )
    return major


def _merge(value: Any, raw: Any) -> Any:
    """``value`` as plain JSON, with those members of ``raw`` that its type does not have."""
    if isinstance(value, msgspec.Struct):
        old = raw if isinstance(raw, dict) else {}
        fields = value.__struct_fields__
        merged = {name: _merge(getattr(value, name), old.get(name)) for name in fields}
        merged.update((name, item) for name, item in old.items() if name not in merged)
        return merged
    if isinstance(value, list):
        return [_merge(item, old) for item, old in zip(value, _pair(value, raw), strict=True)]
    return value


def _pair(values: list[Any], raw: Any) -> list[Any]:
    """For each value, what it was read from: runs by id, other parts by place if none was added."""
    if not isinstance(raw, list):
        return [None] * len(values)
    if values and isinstance(values[0], CellRecord):
        by_id = {item.get("run_id"): item for item in raw if isinstance(item, dict)}
        return [by_id.get(record.run_id) for record in values]
    return raw if len(raw) == len(values) else [None] * len(values)
