"""``jupyter torchprof run``: run a notebook and profile each cell."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import is_special
from ..headless.errors import HeadlessError
from .output import (
    FAILED,
    OK,
    Commands,
    add_no_source,
    notebook_bytes,
    positive,
    print_text,
    report_bytes,
    say,
    seconds,
    session_bytes,
    write,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..headless.run import Deep, Outcome


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
    run.add_argument(
        "--deep",
        type=positive,
        nargs="*",
        metavar="CELL",
        help="record these code cells in depth, by number; without a number all",
    )
    run.add_argument(
        "--steps", type=positive, metavar="N", help="record so many steps of each, instead of 5"
    )
    run.add_argument(
        "--trace",
        type=Path,
        metavar="FILE",
        help="write what was recorded in depth as a trace for ui.perfetto.dev; FILE.gz: compressed",
    )
    run.add_argument(
        "--replay",
        action="store_true",
        help="try the operators that took most in other ways, on random numbers",
    )
    run.set_defaults(command=_run)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs a notebook."""
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--kernel", metavar="NAME", help="kernel to use, instead of the notebook's")
    parser.add_argument("--timeout", type=seconds, metavar="S", help="stop a cell after S seconds")


def run_and_write(
    options: argparse.Namespace,
    targets: Collection[Path],
    write_results: Callable[[Outcome, NotebookNode], list[bool]],
    rules_on: Collection[str] = (),
    deep: Deep | None = None,
) -> int:
    """Run the notebook of the options, write results, say what went wrong; the exit status.

    ``targets`` will be written; ``write_results`` says of each result whether it could be.

    Raises:
        HeadlessError: nothing was run.
    """
    with _needs():
        from ..headless.console import Progress
        from ..headless.notebook import check_target, code_cells, find_kernel
        from ..headless.run import run_notebook
        from ..headless.stop import held_signals
        from ..quote import printable

    with held_signals() as held:
        for path in targets:
            check_target(path)
        notebook = read_original(options.notebook)
        kernel = find_kernel(notebook, options.kernel)
        count = len(code_cells(notebook))
        if deep is not None:
            deep.check(count)
        progress = Progress(count)
        held.at_stake = True
        outcome = asyncio.run(
            run_notebook(
                notebook,
                options.notebook,
                kernel,
                options.timeout,
                progress,
                rules_on=rules_on,
                deep=deep,
            )
        )
        for complaint in outcome.complaints:
            say(printable(complaint))
        written = write_results(outcome, notebook)
        if outcome.failure is not None:
            say(outcome.failure)
        number = outcome.signal or held.number
        if number is not None:
            return 128 + number
        return OK if outcome.failure is None and all(written) else FAILED


def read_original(path: Path) -> NotebookNode:
    """The notebook as it is before it runs.

    Raises:
        HeadlessError: there is none.
    """
    with _needs():
        from ..headless.notebook import read_notebook

    return read_notebook(path)


@contextlib.contextmanager
def _needs() -> Iterator[None]:
    """Packages are imported within that only these commands need."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise HeadlessError(
            f"This command needs the package {error.name}. Install it with: "
            f'"{sys.executable}" -m pip install {error.name}'
        ) from None


def _run(options: argparse.Namespace) -> int:
    others = [options.html, options.json, options.trace]
    targets = [path for path in (*others, options.executed) if path is not None]
    check_distinct(targets, options.notebook, others)

    def write_results(outcome: Outcome, notebook: NotebookNode) -> list[bool]:
        if outcome.session is None:
            return []
        written = _write_results(options, outcome, outcome.session, notebook)
        if not targets:
            from ..headless.console import summary

            print_text(summary(outcome.records))
        from ..headless.console import details

        if text := details(outcome.records):
            print_text(text, targets)
        return written

    return run_and_write(options, targets, write_results, deep=_deep(options))


def _deep(options: argparse.Namespace) -> Deep | None:
    """What is to be recorded in depth.

    Raises:
        HeadlessError: steps of nothing.
    """
    if options.deep is None:
        if options.steps is not None:
            raise HeadlessError("--steps N is for --deep: say which cells are recorded in depth.")
        if options.trace is not None:
            raise HeadlessError(
                "--trace FILE is for --deep: say which cells are recorded in depth."
            )
        if options.replay:
            raise HeadlessError("--replay is for --deep: say which cells are recorded in depth.")
        return None
    with _needs():
        from ..headless.run import Deep

    return Deep(
        frozenset(options.deep),
        options.steps,
        traced=options.trace is not None,
        replayed=options.replay,
    )


def _write_results(
    options: argparse.Namespace, outcome: Outcome, session: bytes, notebook: object
) -> list[bool]:
    """Write what was asked for; whether each could be written."""
    session = session_bytes(session, no_source=options.no_source)
    results: list[tuple[Path | None, Callable[[], bytes]]] = [
        (options.json, lambda: session),
        (options.executed, lambda: notebook_bytes(notebook)),
        (options.html, lambda: report_bytes(session, options.notebook.stem)),
        (options.trace, lambda: _trace_bytes(options, outcome)),
    ]
    return [write(path, make) for path, make in results if path is not None]


def _trace_bytes(options: argparse.Namespace, outcome: Outcome) -> bytes:
    from ..headless.traces import trace_file

    if not outcome.traces:
        raise HeadlessError("nothing was recorded in depth")
    return trace_file(outcome.traces, options.trace, no_source=options.no_source)


def check_distinct(
    targets: Collection[Path], notebook: Path, others: Collection[Path | None]
) -> None:
    """Refuse to write two results, or one of the ``others`` and the notebook, to one file.

    What is no file, such as ``/dev/null``, takes several.

    Raises:
        HeadlessError: it would happen.
    """
    files = [path.resolve() for path in targets if not is_special(path)]
    if len(set(files)) < len(files):
        raise HeadlessError("Two results cannot be written to the same file.")
    if notebook.resolve() in {path.resolve() for path in others if path and not is_special(path)}:
        raise HeadlessError("A result would overwrite the notebook.")
