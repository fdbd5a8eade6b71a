"""``jupyter torchprof compare``: two sessions beside each other, with limits for a build."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..headless.errors import HeadlessError
from .output import (
    FAILED,
    OK,
    Commands,
    add_no_source,
    print_text,
    report_bytes,
    write,
)
from .sessions import read_session

_LIMITS = """\
Limits for --fail-on, separated by commas: QUANTITY>+AMOUNT, such as "peak>+10%,time>+20%".
Quantities of the session: time (of all cells in both), peak, end (memory after the last cell),
advice (suggestions). Of each cell: cell.time, cell.peak, cell.kept, cell.advice; where both were
recorded in depth, cell.deep_step (time of a step) and cell.deep_peak (its new tensors). Memory of
one device: "peak[cuda:0]>+200MiB". Amounts: %, B to TiB, ms, s, min; of suggestions a number.
What is less than chance may make exceeds no limit; what cannot be compared does.
"""


def add_command(commands: Commands) -> None:
    """Add it to the parser."""
    compare = commands.add_parser(
        "compare",
        help="compare two saved sessions",
        description="Compare two session documents that 'run --json' or JupyterLab wrote: "
        "time, memory and suggestions, cell by cell and in all.",
        epilog=_LIMITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare.add_argument("before", type=Path, metavar="A.json")
    compare.add_argument("after", type=Path, metavar="B.json")
    compare.add_argument("--html", type=Path, metavar="FILE", help="write a report of B beside A")
    compare.add_argument(
        "--fail-on", metavar="LIMITS", default="", help="end with status 1 if B exceeds one"
    )
    add_no_source(compare)
    compare.set_defaults(command=_compare)


def _compare(options: argparse.Namespace) -> int:
    from ..comparison.changes import compare
    from ..comparison.limits import LimitError, check, left_out, parse_limits
    from ..comparison.text import breach_text, render_comparison
    from ..headless.notebook import check_target
    from ..quote import short

    if options.html is not None:
        check_target(options.html)
    try:
        limits = parse_limits(options.fail_on) if options.fail_on else []
    except LimitError as error:
        raise HeadlessError(str(error)) from None
    paths = options.before, options.after
    before, after = (read_session(path, no_source=options.no_source) for path in paths)
    comparison = compare(before[1].session, after[1].session)
    names = options.before.name, options.after.name
    results = [options.html]
    print_text(render_comparison(comparison, names, short), results)

    status = OK
    breaches = check(comparison, limits)
    if limits:
        print_text("", results)
    for breach in breaches:
        print_text(breach_text(breach, short), results)
        status = FAILED
    alone = left_out(comparison, limits)
    if alone:
        devices = ", ".join(short(device, 20) for device in alone)
        print_text(f"Not limited, since only one session used it: {devices}.", results)
    if limits and not breaches:
        sampled = any(change.is_bound for change in comparison.totals)
        tell = ", as far as samples (≥) tell" if sampled else ""
        print_text(f"Within the limits{tell}.", results)
    if options.html is not None:
        made = write(
            options.html,
            lambda: report_bytes(after[0], options.after.stem, baseline=before[0]),
        )
        status = status if made else FAILED
    return status
