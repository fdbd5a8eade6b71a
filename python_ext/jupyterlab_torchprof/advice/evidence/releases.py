"""What the kernel can let go of at once, as actions; ``expected``: bytes by device."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import Action
from ...words import code_list, enumerate_words


def delete_names(names: Sequence[str], remark: str, expected: dict[str, int]) -> Action:
    """Deletes variables; ``remark`` ends the description's first sentence."""
    return Action(
        kind="delete_names",
        title=f"Delete {', '.join(names)}",
        description=f"Deletes {code_list(names)}{remark}",
        targets=list(names),
        expected_bytes=expected,
    )


def release_outputs(counts: Sequence[str], expected: dict[str, int]) -> Action:
    """Takes outputs out of IPython's cache."""
    names = enumerate_words([f"Out[{count}]" for count in counts])
    return Action(
        kind="release_outputs",
        title=f"Release {names}",
        description=(
            f"Removes {names} from IPython's cache and from `_`, `__` and `___`; it cannot be "
            "read there afterwards. Variables are not touched."
        ),
        targets=list(counts),
        expected_bytes=expected,
    )


def clear_traceback(expected: dict[str, int]) -> Action:
    """Frees what the last error keeps."""
    return Action(
        kind="clear_traceback",
        title="Clear the traceback",
        description=(
            "Lets go of the last error's frames and their local variables. %debug and %tb will "
            "not work any more for this error; its text stays in the cell's output."
        ),
        expected_bytes=expected,
    )
