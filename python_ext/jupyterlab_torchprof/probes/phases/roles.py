"""What a running function is to the training around it, by PyTorch's own names.

PyTorch's functions decide wherever they are on the stack: then it does not matter which library
trains, or whether the loop is the user's own. Names of other libraries count only for what
PyTorch has no function for.
"""

from __future__ import annotations

from enum import Enum, auto
from pathlib import PurePath
from types import CodeType

from ..places.standing import Standing


class Role(Enum):
    """Of one frame."""

    DATA = auto()
    """A loader makes its iterator, or the next batch."""
    FORWARD = auto()
    """A module is called, a loss is computed, or a library's training step is under way."""
    BACKWARD = auto()
    OPTIMIZER = auto()
    """A step, a scaler, a scheduler, clipping or clearing of gradients."""
    SAVING = auto()
    EVALUATION = auto()
    """A library's loop over the data of a validation, or a step of it."""
    EVALUATING = auto()
    """A library's function whose name says so little that only its forwards count."""
    CLOSURE = auto()
    """Code that an optimizer may have been given, to be called back in a step."""
    STEP = auto()
    """An optimizer's own step that the user has written."""


_CALLS = frozenset({"__call__", "_wrapped_call_impl", "_call_impl"})
_LOADER = "torch.utils.data.dataloader"
_AUTOGRAD = frozenset({"torch.autograd", "torch.autograd.graph"})
_BACKWARDS = frozenset({"backward", "grad", "_engine_run_backward"})
_GRADIENTS = frozenset({"torch.nn.utils.clip_grad", "torch.amp.grad_scaler"})
_SAVES = {
    "torch.serialization": frozenset({"save"}),
    "safetensors.torch": frozenset({"save", "save_file", "save_model"}),
    "torch.distributed.checkpoint.state_dict_saver": frozenset({"save", "async_save"}),
}
_LOSSES = frozenset({"cross_entropy", "kl_div"})
_STEPS = frozenset({"step", "zero_grad"})
# Of any library but PyTorch itself.
_TRAINING = frozenset({"training_step", "train_step", "compute_loss"})
_EVALUATION = frozenset(
    {
        *("evaluation_loop", "evaluation_step", "prediction_step", "validation_step"),
        *("test_step", "_do_epoch_validate"),
    }
)
_EVALUATING = frozenset({"evaluate", "validate"})
_SAVING = frozenset({"save_pretrained", "save_checkpoint", "_save_checkpoint"})


def role_of(code: CodeType, module: str, standing: Standing | None) -> Role | None:
    """``module``: ``__name__`` of the code's globals; ``standing``: whose code it is.

    ``None``: nothing that says what the time is spent for.
    """
    name = code.co_name
    if standing is None:
        return None
    if standing.kind != "library":
        return Role.STEP if name in _STEPS else Role.CLOSURE
    if standing.where == "torch":
        return _of_torch(name, module)
    if module in _SAVES:
        return Role.SAVING if name in _SAVES[module] else None
    return _of_library(name, code.co_filename)


def _of_torch(name: str, module: str) -> Role | None:
    if module == "torch._dynamo.eval_frame":  # a compiled module has a call of its own
        return Role.FORWARD if name == "__call__" else None
    if module == "torch.nn.modules.module":
        if name == "zero_grad":
            return Role.OPTIMIZER
        return Role.FORWARD if name in _CALLS else None
    if module == _LOADER:
        return Role.DATA
    if module == "torch._tensor" or module in _AUTOGRAD:
        return Role.BACKWARD if name in _BACKWARDS else None
    if module.startswith("torch.optim.") or module in _GRADIENTS:
        return Role.OPTIMIZER
    if module == "torch.nn.functional":
        return Role.FORWARD if name in _LOSSES or _is_loss(name) else None
    return Role.SAVING if name in _SAVES.get(module, ()) else None


def _is_loss(name: str) -> bool:
    return name.endswith("_loss") or name.startswith("binary_cross_entropy")


def _of_library(name: str, filename: str) -> Role | None:
    if name in _EVALUATION or PurePath(filename).stem == "evaluation_loop":
        return Role.EVALUATION
    if name in _TRAINING:
        return Role.FORWARD
    if name in _EVALUATING:
        return Role.EVALUATING
    if name in _SAVING:
        return Role.SAVING
    return Role.CLOSURE if name == "closure" else None
