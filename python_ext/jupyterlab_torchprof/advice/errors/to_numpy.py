"""Tensors that NumPy cannot have as they are."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import Fix, NamedObject
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Call, read
from .cause import by_hand_at, failure_of, line_text, said, tensors_on_the_line

_GRAD = "Can't call numpy() on Tensor that requires grad"
_DEVICE = "device type tensor to numpy"


class TensorToNumpy(Rule):
    """NumPy takes values on the host that are no part of a graph.

    Evidence: PyTorch's error, and the tensor on the failing line that has a graph or is on a
    device.

    Fix: Writes `.detach()`, `.cpu()` or both before `.numpy()`, or behind what is passed on.

    Silent: Where several are asked on the line, and none has a name.

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
            return self._unnamed(case, failure, of_grad)
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
            remedy=_remedy(case, failure, tensor.name, suffix),
        )

    @staticmethod
    def _unnamed(case: Case, failure: Failure, of_grad: bool) -> Finding | None:
        """What the line computes and calls `numpy` on at once."""
        if (
            not failure.error.direct
            or failure.error.file_objects is not None
            or len(_calls(failure)) != 1
        ):
            return None
        suffix = ".detach()" if of_grad else ".detach().cpu()"
        where = "is a part of a graph" if of_grad else "is on a device"
        return Finding(
            title=f"What `numpy()` is called on {where}: NumPy cannot have it as it is.",
            explanation=f"`{suffix}` before it gives the values alone, which NumPy can take.",
            evidence=[said(failure.error)],
            remedy=_remedy(case, failure, None, suffix),
        )


def _is_asked(failure: Failure, tensor: NamedObject) -> bool:
    """Whether NumPy wants this very tensor, and not what is computed from it."""
    if failure.error.direct:
        return f"{tensor.name}.numpy(" in line_text(failure)
    call = failure.error.calls[-1] if failure.error.calls else None
    asked = call.arguments.get("self") if call is not None and call.library else None
    return asked is not None and asked.name == tensor.name


def _refused(tensor: NamedObject, of_grad: bool) -> bool:
    return bool(tensor.requires_grad) if of_grad else bool(set(tensor.devices) - {"cpu"})


def _remedy(case: Case, failure: Failure, name: str | None, suffix: str) -> Callable[[], Remedy]:
    """``name``: of the tensor; ``None``: the only thing on the line that is asked."""
    cell, line = failure.code, failure.line
    if cell is None or line is None or failure.error.file_objects is not None:
        return by_hand_at(case, failure, "The failing line stands in no cell as it is now.")
    calls = [call for call in _calls(failure) if name is None or call.receiver == name]

    def changed() -> Fix:
        if len(calls) == 1:
            return fixes.methods.insert(cell.source, calls[0].place, suffix, cell_id=cell.cell_id)
        names = [] if name is None else [name]
        return fixes.methods.passed_on(cell.source, line, names, suffix, cell_id=cell.cell_id)

    return case.edit(changed, lines=failure.lines, code=failure.elsewhere)


def _calls(failure: Failure) -> list[Call]:
    """The calls of `numpy` on the failing line."""
    code = read(failure.code.source) if failure.code is not None else None
    line = failure.line or 0
    return [
        call
        for call in (code.calls if code is not None else ())
        if call.method == "numpy" and call.place.line <= line <= call.place.end_line
    ]
