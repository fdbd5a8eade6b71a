"""Tensors that NumPy cannot have as they are."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import NamedObject
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Call, read
from ..text.operands import plain
from .cause import failure_of, said, tensors_on_the_line

_GRAD = "Can't call numpy() on Tensor that requires grad"
_DEVICE = "device type tensor to numpy"


class TensorToNumpy(Rule):
    """NumPy takes values on the host that are no part of a graph.

    Evidence: PyTorch's error, and the tensor on the failing line that has a graph or is on a
    device.

    Fix: Writes `.detach()`, `.cpu()` or both before `.numpy()`, or behind what is passed on.

    Silent: Where the tensor has no name on the line.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.numpy.html

    Notes: The wordings are those of PyTorch 2.4 to 2.15.
    """

    id = "tensor-to-numpy"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error, and the tensor that it is about."""
        failure = failure_of(case, _GRAD, _DEVICE, names=("RuntimeError", "TypeError"))
        if failure is None:
            return None
        of_grad = _GRAD in failure.error.message
        found = [
            each
            for each in tensors_on_the_line(failure.error)
            if _refused(each, of_grad) and _is_asked(failure, each)
        ]
        if len(found) != 1:
            return None
        tensor = found[0]
        on_host = set(tensor.devices) == {"cpu"}
        suffix = (".detach()" if tensor.requires_grad else "") + ("" if on_host else ".cpu()")
        why = [
            *(["is a part of a graph"] if tensor.requires_grad else []),
            *([] if on_host else [f"is on {' and '.join(sorted(tensor.devices))}"]),
        ]
        return Finding(
            title=f"`{tensor.name}` {' and '.join(why)}: NumPy cannot have it as it is.",
            explanation=f"`{tensor.name}{suffix}` gives the values alone, which NumPy can take.",
            evidence=[said(failure.error)],
            remedy=_remedy(case, failure, tensor, suffix),
        )


def _is_asked(failure: Failure, tensor: NamedObject) -> bool:
    """Whether NumPy wants this very tensor, and not what is computed from it."""
    if failure.error.direct:
        return f"{tensor.name}.numpy(" in failure.text
    call = failure.error.calls[-1] if failure.error.calls else None
    asked = call.arguments.get("self") if call is not None and call.library else None
    return asked is not None and asked.name == tensor.name


def _refused(tensor: NamedObject, of_grad: bool) -> bool:
    return bool(tensor.requires_grad) if of_grad else bool(set(tensor.devices) - {"cpu"})


def _remedy(case: Case, failure: Failure, tensor: NamedObject, suffix: str) -> Callable[[], Remedy]:
    cell, line = failure.code, failure.line
    if cell is None or line is None or failure.error.objects_in_file:
        return case.by_hand(
            "The failing line stands in no cell as it is now.",
            lines=failure.lines,
            code=failure.elsewhere,
        )
    code = read(cell.source)
    calls = [
        call
        for call in (code.calls if code is not None else ())
        if call.method == "numpy"
        and call.place.line <= line <= call.place.end_line
        and _receiver(call) == plain(tensor.name)
    ]
    if len(calls) == 1:
        return case.edit(
            lambda: fixes.methods.insert(cell.source, calls[0].place, suffix, cell_id=cell.cell_id),
            lines=failure.lines,
            code=failure.elsewhere,
        )
    return case.edit(
        lambda: fixes.methods.passed_on(
            cell.source, line, [tensor.name], suffix, cell_id=cell.cell_id
        ),
        lines=failure.lines,
        code=failure.elsewhere,
    )


def _receiver(call: Call) -> str:
    return plain(call.receiver) if "?" not in call.receiver else ""
