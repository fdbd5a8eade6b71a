"""What makes the command start sooner."""

from __future__ import annotations

import sys
from contextlib import suppress

_GRAMMAR = "rfc3987_syntax"


def leave_grammar_of_addresses_out() -> None:
    """Import jsonschema without the grammar of international addresses, if that is installed.

    nbformat imports jsonschema, which builds that grammar for a check of formats that nobody asks
    for here: three of the three and a half seconds that the command took to begin. Only in a
    process that is the command's own.
    """
    if "jsonschema" in sys.modules or _GRAMMAR in sys.modules:
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        with suppress(ImportError):
            import jsonschema  # type: ignore[import-untyped]  # noqa: F401
    finally:
        del sys.modules[_GRAMMAR]
