"""The commands of ``jupyter torchprof``, and the one that is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from ..environment import extension_version
from ..headless.errors import HeadlessError
from . import compare, doctor, fix, report, run
from .output import NOT_STARTED, say


def run_command(arguments: Sequence[str] | None) -> int:
    """Run the command that the arguments name; returns the exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except HeadlessError as error:
        say(str(error))
        return NOT_STARTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter torchprof",
        description="Where a notebook's tensors live, what each cell cost, and what would help.",
    )
    parser.add_argument("--version", action="version", version=extension_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in (run, report, compare, fix, doctor):
        part.add_command(commands)
    return parser
