"""``no_grad`` where ``inference_mode`` would do."""

from __future__ import annotations

import ast
from collections.abc import Collection
from functools import partial

from ... import fixes
from ...derive import line_of
from ...record import CellRecord, Forwards
from ...words import count_of
from ..grammar import Case, Finding, Rule
from ..text.code import Call, Site, dotted, read, resolve
from ..text.names import name_uses
from ..text.notebook import Later, Outlook
from ..text.uses.devices import device_uses
from ..text.uses.values import changed_by

_NO_GRAD = frozenset(
    {"torch.no_grad", "torch.autograd.no_grad", "torch.autograd.grad_mode.no_grad"}
)
_MAKES_MODULES = frozenset(
    {"compile", "deepcopy", "from_pretrained", "load_state_dict", "register_buffer"}
)


class InferenceMode(Rule):
    """Inference runs under `torch.no_grad()`; `torch.inference_mode()` also leaves out what
    autograd keeps to detect changes in place.

    Evidence: Forwards in a block of `torch.no_grad()` of the cell, in a session without a backward
    or a step, whose results no cell changes in place or gives to autograd.

    Fix: Replaces `no_grad()` by `inference_mode()`.

    Silent: Unless it is turned on in the settings; in sessions that train; where the block makes
    modules or loads weights; where results are changed in place.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#inference-mode

    Notes: Off by default: what it saves is little and not measured here. Tensors made in inference
    mode can neither be changed in place outside it, nor saved for a backward, nor require
    gradients, and a module made there could not be trained later. So the advice waits, and goes
    when a later cell does one of these or, not having run, is to do so. The fix is safe where all
    cells are known and none passes on what the block binds.
    """

    id = "inference-mode"
    severity = "low"
    on_by_default = False
    waits = True
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """Forwards in a block of ``no_grad`` that may as well be one of inference mode."""
        record, found = case.record, _guarded(case)
        if found is None:
            return None
        entry, guard = found
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
            outlook=partial(_outlook, record, _bound(guard)),
        )

    def awaits(self, record: CellRecord) -> bool:
        """It ran forwards without gradients."""
        return bool(_without_gradients(record))


def _without_gradients(record: CellRecord) -> list[Forwards]:
    """Forwards that may be in a block of ``no_grad``."""
    if record.grad is None or record.status != "ok" or "no_grad" not in record.source:
        return []
    return [
        entry
        for entry in record.grad.forwards
        if not entry.grad and not entry.inference and line_of(record, entry.place)
    ]


def _guarded(case: Case) -> tuple[Forwards, Call] | None:
    """Forwards, and the call of ``no_grad`` around them, in a session that trains nothing."""
    record, entries = case.record, _without_gradients(case.record)
    if not entries or any(
        run.grad is not None and (run.grad.backwards or run.grad.optimizer_steps)
        for run in case.history
    ):
        return None
    for entry in entries:
        guard = guard_of(record.source, case.line(entry.place) or 0, case.program.imports)
        if guard is None or any(map(_makes, ast.walk(guard.statement))):
            continue
        if not _are_spoiled(case, guard):
            return entry, guard
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


def _makes(node: ast.AST) -> bool:
    """Whether a part of the block makes what inference mode would spoil."""
    if isinstance(node, ast.Call):
        last = dotted(node.func).rpartition(".")[2]
        return last[:1].isupper() or last in _MAKES_MODULES
    # A cache of an object may outlive the block.
    return isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)


def _bound(call: Call) -> set[str]:
    """What the block binds or fills."""
    bound: set[str] = set()
    for node in ast.walk(call.statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.Attribute) and node.attr in ("append", "extend"):
            bound.update(n.id for n in ast.walk(node.value) if isinstance(n, ast.Name))
    return bound


def _are_spoiled(case: Case, guard: Call) -> bool:
    """Whether a cell changes in place what the block binds."""
    own, names = case.record.source, _bound(guard)
    return any(
        _spoils(source, names, guard.statement if source == own else None)
        for source in {run.source for run in case.history}
    )


def _spoils(source: str, names: Collection[str], block: ast.stmt | None) -> bool:
    """Whether a cell changes one of the names in place outside ``block``."""
    if not any(name in source for name in names):
        return False
    code = read(source)
    if code is None:
        return True
    inside = range(block.lineno, (block.end_lineno or 0) + 1) if block is not None else ()
    return any(
        changed_by(node) in names
        for node in ast.walk(code.tree)
        if getattr(node, "lineno", 0) not in inside
    )


def _outlook(record: CellRecord, names: Collection[str], later: Later) -> Outlook:
    """Whether no cell trains, changes what the block binds, or passes it on."""
    if any(_will_train(text) or _spoils(text, names, None) for text in later.waiting(record)):
        return Outlook.NEEDED
    others = later.texts(record)
    passed = any(device_uses(others, name, own=record.source).elsewhere for name in names)
    return Outlook.UNSAFE if passed else Outlook.SAFE


def _will_train(text: str) -> bool:
    uses = name_uses(text)
    return uses is None or uses.trains or ".step(" in text
