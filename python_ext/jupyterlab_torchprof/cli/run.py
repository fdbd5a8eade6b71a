"""``jupyter torchprof run``: run a notebook and profile each cell."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from ..headless.errors import HeadlessError
from .output import (
    FAILED,
    OK,
    Commands,
    add_no_source,
    notebook_bytes,
    print_text,
    report_bytes,
    say,
    seconds,
    session_bytes,
    write,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..headless.run import Outcome


def add_command(commands: Commands) -> None:
    """Add it to the parser."""
    run = commands.add_parser(
        "run",
        help="run a notebook and profile each cell",
        description="Run a notebook in a kernel of its own, as 'Run all' does, and profile each "
        "cell. The notebook itself is not changed. Without an output option a table is printed.",
        epilog="Exit status: 0 all cells ran; 1 a cell failed or took too long, or a result could "
        "not be written (what was measured is written all the same); 2 nothing was run; "
        "128 plus its number after a signal.",
    )
    add_run_options(run)
    add_no_source(run)
    run.add_argument("--html", type=Path, metavar="FILE", help="write a report to open anywhere")
    run.add_argument("--json", type=Path, metavar="FILE", help="write the session document")
    run.add_argument(
        "--notebook",
        type=Path,
        metavar="FILE",
        dest="executed",
        help="write the notebook with its outputs",
    )
    run.set_defaults(command=_run)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs a notebook."""
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--kernel", metavar="NAME", help="kernel to use, instead of the notebook's")
    parser.add_argument("--timeout", type=seconds, metavar="S", help="stop a cell after S seconds")


def run_to_end(
    options: argparse.Namespace, targets: Collection[Path], rules_on: Collection[str] = ()
) -> tuple[NotebookNode, Outcome]:
    """Run the notebook of the options and say what went wrong; ``targets`` will be written.

    Raises:
        HeadlessError: nothing was run.
    """
    try:
        from ..headless.console import Progress, printable
        from ..headless.notebook import check_target, code_cells, find_kernel, read_notebook
        from ..headless.run import run_notebook
    except ModuleNotFoundError as error:
        raise HeadlessError(
            f"This command needs the package {error.name}. Install it with: "
            f'"{sys.executable}" -m pip install {error.name}'
        ) from None

    for path in targets:
        check_target(path)
    notebook = read_notebook(options.notebook)
    kernel = find_kernel(notebook, options.kernel)
    progress = Progress(len(code_cells(notebook)))
    outcome = asyncio.run(
        run_notebook(
            notebook, options.notebook, kernel, options.timeout, progress, rules_on=rules_on
        )
    )
    for complaint in outcome.complaints:
        say(printable(complaint))
    return notebook, outcome


def status_of(outcome: Outcome, *, all_written: bool) -> int:
    """The exit status; says why not every cell ran to its end."""
    if outcome.failure is not None:
        say(outcome.failure)
    if outcome.signal is not None:
        return 128 + outcome.signal
    return OK if outcome.failure is None and all_written else FAILED


def _run(options: argparse.Namespace) -> int:
    targets = [path for path in (options.html, options.json, options.executed) if path is not None]
    _check_distinct(options, targets)
    notebook, outcome = run_to_end(options, targets)
    written = [True]
    if outcome.session is not None:
        written = _write_results(options, outcome.session, notebook)
        if not targets:
            from ..headless.console import summary

            print_text(summary(outcome.records))
    return status_of(outcome, all_written=all(written))


def _write_results(options: argparse.Namespace, session: bytes, notebook: object) -> list[bool]:
    """Write what was asked for; whether each could be written."""
    session = session_bytes(session, no_source=options.no_source)
    results: list[tuple[Path | None, Callable[[], bytes]]] = [
        (options.json, lambda: session),
        (options.executed, lambda: notebook_bytes(notebook)),
        (options.html, lambda: report_bytes(session, options.notebook.stem)),
    ]
    return [write(path, make) for path, make in results if path is not None]


def _check_distinct(options: argparse.Namespace, targets: list[Path]) -> None:
    """Refuse to write two results, or a report and the notebook itself, to one file."""
    resolved = [path.resolve() for path in targets]
    if len(set(resolved)) < len(resolved):
        raise HeadlessError("Two results cannot be written to the same file.")
    if options.notebook.resolve() in {p.resolve() for p in (options.html, options.json) if p}:
        raise HeadlessError("A result would overwrite the notebook.")
