"""What the commands print and write, and how they end."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TextIO

from ..files import descriptor_of, write_whole
from ..quote import quoted, visible

OK = 0
FAILED = 1
"""A cell failed, was stopped by the time limit, or a result could not be written."""
NOT_STARTED = 2
"""Nothing ran: the arguments or the notebook are at fault."""

Commands = Any
"""What `argparse.ArgumentParser.add_subparsers` returns; its class is private."""


def write(path: Path, make: Callable[[], bytes]) -> bool:
    """Make one result and write it; a failure is told and does not keep back the others."""
    try:
        write_whole(path, make())
    except Exception as error:  # whatever rendering stumbles over, the other results matter
        say(f"{quoted(path)} could not be written: {type(error).__name__}: {error}")
        return False
    say(f"Wrote {path}")
    return True


def report_bytes(session: bytes, title: str, baseline: bytes | None = None) -> bytes:
    """The HTML report of a session document, beside another if there is a ``baseline``."""
    from ..deliver.report import render_report

    page: str = render_report(session, title=title, baseline=baseline)
    return page.encode("utf-8")


def add_no_source(parser: argparse.ArgumentParser) -> None:
    """The option of every command that writes reports or sessions."""
    parser.add_argument(
        "--no-source",
        action="store_true",
        help="leave the source of cells, and what quotes it, out of reports and sessions; names "
        "of variables and messages of errors stay",
    )


def session_bytes(session: bytes, *, no_source: bool) -> bytes:
    """A session document as it is written."""
    import msgspec

    from ..deliver.redact import leave_source_out

    return (
        msgspec.json.encode(leave_source_out(msgspec.json.decode(session)))
        if no_source
        else session
    )


def notebook_bytes(notebook: object) -> bytes:
    """A notebook as a file."""
    import nbformat

    text: str = nbformat.v4.writes(notebook)
    return (text + "\n").encode("utf-8", "replace")


def seconds(text: str) -> float:
    """A time limit, as an argument."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be a number of seconds above zero")
    return value


def positive(text: str) -> int:
    """A whole number from one, as an argument."""
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from one")
    return value


def print_text(text: str, results: Collection[Path | None] = ()) -> None:
    """Print, beside the output if that is where one of the ``results`` goes."""
    taken = any(path is not None and descriptor_of(path) == 1 for path in results)
    _print(visible(text), sys.stderr if taken else sys.stdout)


def print_data(text: str) -> None:
    """Print what a program will read, as it is."""
    _print(text, sys.stdout)


def say(sentence: str) -> None:
    """Tell the user, beside the result."""
    _print(visible(sentence), sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Print, also where not every character can be shown (a pipe on Windows), or nobody reads."""
    encoding = stream.encoding or "utf-8"
    try:
        print(text.encode(encoding, "replace").decode(encoding), file=stream, flush=True)
    except OSError:  # the terminal or the reader of the pipe is gone; the results still matter
        with contextlib.suppress(OSError, ValueError):
            # What is left in the buffer would be tried again, with a complaint, at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
