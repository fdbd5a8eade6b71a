"""Tensors that are made in host memory and copied at once."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity, Transfer
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.times import is_worth_saying
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Call, Program, dotted, read, resolve

SAME = frozenset(f"torch.{name}" for name in ("empty", "eye", "full", "ones", "zeros"))
"""These make the same values on every device."""
ROUNDED = frozenset(f"torch.{name}" for name in ("arange", "linspace", "logspace"))
"""The last bit may differ. ``torch.tensor`` is not among them: it copies with ``device=``, too."""
_RANDOM = frozenset(f"torch.{name}" for name in ("rand", "randn", "randint", "randperm"))


@dataclass(frozen=True, slots=True)
class Created:
    """Copies of one line whose source a factory makes in the same expression."""

    record: CellRecord
    transfer: Transfer
    call: Call
    """The ``.to(device)``."""
    factory: str


class CreateOnDevice(OldRule[Created]):
    """A tensor is made on the CPU and copied to the device in one expression.

    The finding is copies to an accelerator on one line that took 50 ms and 1 % of the run, where
    the text calls ``.to()`` or ``.cuda()`` on what a factory such as ``torch.zeros`` returns.
    Nothing is predicted: the copy goes, but filling the memory on the device takes a while, too.
    Random factories draw other numbers on another device: that is said, and no fix is offered.
    """

    id: ClassVar[str] = "create-on-device"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = (
        "A tensor is made in host memory and copied to the device in the same expression."
    )
    proof: ClassVar[str] = (
        "Copies to the accelerator on that line, with their bytes, which took at least 50 ms and "
        "1 % of the run."
    )
    cure: ClassVar[str] = "Passes `device=` to the factory instead."
    silent: ClassVar[str] = (
        "For copies of anything else, and below 50 ms or 1 % of the run. Random factories get no "
        "fix, since they draw other numbers on another device."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html"
        "#create-tensors-directly-on-the-target-device",
    )
    in_functions: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Created | None:
        """See the class."""
        for transfer in record.transfers:
            to_device = transfer.method in ("to", "cuda") and transfer.source == "cpu"
            if not to_device or not is_worth_saying(transfer.duration_s, record):
                continue
            program = Program(record, history)
            call = _only_call(record, transfer)
            inner = getattr(call.node.func, "value", None) if call is not None else None
            if call is None or not isinstance(inner, ast.Call):
                continue
            factory = resolve(dotted(inner.func), program.imports)
            if factory in SAME | ROUNDED | _RANDOM and only_device(call, record):
                return Created(record, transfer, call, factory)
        return None

    def title(self, finding: Created) -> str:
        """One sentence."""
        return (
            f"Line {finding.call.line} makes tensors in host memory and copies "
            f"{format_bytes(finding.transfer.moved_bytes)} to {finding.transfer.target}."
        )

    def explanation(self, finding: Created) -> str:
        """What happens and what can be done."""
        return (
            f"`{finding.factory}` fills host memory, and the result is copied at once. With "
            "`device=` it fills the device's memory, and nothing is copied."
        )

    def evidence(self, finding: Created) -> list[str]:
        """Facts of the record."""
        transfer = finding.transfer
        took = format_seconds(transfer.duration_s)
        return [
            f"{count_of(transfer.calls, 'copy', 'copies')} of "
            f"{format_bytes(transfer.moved_bytes)} in all took {took} of "
            f"{format_seconds(finding.record.duration_s)}."
        ]

    def remedy(self, finding: Created) -> Remedy:
        """Pass the device to the factory."""
        from ...fixes.create import CannotFix, create_on  # libcst takes a while to import

        record, lines = finding.record, [finding.call.line]
        if finding.factory in _RANDOM:
            refusal = (
                f"{finding.factory} draws other numbers on another device: pass device= by hand "
                "if that does not matter."
            )
            return Remedy(refusal=refusal, lines=lines)
        try:
            fix = create_on(
                record.source,
                finding.call.place,
                cell_id=record.cell_id,
                safe=finding.factory in SAME,
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=lines)
        return Remedy(fix=fix, lines=lines)


def _only_call(record: CellRecord, transfer: Transfer) -> Call | None:
    """The call on a transfer's line, if there is just one of its method."""
    code = read(record.source)
    found = [
        call
        for call in (code.calls if code is not None else ())
        if call.method == transfer.method
        and call.place.line <= (transfer.line or 0) <= call.place.end_line
    ]
    return found[0] if len(found) == 1 else None


def only_device(call: Call, record: CellRecord) -> bool:
    """Whether the move is told a device and nothing that changes values."""
    if call.has_double_star or set(call.keywords) - {"device", "non_blocking"}:
        return False
    arguments = call.node.args
    if call.method == "cuda":
        return len(arguments) <= 1
    where = arguments[0] if arguments else call.keywords.get("device")
    if isinstance(where, ast.Name):  # it may be a tensor or a dtype as well
        named = record.placement.devices_named if record.placement is not None else {}
        return len(arguments) <= 1 and (where.id in named or "dev" in where.id.lower())
    is_dtype = isinstance(where, ast.Attribute) and where.attr != "device"
    return where is not None and len(arguments) <= 1 and not is_dtype
