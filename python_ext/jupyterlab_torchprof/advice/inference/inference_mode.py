"""``no_grad`` where ``inference_mode`` would do."""

from __future__ import annotations

import ast
from collections.abc import Collection
from functools import partial

from ... import fixes
from ...derive import line_of
from ...record import CellRecord, Forwards
from ...words import count_of
from ..evidence.functions.view import FunctionView, run_of
from ..evidence.kept_results import names_in_callers
from ..grammar import Case, Finding, Rule
from ..text.code import Call, dotted, imports_of, read, resolve
from ..text.first_uses import name_uses
from ..text.notebook import Later, Outlook
from ..text.program import Site
from ..text.uses.devices import device_uses
from ..text.uses.graphs import container, modules_of
from ..text.uses.handed import is_changed_where_it_goes
from ..text.uses.to_come import is_training_to_come

_NO_GRAD = frozenset(
    {"torch.no_grad", "torch.autograd.no_grad", "torch.autograd.grad_mode.no_grad"}
)
_MAKES_MODULES = frozenset(
    {"compile", "deepcopy", "from_pretrained", "load_state_dict", "register_buffer"}
)


class InferenceMode(Rule):
    """Inference runs under `torch.no_grad()`; `torch.inference_mode()` also leaves out what
    autograd keeps to detect changes in place.

    Evidence: Forwards in a block of `torch.no_grad()`, in a session without a backward or a step,
    whose results no cell changes in place or gives to autograd.

    Fix: Replaces `no_grad()` by `inference_mode()`.

    Silent: Unless it is turned on in the settings; in sessions that train; where the block makes
    modules or loads weights; where results are changed in place.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#inference-mode

    Notes: Off by default: what it saves is little and not measured here. Tensors made in inference
    mode can neither be changed in place outside it, nor saved for a backward, nor require
    gradients, and a module made there could not be trained later. So the advice waits, and goes
    when a later cell does one of these or, not having run, is to do so. Results are followed into
    functions that get, keep or return them, and into nothing whose text is not known. The fix is
    safe where all cells are known and none passes on what the block binds.
    """

    id = "inference-mode"
    severity = "low"
    on_by_default = False
    waits = True
    minds_later = True
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Forwards in a block of ``no_grad`` that may as well be one of inference mode."""
        record, found = case.record, _guarded(case)
        if found is None:
            return None
        entry, guard, results = found
        return Finding(
            title=f"The forwards of line {case.line(entry.place)} could run in inference mode.",
            explanation=(
                "Under torch.inference_mode() PyTorch also leaves out version counters and the "
                "bookkeeping of views. Its tensors cannot be changed in place outside of it, nor "
                "used by autograd later, and nothing in this session does that."
            ),
            evidence=[
                f"Line {case.line(entry.place)} ran {count_of(entry.calls, 'forward')} of "
                f"`{entry.module}` without gradients, in the block of line {guard.line}.",
                "No cell of the session has run a backward or an optimizer step.",
            ],
            remedy=case.edit(
                lambda: fixes.grad_mode.infer(record.source, guard.place, cell_id=record.cell_id),
                Site(record, guard),
            ),
            outlook=partial(_outlook, case, guard, results),
        )

    def awaits(self, record: CellRecord) -> bool:
        """It ran forwards without gradients."""
        return bool(_without_gradients(record))


def _without_gradients(record: CellRecord) -> list[Forwards]:
    """Forwards that may be in a block of ``no_grad``."""
    if record.grad is None or record.status != "ok":
        return []
    return [
        entry
        for entry in record.grad.forwards
        if not entry.grad and not entry.inference and line_of(record, entry.place)
    ]


def _guarded(case: Case) -> tuple[Forwards, Call, set[str]] | None:
    """Forwards, the call of ``no_grad`` around them, and what gets the results.

    In a session that trains nothing.
    """
    record, entries = case.record, _without_gradients(case.record)
    if (
        not entries
        or "no_grad" not in record.source
        or any(
            run.grad is not None and (run.grad.backwards or run.grad.optimizer_steps)
            for run in case.history
        )
    ):
        return None
    for entry in entries:
        guard = guard_of(record.source, case.line(entry.place) or 0, case.program.imports)
        if guard is None or not _is_direct(record, entry) or _makes(record, guard.statement):
            continue
        callers = names_in_callers(record, case.history)
        results = None if callers is None else _bound(guard) | callers
        if results is not None and not _goes_astray(case, guard, []):
            return entry, guard, results
    return None


def guard_of(source: str, line: int, imports: dict[str, str]) -> Call | None:
    """The call of ``no_grad`` in the ``with`` around a line, if it is alone there."""
    code = read(source)
    for call in code.calls if code is not None else ():
        block = call.statement
        if not isinstance(block, ast.With) or len(block.items) != 1:
            continue
        item = block.items[0]
        if item.context_expr is not call.node or item.optional_vars is not None:
            continue
        inside = block.body[0].lineno <= line <= (block.end_lineno or 0)
        if inside and resolve(call.name, imports) in _NO_GRAD and not call.node.args:
            return call
    return None


def _is_direct(record: CellRecord, entry: Forwards) -> bool:
    """Whether no other function is called that may do more than the block's text says."""
    return not isinstance(record, FunctionView) or line_of(record, entry.place) in record.direct


def _makes(record: CellRecord, block: ast.stmt) -> bool:
    """Whether a block makes what inference mode would spoil."""
    modules = {"self", *modules_of(record)}
    for node in ast.walk(block):
        if isinstance(node, ast.Call):
            last = dotted(node.func).rpartition(".")[2]
            if last[:1].isupper() or last in _MAKES_MODULES:
                return True
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store):
            continue
        if dotted(node.value) in modules:
            return True  # a cache, which may outlive the block, or a buffer
    return False


def _bound(call: Call) -> set[str]:
    """What the block binds or fills."""
    bound: set[str] = set()
    for node in ast.walk(call.statement):
        if not isinstance(node, (ast.Attribute, ast.Name)):
            continue
        if isinstance(node.ctx, ast.Store):
            bound.add(dotted(node))
        elif isinstance(node, ast.Attribute) and node.attr in ("append", "extend"):
            bound.add(dotted(container(node.value)))
    return bound


def _goes_astray(case: Case, guard: Call, more: Collection[str]) -> bool:
    """Whether who gets the results may change them in place; ``more``: texts that will run."""
    files = [file.source for file in run_of(case.record).files]
    texts = {*(each.source for each in case.history), *files, *more}
    imports = imports_of(case.history)
    return is_changed_where_it_goes(texts, _around(case), guard.statement, imports)


def _around(case: Case) -> str:
    """The text that the block stands in, on the same lines as in a function's own."""
    return case.record.code.source if isinstance(case.record, FunctionView) else case.record.source


def _outlook(case: Case, guard: Call, names: Collection[str], later: Later) -> Outlook:
    """Whether no cell trains, changes what the block binds, or passes it on."""
    record = case.record
    waiting = list(later.waiting(run_of(record)))
    if any(map(_will_train, waiting)) or is_training_to_come(later):
        return Outlook.NEEDED
    if _goes_astray(case, guard, waiting):
        return Outlook.NEEDED
    if isinstance(record, FunctionView):
        return Outlook.UNSAFE  # a function may be called by ways that no text shows
    others = later.texts(record)
    passed = any(device_uses(others, name, own=record.source).elsewhere for name in names)
    return Outlook.UNSAFE if passed else Outlook.SAFE


def _will_train(text: str) -> bool:
    uses = name_uses(text)
    return uses is None or uses.trains or ".step(" in text
