"""Which launch a process belongs to whose launcher starts it again when one has failed.

Nobody tells such a process how often that was before. Each rank leaves a mark for each time that it
began, and takes the first number for which it has left none.
"""

from __future__ import annotations

from pathlib import Path

_MOST = 16
"""Times that a rank is measured: a launcher may start it again without end."""
_SUFFIX = ".begun"


def next_number(folder: Path) -> int:
    """The least that is above all which ranks have taken."""
    taken = (path.name.partition("-")[0] for path in folder.glob(f"*{_SUFFIX}"))
    return 1 + max((int(number) for number in taken if number.isdecimal()), default=-1)


def take_number(folder: Path, first: int, rank: int) -> int | None:
    """The number of a rank that begins now; ``None``: it has begun too often. Raises OSError.

    ``first``: of the launch, as if nothing had failed.
    """
    for number in range(first, first + _MOST):
        try:
            Path(folder, f"{number}-{rank}{_SUFFIX}").touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        return number
    return None
