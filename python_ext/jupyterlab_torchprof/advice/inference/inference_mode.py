"""``no_grad`` where ``inference_mode`` would do."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, Severity
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Call, Program, read, resolve
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


@dataclass(frozen=True, slots=True)
class Guarded:
    """Forwards in a block of ``no_grad`` in a session that trains nothing."""

    record: CellRecord
    entry: Forwards
    call: Call
    """The call of ``no_grad`` that makes the block."""
    names: list[str]
    """What the block binds."""


class InferenceMode(OldRule[Guarded]):
    """A block of ``torch.no_grad()`` could be one of ``torch.inference_mode()``.

    Inference mode also leaves out version counters and views' bookkeeping. Off by default: what
    it saves is little, is not measured here, and its tensors cannot be used by autograd later.

    The finding is a line whose forwards ran without gradients, outside inference mode, in a
    ``with`` block of the cell that calls ``torch.no_grad()`` and nothing else. Since tensors
    made in inference mode can neither be changed in place outside it, nor saved for a backward,
    nor require gradients, it is given only where no run of the session has trained, and no name
    that the block binds is changed in place, or asked for gradients, by any cell. It waits, and
    goes, when a later cell does one of these or, not having run, is to do so. The fix is safe where
    all cells are known and none passes on what the block binds.

    Silent also where the block makes modules or loads weights: such a module could not be
    trained later.
    """

    id: ClassVar[str] = "inference-mode"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = (
        "Inference runs under `torch.no_grad()`; `torch.inference_mode()` also leaves out what "
        "autograd keeps to detect changes in place."
    )
    proof: ClassVar[str] = (
        "Forwards in a block of `torch.no_grad()` of the cell, in a session without a backward "
        "or a step, whose results no cell changes in place or gives to autograd."
    )
    cure: ClassVar[str] = "Replaces `no_grad()` by `inference_mode()`."
    silent: ClassVar[str] = (
        "Unless it is turned on in the settings; in sessions that train; where the block makes "
        "modules or loads weights; where results are changed in place."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/autograd.html#inference-mode",
    )
    on_by_default: ClassVar[bool] = False
    waits: ClassVar[bool] = True
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Guarded | None:
        """See the class."""
        grad = record.grad
        if grad is None or record.status != "ok" or "no_grad" not in record.source:
            return None
        entries = [e for e in grad.forwards if not e.grad and not e.inference and e.line]
        if not entries or any(_trains(run) for run in (*history, record)):
            return None
        program = Program(record, history)
        for entry in entries:
            call = guard_of(record.source, entry.line or 0, program.imports)
            if call is not None and not _makes(call):
                names = _bound(call)
                if not _are_spoiled([*history, record], names, call):
                    return Guarded(record, entry, call, sorted(names))
        return None

    def awaits(self, record: CellRecord) -> bool:
        """It ran forwards without gradients."""
        grad = record.grad
        return (
            grad is not None
            and record.status == "ok"
            and any(not entry.grad and not entry.inference for entry in grad.forwards)
            and "no_grad" in record.source
        )

    def outlook(self, finding: Guarded, later: Later) -> Outlook:
        """Whether no cell trains, changes what the block binds, or passes it on."""
        record, names = finding.record, set(finding.names)
        waiting = list(later.waiting(record))
        if any(_will_train(text) or _spoils(text, names, None) for text in waiting):
            return Outlook.NEEDED
        others = later.texts(record)
        uses = [device_uses(others, name, own=record.source) for name in names]
        return Outlook.UNSAFE if any(each.elsewhere for each in uses) else Outlook.SAFE

    def title(self, finding: Guarded) -> str:
        """One sentence."""
        return f"The forwards of line {finding.entry.line} could run in inference mode."

    def explanation(self, finding: Guarded) -> str:
        """What happens and what can be done."""
        return (
            "Under torch.inference_mode() PyTorch also leaves out version counters and the "
            "bookkeeping of views. Its tensors cannot be changed in place outside of it, nor "
            "used by autograd later, and nothing in this session does that."
        )

    def evidence(self, finding: Guarded) -> list[str]:
        """Facts of the record."""
        entry = finding.entry
        return [
            f"Line {entry.line} ran {count_of(entry.calls, 'forward')} of `{entry.module}` "
            f"without gradients, in the block of line {finding.call.line}.",
            "No cell of the session has run a backward or an optimizer step.",
        ]

    def remedy(self, finding: Guarded) -> Remedy:
        """Another context manager."""
        from ...fixes.grad_mode import CannotFix, infer  # libcst takes a while to import

        record, lines = finding.record, [finding.call.line]
        try:
            fix = infer(record.source, finding.call.place, cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines)
        return Remedy(fix=fix, lines=lines)


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


def _trains(run: CellRecord) -> bool:
    grad = run.grad
    return grad is not None and bool(grad.backwards or grad.optimizer_steps)


def _will_train(text: str) -> bool:
    uses = name_uses(text)
    return uses is None or uses.trains or ".step(" in text


def _makes(call: Call) -> bool:
    """Whether the block makes what inference mode would spoil."""
    return any(
        _makes_module(node)
        if isinstance(node, ast.Call)
        # a cache of an object, which may outlive the block
        else isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        for node in ast.walk(call.statement)
    )


def _bound(call: Call) -> set[str]:
    """What the block binds or fills."""
    bound: set[str] = set()
    for node in ast.walk(call.statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.Attribute) and node.attr in ("append", "extend"):
            bound.update(n.id for n in ast.walk(node.value) if isinstance(n, ast.Name))
    return bound


def _are_spoiled(runs: Sequence[CellRecord], names: set[str], call: Call) -> bool:
    own = runs[-1].source
    return any(
        _spoils(source, names, call.statement if source == own else None)
        for source in {run.source for run in runs}
    )


def _makes_module(node: ast.Call) -> bool:
    function = node.func
    last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "?")
    return last[:1].isupper() or last in _MAKES_MODULES


def _spoils(source: str, names: set[str], block: ast.stmt | None) -> bool:
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
