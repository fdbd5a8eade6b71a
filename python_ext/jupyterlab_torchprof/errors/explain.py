"""All that is written down of an error when it has ended a cell."""

from __future__ import annotations

import dis
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from ..probes.base import CellRun
from ..probes.exceptions import (
    arguments_of,
    causes_of,
    plain_text_of,
    told_text_of,
    traceback_of,
)
from ..probes.holding.frame_locals import frame_locals
from ..probes.objects.kinds import class_name
from ..probes.objects.paths import write
from ..probes.places.standing import is_ours, standing_of_file
from ..probes.torch_import import imported_torch
from ..record import ErrorInfo, FailedCall, NamedObject
from .calls import failed_calls
from .changed import changed_tensors, is_of_a_change
from .description import Describer
from .frames import error_frames, frames_at
from .keys import is_of_keys, key_mismatch
from .named_tensors import named_tensors
from .objects import Line
from .pretrained_keys import is_of_pretrained, pretrained_mismatch
from .wrapped import wrapped_in

_LONGEST_CAUSE = 500
_RAISE = dis.opmap["RAISE_VARARGS"]
_OF_AN_INDEX = ("out of range", "out of bounds", "Class values must be", "not in the valid range")


def explain(info: ErrorInfo, error: BaseException, run: CellRun, earlier: Iterable[str]) -> None:
    """Write into ``info`` where in the user's code an error was raised, and on what.

    ``earlier`` as for `error_frames`. Keeps nothing alive.
    """
    texts = list(earlier)
    info.cause = _cause(error)
    info.frames = error_frames(error, run.code, run.source, run.namespace, texts)
    _explain(info, error, run.namespace)
    wrapped = wrapped_in(error)
    if wrapped is None:
        return
    inner = ErrorInfo(name=class_name(wrapped.error), message=told_text_of(wrapped.error))
    if wrapped.lines:
        inner.frames = frames_at(wrapped.lines, run.code, run.source, texts)
        inner.direct = False
        inner.calls = _compiled_calls(wrapped.error, run.namespace)
        is_of_the_user = bool(inner.frames)
    else:
        inner.frames = error_frames(wrapped.error, run.code, run.source, run.namespace, texts)
        _explain(inner, wrapped.error, run.namespace)
        is_of_the_user = _innermost(_all(wrapped.error), run.namespace) is not None
    if is_of_the_user:
        info.within = inner


def _explain(info: ErrorInfo, error: BaseException, namespace: Mapping[str, Any]) -> None:
    info.raised = _is_raised_by_the_program(error, namespace)
    torch = imported_torch()
    tracebacks = [each for each in _all(error) if not is_ours(each.tb_frame.f_code)]
    at = _innermost(tracebacks, namespace)
    if torch is None or at is None:
        return
    text = plain_text_of(error)
    describer = Describer(torch, with_range=any(part in text for part in _OF_AN_INDEX))
    names: dict[int, str] = {}
    own = [each for each in tracebacks if each.tb_frame.f_globals is namespace]
    if tracebacks[at].tb_frame.f_globals is not namespace:
        line = Line(torch, tracebacks[at])
        names.update(line.names())
        info.file_objects = line.objects(describer)
        _name_parameters(info.file_objects, names, namespace, describer)
    if own:  # the notebook's names are those that the user sees first
        line = Line(torch, own[-1])
        names.update(line.names())
        info.objects = line.objects(describer)
        _name_parameters(info.objects, line.names(), namespace, describer)
    info.direct = at == len(tracebacks) - 1
    info.calls = failed_calls(tracebacks, namespace, names, describer, torch)
    if is_of_keys(error):
        info.keys = key_mismatch(error, tracebacks, names)
    elif is_of_pretrained(error):
        info.keys = pretrained_mismatch(error, tracebacks)
    if is_of_a_change(error):
        variables = _variables(tracebacks, namespace)
        info.changed = changed_tensors(error, tracebacks, variables, torch)


def _compiled_calls(error: BaseException, namespace: Mapping[str, Any]) -> list[FailedCall]:
    """Functions of PyTorch's that the compiler called, with stand-ins for tensors."""
    torch = imported_torch()
    tracebacks = [
        each
        for each in _all(error)
        if str(each.tb_frame.f_globals.get("__name__")).startswith("torch.nn.")
    ]
    return failed_calls(tracebacks, namespace, {}, Describer(torch), torch) if torch else []


def _cause(error: BaseException) -> str | None:
    """The message of what it was raised from, if that is plain text."""
    for cause in causes_of(error)[:1]:
        arguments = arguments_of(cause)
        if len(arguments) == 1 and type(arguments[0]) is str:
            return arguments[0][:_LONGEST_CAUSE]
    return None


def _name_parameters(
    objects: list[NamedObject],
    names: Mapping[int, str],
    namespace: Mapping[str, Any],
    describer: Describer,
) -> None:
    """Write which parameters of modules those are that a line has by another name, as in a loop."""
    wanted = {
        each.name: each for each in objects if each.is_leaf and each.class_name == "Parameter"
    }
    if not wanted:
        return
    for tensor, trail, parameter in named_tensors(namespace, describer.read):
        found = wanted.get(names.get(id(tensor), "")) if parameter else None
        if found is not None and found.parameter is None and write(trail) != found.name:
            found.parameter = write(trail)


def _all(error: BaseException) -> list[TracebackType]:
    found: list[TracebackType] = []
    traceback = traceback_of(error)
    while traceback is not None:
        found.append(traceback)
        traceback = traceback.tb_next
    return found


def _is_raised_by_the_program(error: BaseException, namespace: Mapping[str, Any]) -> bool:
    """Whether it comes of a ``raise`` or ``assert`` in the notebook or in a module of the user's.

    What a ``raise`` passes on has been raised further within.
    """
    tracebacks = _all(error)
    if not tracebacks or _innermost(tracebacks, namespace) != len(tracebacks) - 1:
        return False
    last = tracebacks[-1]
    code = last.tb_frame.f_code.co_code
    return 0 <= last.tb_lasti < len(code) and code[last.tb_lasti] == _RAISE


def _innermost(tracebacks: list[TracebackType], namespace: Mapping[str, Any]) -> int | None:
    """The innermost part of the notebook's code, or of a module of the user's own."""
    for index in range(len(tracebacks) - 1, -1, -1):
        frame = tracebacks[index].tb_frame
        if frame.f_globals is namespace:
            return index
        standing = standing_of_file(frame.f_code, frame.f_globals.get("__name__"))
        if standing is not None and standing.kind == "file":
            return index
    return None


def _variables(tracebacks: list[TracebackType], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The names of the user's functions that the error went through, and the notebook's."""
    found = {name: value for name, value in namespace.items() if name[:1] != "_"}
    for traceback in tracebacks:
        frame = traceback.tb_frame
        own = frame.f_globals is namespace and frame.f_code.co_name != "<module>"
        for name, value in frame_locals(frame) if own else ():
            if name is not None and name.isidentifier() and class_name(value) != "module":
                found[name] = value
    return found
