"""``jupyter torchprof fix``: run a notebook and write it again with what was advised."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from ..headless.errors import HeadlessError
from ..quote import quoted
from .output import (
    Commands,
    add_no_source,
    notebook_bytes,
    print_text,
    report_bytes,
    session_bytes,
    write,
)
from .run import add_run_options, check_distinct, read_original, run_and_write

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..headless.run import Outcome


def add_command(commands: Commands) -> None:
    """Add it to the parser."""
    fix = commands.add_parser(
        "fix",
        help="run a notebook and write it again with the fixes that it needs",
        description="Run a notebook as 'run' does, and write a copy in which the safe fixes are "
        "applied: those that keep every value the notebook computes. With --rule only the fixes of "
        "these rules, safe or not. What changes is printed as a diff.",
        epilog="Exit status: 0 the copy was written, also if nothing had to be fixed; 1 a cell "
        "failed (the fixes for what ran are written all the same) or a result could not be "
        "written; 2 nothing was run; 128 plus its number after a signal.",
    )
    add_run_options(fix)
    add_no_source(fix)
    fix.add_argument("-o", "--output", type=Path, metavar="FIXED", required=True)
    fix.add_argument("--rule", action="append", metavar="ID", help="may be given several times")
    fix.add_argument("--html", type=Path, metavar="FILE", help="write the report of the run, too")
    fix.set_defaults(command=_fix)


def _fix(options: argparse.Namespace) -> int:
    rules = _known_rules(options.rule)
    targets = [path for path in (options.output, options.html) if path is not None]
    check_distinct(targets, options.notebook, [options.html])
    original = read_original(options.notebook)

    def write_results(outcome: Outcome, _ran: object) -> list[bool]:
        return _write_results(options, outcome, original)

    return run_and_write(options, targets, write_results, rules or ())


def _write_results(
    options: argparse.Namespace, outcome: Outcome, original: NotebookNode
) -> list[bool]:
    from ..headless.fixing import fix_notebook

    result = fix_notebook(original, outcome.records, options.rule)
    print_text(result.text(), [options.output, options.html])
    written = [write(options.output, lambda: notebook_bytes(original))]
    session = outcome.session
    if options.html is not None and session is not None:
        kept = session_bytes(session, no_source=options.no_source)
        written.append(write(options.html, lambda: report_bytes(kept, options.notebook.stem)))
    return written


def _known_rules(asked: list[str] | None) -> list[str] | None:
    from ..advice.catalogue import RULES

    known = [rule.id for rule in RULES]
    for rule in asked or ():
        if rule not in known:
            near = difflib.get_close_matches(rule, known, n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise HeadlessError(f"There is no rule {quoted(rule)}.{hint}")
    return asked
