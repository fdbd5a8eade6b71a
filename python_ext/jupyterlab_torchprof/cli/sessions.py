"""Session documents that the commands are given."""

from __future__ import annotations

from pathlib import Path

from ..document import DocumentError, SessionDocument, decode_session
from ..headless.errors import HeadlessError
from ..quote import quoted
from .output import session_bytes


def read_session(path: Path, *, no_source: bool) -> tuple[bytes, SessionDocument]:
    """A session document as it is to be used, and what is in it.

    Raises HeadlessError for a file that cannot be read or is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise HeadlessError(f"{quoted(path)} cannot be read: {error.strerror}.") from None
    try:
        document = decode_session(data)
    except DocumentError as error:
        raise HeadlessError(f"{quoted(path)} is no session document: {error}") from None
    if not no_source:
        return data, document
    data = session_bytes(data, no_source=True)
    return data, decode_session(data)
