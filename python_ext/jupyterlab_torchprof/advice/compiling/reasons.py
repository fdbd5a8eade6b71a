"""Why the compiler started over, in words, and what can be done about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SOURCE = re.compile(r"\s{2,}#.*", re.DOTALL)
"""The line that a check is of, and where it stands, as the compiler appends them."""
_SIZE = re.compile(r"tensor '(.+)' size mismatch at index (\d+)\. expected (\d+), actual (\d+)")
_STRIDE = re.compile(r"tensor '(.+)' stride mismatch at index \d+")
_KIND = re.compile(r"tensor '(.+)' (\w+) mismatch\. expected (.+), actual (.+)")
_LENGTH = re.compile(r"len\((.+)\) == (\d+)$")
_VALUE = re.compile(r"(.+?) == (.+)$")
_GLOBAL = re.compile(r"G\['(\w+)'\]$")
_ATTRIBUTE = re.compile(r"[\w.\[\]'\"]+\.\w+$")
_OF_MODULE = "integer attributes of the nn.Module"
"""In the compiler's hint about an integer that it takes for a constant."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What was of another value than that which the code was compiled for."""

    what: str
    """``"the first size of `x`"``: the same for each value."""
    instead_of: str
    """The value that it was compiled for."""
    remedy: str
    """A sentence."""
    is_size: bool = False
    """The compiler can be told to take any."""


def check_of(reason: str) -> str:
    """The check that failed, without the line of source that it is of."""
    return _SOURCE.sub("", reason).strip().rstrip(".")


def changed(reason: str) -> Changed | None:
    """What a check of the compiler's says; ``None``: it is of another kind."""
    check = check_of(reason)
    found = _SIZE.match(check)
    if found is not None:
        name, index, was, _is = found.groups()
        return Changed(f"size {index} of `{name}`", was, _any_size(name, index), is_size=True)
    found = _STRIDE.match(check)
    if found is not None:
        name = found[1]
        remedy = f"Call `{name}.contiguous()` before, or give it in one order of memory always."
        return Changed(f"the order of `{name}` in memory", "another", remedy, is_size=True)
    found = _KIND.match(check)
    if found is not None:
        name, kind, was, _is = found.groups()
        return Changed(f"the {kind} of `{name}`", was, f"Give `{name}` with one {kind} always.")
    found = _LENGTH.match(check)
    if found is not None:
        remedy = "Put what it has into one tensor, or fill it up to one length."
        return Changed(f"the length of `{_plain(found[1])}`", found[2], remedy)
    found = _VALUE.match(check)
    return None if found is None else _of_value(found[1], found[2], reason)


def _any_size(name: str, index: str) -> str:
    return (
        "Pass `dynamic=True` to `torch.compile`, or call "
        f"`torch._dynamo.mark_dynamic({name}, {index})` before."
    )


def _of_value(name: str, value: str, reason: str) -> Changed:
    of_global = _GLOBAL.match(name)
    if of_global is not None:
        remedy = (
            f"Hand `{of_global[1]}` to the function as an argument: the values of global variables "
            "are constants of the compiled code."
        )
        return Changed(f"the global variable `{of_global[1]}`", value, remedy)
    if _OF_MODULE in reason:
        remedy = (
            f"Keep `{name}` out of what is compiled, make it a tensor by `register_buffer`, or set "
            "`torch._dynamo.config.allow_unspec_int_on_nn_module = True`."
        )
        return Changed(f"the attribute `{name}`", value, remedy)
    what = "attribute" if _ATTRIBUTE.match(name) else "value of"
    remedy = "Keep it out of what is compiled, or make it a tensor."
    if value[:1] in "'\"":
        remedy = "Decide by it outside of what is compiled, for texts are constants there."
    return Changed(f"the {what} `{_plain(name)}`", value, remedy)


def _plain(name: str) -> str:
    of_global = _GLOBAL.match(name)
    return name if of_global is None else of_global[1]
