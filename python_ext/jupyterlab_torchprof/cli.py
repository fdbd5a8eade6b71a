"""``jupyter torchprof``: profile a notebook without a front end, and render saved sessions."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .document import DocumentError, decode_session
from .environment import extension_version
from .headless.errors import HeadlessError

OK = 0
FAILED = 1
"""A cell failed, was stopped by the time limit, or a result could not be written."""
NOT_STARTED = 2
"""Nothing ran: the arguments or the notebook are at fault."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of ``jupyter torchprof``; returns the exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except HeadlessError as error:
        _say(str(error))
        return NOT_STARTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter torchprof",
        description="Where a notebook's tensors live, what each cell cost, and what would help.",
    )
    parser.add_argument("--version", action="version", version=extension_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="run a notebook and profile each cell",
        description="Run a notebook in a kernel of its own, as 'Run all' does, and profile each "
        "cell. The notebook itself is not changed. Without an output option a table is printed.",
        epilog="Exit status: 0 all cells ran; 1 a cell failed or took too long, or a result could "
        "not be written (what was measured is written all the same); 2 nothing was run; "
        "128 plus its number after a signal.",
    )
    run.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    run.add_argument("--html", type=Path, metavar="FILE", help="write a report to open anywhere")
    run.add_argument("--json", type=Path, metavar="FILE", help="write the session document")
    run.add_argument(
        "--notebook",
        type=Path,
        metavar="FILE",
        dest="executed",
        help="write the notebook with its outputs",
    )
    run.add_argument("--kernel", metavar="NAME", help="kernel to use, instead of the notebook's")
    run.add_argument("--timeout", type=_seconds, metavar="S", help="stop a cell after S seconds")
    run.set_defaults(command=_run)

    report = commands.add_parser(
        "report",
        help="render a saved session",
        description="Make a report of a session document that 'run --json' wrote.",
    )
    report.add_argument("session", type=Path, metavar="SESSION.json")
    report.add_argument("--html", type=Path, metavar="FILE", required=True)
    report.set_defaults(command=_report)
    return parser


def _run(options: argparse.Namespace) -> int:
    try:
        from .headless.console import Progress, printable, summary
        from .headless.notebook import check_target, code_cells, find_kernel, read_notebook
        from .headless.run import run_notebook
    except ModuleNotFoundError as error:
        raise HeadlessError(
            f"'jupyter torchprof run' needs the package {error.name}. Install it with: "
            f'"{sys.executable}" -m pip install {error.name}'
        ) from None

    targets = [path for path in (options.html, options.json, options.executed) if path is not None]
    for path in targets:
        check_target(path)
    _check_distinct(options, targets)
    notebook = read_notebook(options.notebook)
    kernel = find_kernel(notebook, options.kernel)
    progress = Progress(len(code_cells(notebook)))
    outcome = asyncio.run(
        run_notebook(notebook, options.notebook, kernel, options.timeout, progress)
    )

    written = [True]
    if outcome.session is not None:
        written = _write_results(options, outcome.session, notebook)
        if not targets:
            _print(summary(outcome.records))
    for complaint in outcome.complaints:
        _say(printable(complaint))
    if outcome.failure is not None:
        _say(outcome.failure)
    if outcome.signal is not None:
        return 128 + outcome.signal
    return FAILED if outcome.failure is not None or not all(written) else OK


def _write_results(options: argparse.Namespace, session: bytes, notebook: object) -> list[bool]:
    """Write what was asked for; whether each could be written."""
    results: list[tuple[Path | None, Callable[[], bytes]]] = [
        (options.json, lambda: session),
        (options.executed, lambda: _notebook_bytes(notebook)),
        (options.html, lambda: _html(session, options.notebook.stem)),
    ]
    return [_write(path, make) for path, make in results if path is not None]


def _report(options: argparse.Namespace) -> int:
    from .headless.notebook import check_target

    check_target(options.html)
    try:
        data = options.session.read_bytes()
    except OSError as error:
        raise HeadlessError(f"{str(options.session)!r} cannot be read: {error.strerror}.") from None
    try:
        decode_session(data)
    except DocumentError as error:
        raise HeadlessError(f"{str(options.session)!r} is no session document: {error}") from None
    return OK if _write(options.html, lambda: _html(data, options.session.stem)) else FAILED


def _check_distinct(options: argparse.Namespace, targets: list[Path]) -> None:
    """Refuse to write two results, or a report and the notebook itself, to one file."""
    resolved = [path.resolve() for path in targets]
    if len(set(resolved)) < len(resolved):
        raise HeadlessError("Two results cannot be written to the same file.")
    if options.notebook.resolve() in {p.resolve() for p in (options.html, options.json) if p}:
        raise HeadlessError("A result would overwrite the notebook.")


def _write(path: Path, make: Callable[[], bytes]) -> bool:
    """Make one result and write it; a failure is told and does not keep back the others."""
    from .headless.notebook import write_whole

    try:
        write_whole(path, make())
    except Exception as error:  # whatever rendering stumbles over, the other results matter
        _say(f"{str(path)!r} could not be written: {type(error).__name__}: {error}")
        return False
    _say(f"Wrote {path}")
    return True


def _html(session: bytes, title: str) -> bytes:
    from .deliver.report import render_report

    page: str = render_report(session, title=title)
    return page.encode("utf-8")


def _notebook_bytes(notebook: object) -> bytes:
    import nbformat

    text: str = nbformat.writes(notebook, nbformat.NO_CONVERT)
    return (text + "\n").encode("utf-8", "replace")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be a number of seconds above zero")
    return value


def _print(text: str) -> None:
    """Print, also where the output cannot show every character (a pipe on Windows)."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
