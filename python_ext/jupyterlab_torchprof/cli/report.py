"""``jupyter torchprof report``: render a saved session."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..document import DocumentError, decode_session
from ..headless.errors import HeadlessError
from .output import FAILED, OK, Commands, add_no_source, report_bytes, session_bytes, write


def add_command(commands: Commands) -> None:
    """Add it to the parser."""
    report = commands.add_parser(
        "report",
        help="render a saved session",
        description="Make a report of a session document that 'run --json' wrote.",
    )
    report.add_argument("session", type=Path, metavar="SESSION.json")
    report.add_argument("--html", type=Path, metavar="FILE", required=True)
    add_no_source(report)
    report.set_defaults(command=_report)


def _report(options: argparse.Namespace) -> int:
    from ..headless.notebook import check_target

    check_target(options.html)
    try:
        data = options.session.read_bytes()
    except OSError as error:
        raise HeadlessError(f"{str(options.session)!r} cannot be read: {error.strerror}.") from None
    try:
        decode_session(data)
    except DocumentError as error:
        raise HeadlessError(f"{str(options.session)!r} is no session document: {error}") from None
    data = session_bytes(data, no_source=options.no_source)
    title = options.session.stem
    return OK if write(options.html, lambda: report_bytes(data, title)) else FAILED
