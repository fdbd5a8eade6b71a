"""``jupyter torchprof report``: render a saved session."""

from __future__ import annotations

import argparse
from pathlib import Path

from .output import FAILED, OK, Commands, add_no_source, report_bytes, write
from .sessions import read_session


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
    data, _ = read_session(options.session, no_source=options.no_source)
    title = options.session.stem
    return OK if write(options.html, lambda: report_bytes(data, title)) else FAILED
