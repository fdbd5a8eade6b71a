"""``jupyter torchprof doctor``: what PyTorch was built for against what the machine has."""

from __future__ import annotations

import argparse

import msgspec

from ..headless.errors import HeadlessError
from .output import FAILED, OK, Commands, print_data, print_text


def add_command(commands: Commands) -> None:
    """Add it to the parser."""
    doctor = commands.add_parser(
        "doctor",
        help="check PyTorch, the driver and the devices",
        description="Check PyTorch's build against the driver and the devices, precision, threads, "
        "memory settings and what the profiler itself can use, and say what to do.",
        epilog="Exit status: 0 no problem was found; 1 a problem was found; 2 nothing could be "
        "checked.",
    )
    doctor.add_argument("--json", action="store_true", help="print facts and findings as JSON")
    doctor.set_defaults(command=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from ..doctor.checks import judge
    from ..doctor.facts import ExamineError, examine
    from ..doctor.text import render

    try:
        facts = examine()
    except ExamineError as error:
        raise HeadlessError(str(error)) from None
    results = judge(facts)
    if options.json:
        print_data(msgspec.json.encode({"facts": facts, "results": results}).decode())
    else:
        print_text(render(results))
    return FAILED if any(result.level == "problem" for result in results) else OK
