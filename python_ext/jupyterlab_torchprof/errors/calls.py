"""The modules and the functions of PyTorch's that an error passed through, and on what."""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType, TracebackType
from typing import Any

from ..probes.holding.frame_locals import frame_locals
from ..probes.objects.kinds import attributes_of, class_name
from ..record import FailedCall
from .description import Describer
from .ways import Ways

_MOST = 12
_MOST_ARGUMENTS = 6
_SIZES = (
    *("in_features", "out_features", "in1_features", "in2_features"),
    *("in_channels", "out_channels", "groups", "num_features", "num_channels", "num_groups"),
    *("num_embeddings", "embedding_dim", "embed_dim", "kdim", "vdim", "d_model", "num_heads"),
    *("input_size", "hidden_size", "num_layers", "batch_first", "ignore_index"),
)
_PASSING_ON = frozenset({"_wrapped_call_impl", "_call_impl", "__call__", "wrapper", "_fn", "inner"})
"""Functions that only call what counts."""


def failed_calls(
    tracebacks: list[TracebackType],
    namespace: Mapping[str, Any],
    names: Mapping[int, str],
    describer: Describer,
    torch: Any,
) -> list[FailedCall]:
    """Calls with modules or tensors, the innermost last.

    ``names``: how the user's line writes things, by their ids.
    """
    ways = Ways(torch, namespace, _caller(tracebacks, torch))
    found: list[FailedCall] = []
    for traceback in tracebacks:
        frame = traceback.tb_frame
        code = frame.f_code
        if code.co_name in _PASSING_ON or code.co_name == "<module>":
            continue
        home = frame.f_globals.get("__name__")
        library = type(home) is str and home.startswith("torch.")
        local = {name: value for name, value in frame_locals(frame) if name is not None}
        module = local.get("self")
        is_module = issubclass(type(module), torch.nn.Module)
        if not library and not is_module:
            continue
        call = FailedCall(function=code.co_name, library=library)
        if is_module:
            _describe(call, module, ways, describer)
        for name in _parameters(code):
            value = local.get(name)
            if value is not None and not (is_module and value is module):
                described = describer.describe(names.get(id(value), ""), value)
                if described is not None and described.kind in ("tensor", "other"):
                    call.arguments[name] = described
        found.append(call)
    return found[-_MOST:]


def _caller(tracebacks: list[TracebackType], torch: Any) -> Any:
    """The frame that called the outermost module."""
    before = None
    for traceback in tracebacks:
        frame = traceback.tb_frame
        name = frame.f_code.co_name
        if name in _PASSING_ON:
            return before
        local = dict(frame_locals(frame)) if name == "forward" else {}
        if issubclass(type(local.get("self")), torch.nn.Module):
            return before
        before = frame
    return None


def _parameters(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount][: _MOST_ARGUMENTS + 1]


def _describe(call: FailedCall, module: Any, ways: Ways, describer: Describer) -> None:
    call.module, call.unregistered = ways.to(module)
    call.class_name = class_name(module)
    own = attributes_of(module)
    call.training = own.get("training") is True
    if call.library or describer.read.is_library_module(type(module)):
        for name in _SIZES:
            if type(own.get(name)) in (int, bool):
                call.sizes[name] = int(own[name])
        shape = own.get("normalized_shape")
        if type(shape) is tuple and shape and all(type(size) is int for size in shape):
            for index, size in enumerate(shape):
                call.sizes[f"normalized_shape[{index}]"] = size
    with describer.read.quiet():
        tensors = [tensor for _name, tensor, _own in describer.read.module_content(module).tensors]
        call.dtype = describer.read.dtype_name(tensors[0]) if tensors else None
        call.devices = describer.devices(tensors)
