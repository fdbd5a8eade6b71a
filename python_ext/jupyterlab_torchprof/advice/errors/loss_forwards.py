"""The forwards that a loss goes back to, and why they recorded no graph."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import CellRecord, FileText, Forwards, PlacedModule
from ...words import code_list
from ..evidence.failures import Failure
from ..evidence.modules import root_of_forwards
from ..grammar import Case
from ..text.code import read
from ..text.history import bound_to, lines_behind
from .cause import Cause


def forwards_behind(failure: Failure, run: CellRecord, loss: str) -> list[tuple[Forwards, int]]:
    """The run's forwards on lines that the loss goes back to by its text, with these lines."""
    text = _text_of(failure, run, loss)
    code = read(text.source) if text is not None else None
    if text is None or code is None or run.grad is None:
        return []
    behind = lines_behind(code, loss, failure.line if text is failure.code else None)
    found: list[tuple[Forwards, int]] = []
    for entry in run.grad.forwards:
        line = _line_in(run, entry.place, text.source_hash)
        if line in behind:
            found.append((entry, line))
    return found


def _text_of(failure: Failure, run: CellRecord, loss: str) -> CellRecord | FileText | None:
    """The text that binds the loss."""
    if failure.error.file_objects is not None:
        codes = ((each, read(each.source)) for each in run.files)
        binding = [each for each, code in codes if code and bound_to(code, loss, None) is not None]
        return binding[0] if len(binding) == 1 else None
    return failure.code if failure.function != "<module>" else run


def _line_in(run: CellRecord, place: int | None, source_hash: str) -> int | None:
    """The line of one text from which a place was reached, nearest to it."""
    while place is not None:
        at = run.places[place]
        if at.source_hash == source_hash and at.line is not None:
            return at.line
        place = at.parent
    return None


def forwards_off(
    run: CellRecord, behind: Sequence[tuple[Forwards, int]], name: str
) -> Cause | None:
    """None of the forwards that the loss goes back to recorded."""
    forwards = [entry for entry, _line in behind]
    if not forwards or any(_records(each) for each in forwards):
        return None
    entry, line = behind[-1]
    mode = "in inference mode" if all(each.inference for each in forwards) else "with gradients off"
    return Cause(
        f"{name} has no graph: the forward of `{entry.module}` on line {line} ran {mode}.",
        "`torch.no_grad()`, `torch.inference_mode()` or a decorator of theirs was around it: a "
        "forward that is to be trained must run outside.",
        (f"Seen in {cell_of(run)}.",),
    )


def _records(entry: Forwards) -> bool:
    return entry.grad and not entry.inference


def frozen(
    case: Case, run: CellRecord, behind: Sequence[tuple[Forwards, int]], name: str
) -> Cause | None:
    """Every module that the loss goes back to is frozen."""
    placement = run.placement
    forwards = [entry for entry, _line in behind]
    if placement is None or not forwards:
        return None
    weighty: list[PlacedModule] = []
    for each in forwards:
        root = root_of_forwards(run, case.history, each)
        if root is not None:
            weighty.append(root.module)
        else:
            roots = (*placement.modules, *placement.local_modules)
            weighty += [module for module in roots if module.class_name == each.module]
    weighty = [each for each in weighty if each.parameters]
    if not weighty or any(each.trainable_bytes != 0 for each in weighty):
        return None
    models = code_list([each.path for each in weighty[:3]])
    return Cause(
        f"{name} has no graph: no parameter of {models} requires grad.",
        "Everything in it is frozen. Let the part that is to be trained require grad: "
        "`model.head.requires_grad_(True)`.",
    )


def cell_of(run: CellRecord) -> str:
    """The run, by its execution count."""
    return "[?]" if run.execution_count is None else f"[{run.execution_count}]"
