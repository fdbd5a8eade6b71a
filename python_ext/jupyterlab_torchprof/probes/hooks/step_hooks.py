"""Hooks around the steps of all optimizers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ..objects.kinds import attributes_of, look_up

_Hook = Callable[[Any, Any, Any], None]


class StepHooks:
    """Puts hooks where ``register_optimizer_step_post_hook`` puts them, under keys of its own.

    PyTorch numbers all hooks of a process one after the other, and programs print these numbers:
    a hook that was registered would change those of the program's own.
    """

    def __init__(self) -> None:
        """Nothing is hooked yet."""
        self._hooked: list[dict[Any, _Hook]] = []

    def attach(self, *, before: _Hook | None = None, after: _Hook | None = None) -> None:
        """Call ``before`` and ``after`` each step with the optimizer, its args and kwargs."""
        optimizers: Any = sys.modules["torch.optim.optimizer"]
        for hook, hooks in (
            (before, optimizers._global_optimizer_pre_hooks),
            (after, optimizers._global_optimizer_post_hooks),
        ):
            if hook is not None:
                hooks[self._key] = hook
                self._hooked.append(hooks)

    def detach(self) -> None:
        """Take the hooks away."""
        while self._hooked:
            self._hooked.pop().pop(self._key, None)

    @property
    def _key(self) -> int:
        return -id(self)  # PyTorch counts up from zero


def are_noticed(optimizer: Any) -> bool:
    """Whether no step of this optimizer can miss the hooks.

    PyTorch puts them around the method of a class. An instance may have another one in its place:
    that of a scheduler of learning rates calls the first, of others nothing is known.
    """
    of_class = look_up(type(optimizer), "step")
    own = attributes_of(optimizer).get("step")
    step = of_class if own is None else own
    if type(step) is not FunctionType or "_torchdynamo_orig_callable" in step.__dict__:
        return False
    if own is None:
        return _is_hooked(of_class)
    by_scheduler = not own.__dict__.keys().isdisjoint(("_wrapped_by_lr_sched", "_with_counter"))
    return by_scheduler and (_is_hooked(own) or (_is_hooked(of_class) and _calls(own, of_class)))


def _is_hooked(step: Any) -> bool:
    return type(step) is FunctionType and step.__dict__.get("hooked") is True


def _calls(wrapper: Any, step: Any) -> bool:
    """Whether a wrapper has this function inside; before PyTorch 2.5 it does not say so itself."""
    return any(cell.cell_contents is step for cell in wrapper.__closure__ or ())
