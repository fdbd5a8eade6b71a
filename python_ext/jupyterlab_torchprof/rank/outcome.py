"""What counts as the good end of a program."""

from __future__ import annotations


def is_success(error: BaseException | None) -> bool:
    """Nothing was raised, or ``sys.exit()``, ``sys.exit(None)``, ``sys.exit(0)``."""
    if error is None:
        return True
    if not issubclass(type(error), SystemExit):
        return False
    code = error.args[0] if error.args else None
    return code is None or (type(code) in (int, bool) and code == 0)
