"""Why something failed, as far as the record proves it, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...record import ErrorInfo, FailedCall, NamedObject
from ..evidence.failures import Failure, failures
from ..grammar import Case, Finding, Remedy

_LONGEST_FACT = 300


@dataclass(frozen=True, slots=True)
class Cause:
    """What did not go together, and what to do."""

    title: str
    advice: str
    facts: tuple[str, ...] = ()
    """What the record has of it, one sentence each."""


def failure_of(case: Case, *parts: str, names: Sequence[str] = ()) -> Failure | None:
    """The innermost line of the notebook's code that such an error went through.

    As `failures`: ``parts`` of the message, ``names`` of exceptions.
    """
    found = failures(case.record, case.history, *parts, names=names)
    return found[0] if found else None


def by_hand_at(case: Case, failure: Failure, reason: str) -> Callable[[], Remedy]:
    """The remedy for what is to be changed at the failing line, and not by us."""
    return case.by_hand(reason, lines=failure.lines, code=failure.elsewhere)


def finding_of(failure: Failure, cause: Cause, remedy: Callable[[], Remedy]) -> Finding:
    """A cause, with PyTorch's own words as its first evidence."""
    return Finding(
        title=cause.title,
        explanation=cause.advice,
        evidence=[said(failure.error), *cause.facts],
        remedy=remedy,
    )


def said(error: ErrorInfo) -> str:
    """The error in PyTorch's own words, its first line; of a worker's error the last, its own."""
    lines = error.message.strip().splitlines() or [""]
    text = lines[-1 if lines[0].startswith("Caught ") else 0].rstrip(".")
    if len(text) > _LONGEST_FACT:
        text = f"{text[:_LONGEST_FACT]}…"
    return f"{text}." if text.startswith(f"{error.name}: ") else f"{error.name}: {text}."


def sizes(shape: Sequence[int] | None) -> str:
    """A shape as PyTorch writes it: ``[32, 100]``."""
    return f"[{', '.join(map(str, shape or ()))}]"


def named(thing: NamedObject | None, otherwise: str) -> str:
    """A tensor by the name that the line has for it, else in words: ``its input``."""
    return f"`{thing.name}`" if thing is not None and thing.name else otherwise


def module_name(call: FailedCall) -> str:
    """The module that was called, as the user would write it."""
    return f"`{call.module}`" if call.module else f"the `{call.class_name}`"


def innermost_layer(error: ErrorInfo) -> FailedCall | None:
    """The module of PyTorch's own in which it failed; ``None``: in the user's code or elsewhere."""
    if error.direct:
        return None
    found: FailedCall | None = None
    for call in reversed(error.calls):
        if not call.library:
            break
        if call.class_name is not None:
            if found is not None and (call.module, call.class_name) != _which(found):
                break
            found = call  # of its own methods, the one that got its input
    return found


def _which(call: FailedCall) -> tuple[str | None, str | None]:
    return call.module, call.class_name


def library_call(error: ErrorInfo, functions: Sequence[str]) -> FailedCall | None:
    """The innermost call of one of these functions of PyTorch's that it went through."""
    if error.direct:
        return None
    for call in reversed(error.calls):
        if not call.library:
            return None
        if call.function in functions:
            return call
    return None


def tensors_on_the_line(error: ErrorInfo) -> list[NamedObject]:
    """Those that the failing line reads and names."""
    objects = read_objects(error)
    return [each for each in objects if each.kind == "tensor" and each.shape is not None]


def read_objects(error: ErrorInfo) -> list[NamedObject]:
    """What the innermost of the user's lines reads, be it a cell's or a module's."""
    return error.objects if error.file_objects is None else error.file_objects


def line_text(failure: Failure) -> str:
    """The line that reads them, if it is a cell's; else empty."""
    return failure.text if failure.error.file_objects is None else ""
