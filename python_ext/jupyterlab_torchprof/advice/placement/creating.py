"""Tensors that are made in host memory and copied at once."""

from __future__ import annotations

import ast
from collections.abc import Collection

from ... import fixes
from ...derive import line_of
from ...record import CellRecord, Transfer
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.times import is_worth_saying
from ..grammar import Case, Finding, Rule
from ..text.code import Call, dotted, read, resolve

SAME = frozenset(f"torch.{name}" for name in ("empty", "eye", "full", "ones", "zeros"))
"""These make the same values on every device."""
ROUNDED = frozenset(f"torch.{name}" for name in ("arange", "linspace", "logspace"))
"""The last bit may differ. ``torch.tensor`` is not among them: it copies with ``device=``, too."""
_RANDOM = frozenset(f"torch.{name}" for name in ("rand", "randn", "randint", "randperm"))


class CreateOnDevice(Rule):
    """A tensor is made in host memory and copied to the device in the same expression.

    Evidence: Copies to the accelerator on that line, with their bytes, which took at least 50 ms
    and 1 % of the run.

    Fix: Passes `device=` to the factory instead.

    Silent: For copies of anything else, and below 50 ms or 1 % of the run. Random factories get no
    fix, since they draw other numbers on another device.

    Sources:
        https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#create-tensors-directly-on-the-target-device

    Notes: Nothing is predicted: the copy goes, but filling the memory on the device takes a while,
    too.
    """

    id = "create-on-device"
    severity = "low"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Costly copies of one line, of what a factory returns there."""
        created = _created(case)
        if created is None:
            return None
        transfer, call, factory = created
        record, size = case.record, format_bytes(transfer.moved_bytes)
        if factory in _RANDOM:
            remedy = case.by_hand(
                f"{factory} draws other numbers on another device: pass device= by hand if that "
                "does not matter.",
                lines=[call.line],
            )
        else:
            remedy = case.edit(
                lambda: fixes.create.create_on(
                    record.source, call.place, cell_id=record.cell_id, safe=factory in SAME
                ),
                lines=[call.line],
            )
        return Finding(
            title=(
                f"Line {call.line} makes tensors in host memory and copies {size} to "
                f"{transfer.target}."
            ),
            explanation=(
                f"`{factory}` fills host memory, and the result is copied at once. With "
                "`device=` it fills the device's memory, and nothing is copied."
            ),
            evidence=[
                f"{count_of(transfer.calls, 'copy', 'copies')} of {size} in all took "
                f"{format_seconds(transfer.duration_s)} of {format_seconds(record.duration_s)}."
            ],
            remedy=remedy,
        )


def _created(case: Case) -> tuple[Transfer, Call, str] | None:
    """Costly copies, the call that copies, and the factory that makes what it copies."""
    for transfer in case.record.transfers:
        to_device = transfer.method in ("to", "cuda") and transfer.source == "cpu"
        if not to_device or not is_worth_saying(transfer.duration_s, case.record):
            continue
        call = _only_call(case.record, transfer)
        made = getattr(call.node.func, "value", None) if call is not None else None
        if call is None or not isinstance(made, ast.Call):
            continue
        factory = resolve(dotted(made.func), case.program.imports)
        is_known = factory in SAME | ROUNDED | _RANDOM
        if is_known and _only_device(call, case.placement.devices_named):
            return transfer, call, factory
    return None


def _only_call(record: CellRecord, transfer: Transfer) -> Call | None:
    """The call on a transfer's line, if there is just one of its method."""
    code = read(record.source)
    found = [
        call
        for call in (code.calls if code is not None else ())
        if call.method == transfer.method
        and call.place.line <= (line_of(record, transfer.place) or 0) <= call.place.end_line
    ]
    return found[0] if len(found) == 1 else None


def _only_device(call: Call, devices: Collection[str]) -> bool:
    """Whether the move is told a device and nothing that changes values.

    ``devices``: variables that hold one.
    """
    arguments, others = call.node.args, call.keywords.keys() - {"device", "non_blocking"}
    if call.has_double_star or others or len(arguments) > 1:
        return False
    if call.method == "cuda":
        return True
    where = arguments[0] if arguments else call.keywords.get("device")
    if isinstance(where, ast.Name):  # it may be a tensor or a dtype as well
        return where.id in devices or "dev" in where.id.lower()
    is_dtype = isinstance(where, ast.Attribute) and "dev" not in where.attr.lower()
    return where is not None and not is_dtype
