"""``jupyter torchprof``: profile, compare and fix notebooks without a front end."""

from __future__ import annotations

from collections.abc import Sequence

# Everything else is imported within `main`, where Ctrl-C is heeded: it takes a while.


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of ``jupyter torchprof``; returns the exit status."""
    try:
        from .startup import leave_grammar_of_addresses_out

        leave_grammar_of_addresses_out()
        from .commands import run_command

        return run_command(arguments)
    except KeyboardInterrupt:
        import signal
        import sys

        print("\nStopped.", file=sys.stderr)
        return 128 + signal.SIGINT
