"""Parameters whose sizes ``from_pretrained`` found to be others in the checkpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Any

from ..probes.exceptions import plain_text_of
from ..probes.holding.frame_locals import frame_locals
from ..probes.objects.kinds import attributes_of, class_name, is_exactly
from ..probes.torch_import import imported_torch
from ..record import KeyMismatch

_OPTION = "ignore_mismatched_sizes"
"""Both libraries name it in their errors."""
_BEGIN = "You set `ignore_mismatched_sizes` to `False`"
"""Of transformers from 5.0 on, which writes the sizes to a log."""
_DIFFUSERS = re.compile(
    r"Cannot load .* because (\S+) expected shape torch\.Size\((\[.*?\])\), "
    r"but got torch\.Size\((\[.*?\])\)"
)
_FIRST = 5
_MOST = 100_000


def is_of_pretrained(error: BaseException) -> bool:
    """Whether a library has refused the sizes of a checkpoint, and does not say them as PyTorch."""
    text = plain_text_of(error)
    return _OPTION in text and (text.startswith(_BEGIN) or _DIFFUSERS.search(text) is not None)


def pretrained_mismatch(
    error: BaseException, tracebacks: Sequence[TracebackType]
) -> KeyMismatch | None:
    """What did not fit; ``None`` where the library has it elsewhere than we know."""
    match = _DIFFUSERS.search(plain_text_of(error))
    module, found = _report(tracebacks)
    if match is not None:
        found = [(match[1], match[3], match[2])]
    if not found:
        return None
    sizes = [f"{name}: {there} in the checkpoint, {here} here" for name, there, here in found]
    return KeyMismatch(module=module or "the model", sizes=sizes[:_FIRST], sizes_count=len(sizes))


def _report(tracebacks: Sequence[TracebackType]) -> tuple[str | None, list[tuple[str, str, str]]]:
    """Class of the model, and names with the sizes there and here, as transformers reports them."""
    torch: Any = imported_torch()
    for traceback in reversed(tracebacks):
        values = [value for _name, value in frame_locals(traceback.tb_frame)]
        for value in values:
            keys = attributes_of(value).get("mismatched_keys")
            if is_exactly(keys, (set, list)):
                models = (each for each in values if issubclass(type(each), torch.nn.Module))
                model = next(models, None)
                return None if model is None else class_name(model), sorted(_sizes(keys))
    return None, []


def _sizes(keys: Any) -> Iterator[tuple[str, str, str]]:
    for key in islice(keys, _MOST):
        if type(key) is tuple and len(key) == 3 and type(key[0]) is str:
            there, here = (_written(shape) for shape in key[1:])
            if there and here:
                yield key[0], there, here


def _written(shape: Any) -> str | None:
    """A shape as PyTorch writes it."""
    if not issubclass(type(shape), tuple):
        return None
    numbers = list(tuple.__iter__(shape))
    return str(numbers) if all(type(number) is int for number in numbers) else None
