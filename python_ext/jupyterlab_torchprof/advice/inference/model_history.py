"""What the session has done with a model: trained it, set its mode."""

from __future__ import annotations

from ...record import CellRecord
from ..evidence.forwards import trained_until
from ..evidence.intent import sets_training
from ..evidence.modules import Root, called_functions, mode_calls
from ..evidence.trainers import may_train
from ..grammar import Case
from ..grammar.case import function_of
from ..text.notebook import Later
from ..text.program import cell_key
from ..text.uses.to_come import is_training_to_come


def must_be_restored(case: Case, root: Root | None, trained: int, later: Later) -> bool:
    """Whether training comes after an evaluation that does not set the mode itself.

    ``trained``: line of the last training above in the cell; 0: there is none. ``later``: cells
    that may be to train.
    """
    if trained and not _sets_mode(case, case.record, trained):
        return True
    if root is None:  # the model may live only within the run
        view = function_of(case.record)
        if view is None or trained_until(view.run) == 0:
            return False
        return not _sets_mode_anywhere(case, view.run)
    if is_training_to_come(later) and not any(map(_says_train, later.texts())):
        return True
    return any(
        cell_key(run) != cell_key(case.record)
        and may_train(run, root.module)
        and not _sets_mode_anywhere(case, run)
        for run in case.history
    )


def _says_train(source: str) -> bool:
    """Whether a text puts something into training mode, itself or in its functions."""
    return ".train(" in source


def _sets_mode_anywhere(case: Case, run: CellRecord) -> bool:
    return _sets_mode(case, run, trained_until(run) or 1)


def _sets_mode(case: Case, run: CellRecord, line: int) -> bool:
    """Whether a cell that trains calls ``.train()``, itself or in a function."""
    return any(training for _call, training in mode_calls(run.source)) or any(
        map(sets_training, called_functions(run, case.history, line))
    )
