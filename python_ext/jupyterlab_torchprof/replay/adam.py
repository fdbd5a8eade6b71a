"""Steps of Adam and AdamW on random parameters, by the functions that their classes call.

No optimizer is made, for hooks of the program's would see it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from ..beside.errors import CannotMeasure
from ..record import DeepWork
from .tensors import Tensors

_MODULES = {"Adam": "adam", "AdamW": "adamw"}


def adam_steps(work: DeepWork, make: Tensors, *, fused: bool) -> Callable[[], Any]:
    """One step of all parameters."""
    name = _MODULES.get(work.name)
    if name is None:
        raise CannotMeasure("Steps of this optimizer cannot be tried.")
    function = getattr(import_module(f"torch.optim.{name}"), name)
    parameters, gradients, means = ([make.like(each) for each in work.inputs] for _part in range(3))
    squares = [each.square() for each in means]
    steps = [make.torch.ones((), dtype=make.torch.float32) for _each in work.inputs]
    if fused:
        steps = [each.to(make.device) for each in steps]
    options: dict[str, Any] = {
        "foreach": False,
        "fused": fused,
        "amsgrad": False,
        "beta1": 0.9,
        "beta2": 0.999,
        "lr": 1e-3,
        "weight_decay": 0.01,
        "eps": 1e-8,
        "maximize": False,
    }
    return lambda: function(parameters, gradients, means, squares, [], steps, **options)
