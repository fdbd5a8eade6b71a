"""The parts of exceptions, as the interpreter keeps them.

Classes of exceptions may have properties under the same names, and messages that fail.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from .objects.kinds import class_name, is_exactly

_traceback = BaseException.__dict__["__traceback__"].__get__
_set_traceback = BaseException.__dict__["__traceback__"].__set__
_cause = BaseException.__dict__["__cause__"].__get__
_context = BaseException.__dict__["__context__"].__get__
_args = BaseException.__dict__["args"].__get__
_dict = type.__dict__["__dict__"].__get__
_mro = type.__dict__["__mro__"].__get__
_Slot = type(BaseException.__str__)
_PLAIN = (str, int, float, bool, bytes, type(None))
_LONGEST = 2000
_UNSAID = "(its message could not be read)"


def traceback_of(error: BaseException) -> TracebackType | None:
    """The frames that it went through."""
    found: TracebackType | None = _traceback(error)
    return found


def set_traceback(error: BaseException, traceback: TracebackType | None) -> None:
    """Give it other frames."""
    _set_traceback(error, traceback)


def cause_of(error: BaseException) -> BaseException | None:
    """What it was raised from, by ``raise … from``."""
    found: BaseException | None = _cause(error)
    return found


def causes_of(error: BaseException) -> list[BaseException]:
    """What it was raised from, and what was being handled."""
    return [each for each in (_cause(error), _context(error)) if each is not None]


def arguments_of(error: BaseException) -> tuple[Any, ...]:
    """What it was made with."""
    found: tuple[Any, ...] = _args(error)
    return found


def text_of(error: BaseException) -> str:
    """Its message, as the program would print it; what stands for it if that fails."""
    try:
        text = str(error)
    except Exception:  # its class has a ``__str__`` of its own
        return _UNSAID
    return text if type(text) is str else str.__str__(text)


def told_text_of(error: BaseException) -> str:
    """Its message for a record, with arguments of other than plain types only named.

    The text of a tensor among them would be a copy from its device.
    """
    arguments = arguments_of(error)
    if all(is_exactly(argument, _PLAIN) for argument in arguments):
        text = text_of(error)
    else:
        text = ", ".join(
            str(argument) if is_exactly(argument, _PLAIN) else f"<{class_name(argument)}>"
            for argument in arguments
        )
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def plain_text_of(error: BaseException) -> str:
    """Its message, if to say it runs no code of the program's; else empty.

    The text of a tensor among its arguments would wait for the tensor's device.
    """
    says = next(own["__str__"] for own in map(_dict, _mro(type(error))) if "__str__" in own)
    if type(says) is not _Slot or any(type(each) not in _PLAIN for each in arguments_of(error)):
        return ""
    return text_of(error)
