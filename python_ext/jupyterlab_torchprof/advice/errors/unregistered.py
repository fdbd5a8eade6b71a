"""Layers and tensors that a module holds and does not know of."""

from __future__ import annotations

import re

from ...record import ErrorInfo
from ...words import code_list
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Rule
from .cause import (
    Cause,
    by_hand_at,
    failure_of,
    finding_of,
    innermost_layer,
    line_text,
    read_objects,
)

SAME_DEVICE = ("Expected all tensors to be on the same device", "should be the same")
_EMPTY = "optimizer got an empty parameter list"


class UnregisteredLayer(Rule):
    """A module knows what is a parameter, a buffer or a module in an attribute of its own. Layers
    in a plain list or dictionary, and plain tensors, it does not move, train or save.

    Evidence: An error that comes of it (different devices, an optimizer without parameters), and
    the attribute in which the layer or the tensor lies.

    Fix: By hand: `nn.ModuleList`, `nn.ModuleDict`, `register_buffer` or `nn.Parameter`.

    Silent: Where all that failed is registered.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html

    Notes: The wordings are those of PyTorch 2.4 to 2.15. The model's class is the user's to change:
    the names in its saved state change with it.
    """

    id = "unregistered-layer"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """What the failing line or layer uses that no module knows of."""
        failure = failure_of(case, *SAME_DEVICE, _EMPTY)
        if failure is None:
            return None
        error = failure.error
        cause = of_an_optimizer(failure) if _EMPTY in error.message else of_devices(error)
        if cause is None:
            return None
        return finding_of(
            failure,
            cause,
            by_hand_at(case, failure, "The class is to be changed where it makes the attribute."),
        )


def of_devices(error: ErrorInfo) -> Cause | None:
    """What was left behind because its module does not know of it."""
    call = innermost_layer(error)
    if call is not None:
        given = [each for each in call.arguments.values() if each.devices]
        named = (each.unregistered for each in read_objects(error) if each.name == call.module)
        unregistered = call.unregistered or next(named, None)
        if unregistered is None or call.module is None or not given or not call.devices:
            return None
        if set(call.devices) & set(given[0].devices):
            return None
        return _left(call.module, unregistered, sorted(call.devices))
    if not error.direct:
        return None
    left = [each for each in read_objects(error) if each.unregistered and each.devices]
    others = [each for each in read_objects(error) if each.devices and each not in left]
    devices = {device for each in others for device in each.devices}
    if len(left) != 1 or not devices or set(left[0].devices) & devices:
        return None
    if left[0].kind == "tensor" and left[0].shape == []:
        return None  # a number goes with any device
    return _left(left[0].name, str(left[0].unregistered), sorted(left[0].devices))


def of_an_optimizer(failure: Failure) -> Cause | None:
    """Why a module has no parameters to train."""
    modules = [
        each
        for each in read_objects(failure.error)
        if each.hidden
        and re.search(rf"(?<![\w.]){re.escape(each.name)}\.parameters\(", line_text(failure))
    ]
    if len(modules) != 1 or modules[0].devices:
        return None
    model, hidden = modules[0].name, modules[0].hidden
    return Cause(
        f"`{model}` knows of no parameters: its layers lie in {code_list(hidden)}, plain Python.",
        "A module finds layers in attributes of its own, not in lists or dictionaries: write "
        "`nn.ModuleList([…])` or `nn.ModuleDict({…})` there, and they are trained, moved and "
        "saved with it.",
        (f"`{model}` ({modules[0].class_name}) has no parameter, and {code_list(hidden)} has.",),
    )


def _left(name: str, attribute: str, devices: list[str]) -> Cause:
    owner, _dot, _name = attribute.rpartition(".")
    where = " and ".join(devices)
    if name == attribute:
        return Cause(
            f"`{name}` is on {where}: a plain tensor that `{owner}` does not know of.",
            "Moving a module moves its parameters and buffers only. Write "
            f'`self.register_buffer("{_name}", …)` where it is made, or `nn.Parameter` if it is to '
            "be trained.",
            (f"`{name}` is neither a parameter nor a buffer.",),
        )
    form = "nn.ModuleDict" if name[len(attribute) :].startswith(('["', "['")) else "nn.ModuleList"
    return Cause(
        f"`{name}` is on {where}: `{attribute}` is plain Python, and `{owner}` does not know what "
        "is in it.",
        f"Moving `{owner}` did not move it, and an optimizer would not train it. Use `{form}` for "
        f"`{attribute}`.",
        (f"`{name}` is no submodule of `{owner}`.",),
    )
