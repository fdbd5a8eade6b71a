"""Results on disk: files are written whole, and what is no file is written to as it is."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from pathlib import Path

_LINKS = 40
"""Links that are followed by hand; systems give up as early."""


def is_special(path: Path) -> bool:
    """It is a device, a pipe or an open file of this process: written to, never replaced."""
    if descriptor_of(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def descriptor_of(path: Path) -> int | None:
    """The number of the open file that a name such as ``/dev/stdout`` or ``/dev/fd/3`` means.

    Opened by that name, a regular file would be written from its start, over what is in it.
    """
    folders = {"/dev/fd", f"/proc/{os.getpid()}/fd"}
    try:
        for _ in range(_LINKS):
            if path.name.isdecimal() and os.path.realpath(path.parent) in folders:
                return int(path.name)
            path = path.parent / path.readlink()
    except OSError:  # no link
        pass
    return None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it, and a failure leaves the old one.

    What `is_special` is written to.

    Raises:
        OSError: it cannot be written.
    """
    if is_special(path):
        _write_to(path, data)
    else:
        _replace(path.resolve(), data)


def _write_to(path: Path, data: bytes) -> None:
    number = descriptor_of(path)
    if number is None:
        # Neither created nor cut: it must be what was looked at.
        number = os.open(path, os.O_WRONLY)
    else:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # what was printed before comes before
        number = os.dup(number)
    with os.fdopen(number, "wb") as file:
        file.write(data)


def _replace(target: Path, data: bytes) -> None:
    # A name of its own: one made of the target's could be too long.
    draft = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as file:
            with contextlib.suppress(OSError):  # no file yet
                draft.chmod(stat.S_IMODE(target.stat().st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
