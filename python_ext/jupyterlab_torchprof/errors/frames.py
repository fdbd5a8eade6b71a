"""The user's own frames in a traceback, and the cells that their code stands in."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from ..probes.exceptions import traceback_of
from ..probes.lines import CellCode
from ..probes.places.texts import shift_of, stripped
from ..record import ErrorFrame
from ..source import source_hash
from .wrapped import CompiledLine

_MAX_FRAMES = 20
_RESUMED = re.compile(r"torch_dynamo_resume_in_(.+)_at_\d+")


def error_frames(
    error: BaseException,
    code: CellCode,
    source: str,
    namespace: Mapping[str, Any],
    earlier: Iterable[str],
) -> list[ErrorFrame]:
    """The frames of code of the notebook, outermost first.

    ``earlier``: texts of the cells that ran before, latest first; code of theirs is recognised by
    its lines.
    """
    lines = [
        CompiledLine(
            traceback.tb_frame.f_code.co_filename,
            traceback.tb_frame.f_code.co_name,
            traceback.tb_lineno,
        )
        for traceback in own_tracebacks(error, namespace)
    ]
    return frames_at(lines, code, source, earlier)


def frames_at(
    lines: Sequence[CompiledLine], code: CellCode, source: str, earlier: Iterable[str]
) -> list[ErrorFrame]:
    """Those of these lines that stand in cells, in the same order. ``earlier`` as above."""
    frames: list[ErrorFrame] = []
    texts = list(dict.fromkeys((source, *earlier)))
    known: dict[tuple[str, int], tuple[str | None, int] | None] = {}
    for each in lines:
        at = (each.filename, each.line)
        if at not in known:  # a recursion has the same ones a thousand times
            known[at] = _place(*at, code, source, texts)
        place = known[at]
        if place is not None:
            frames.append(
                ErrorFrame(source_hash=place[0], function=_written(each.function), line=place[1])
            )
    return frames[-_MAX_FRAMES:]


def _written(function: str) -> str:
    """The name of a function in the source; TorchDynamo gives another to what follows a break."""
    resumed = _RESUMED.fullmatch(function)
    return function if resumed is None else resumed[1]


def own_tracebacks(error: BaseException, namespace: Mapping[str, Any]) -> Iterable[TracebackType]:
    """The parts of a traceback whose code runs in the notebook's namespace, outermost first."""
    traceback = traceback_of(error)
    while traceback is not None:
        if traceback.tb_frame.f_globals is namespace:
            yield traceback
        traceback = traceback.tb_next


def _place(
    filename: str, line: int, code: CellCode, source: str, texts: list[str]
) -> tuple[str | None, int] | None:
    """Hash and line of the text that a line of compiled code stands in."""
    own = code.line_of(filename, line)
    compiled = stripped(linecache.getlines(filename))
    if not compiled:
        return None
    for text in texts:
        shift = shift_of(text, compiled)
        if shift is not None:
            return source_hash(text), line + shift
    # A magic's line differs from what was compiled; the cell that runs knows its own lines.
    return (source_hash(source), own) if own is not None else None
