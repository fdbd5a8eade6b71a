"""What is known of an exception that ended a function which another process has sent here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ..errors.explain import explain
from ..errors.frames import own_tracebacks
from ..probes.base import CellRun
from ..probes.objects.kinds import class_name
from ..record import ErrorFrame, ErrorInfo, Status
from ..run_records import outcome_of
from ..source import source_hash

_MOST = 20


def outcome_of_call(content: Mapping[str, Any], run: CellRun) -> tuple[Status, ErrorInfo | None]:
    """How a function ended, of which ``content`` is replied. Keeps nothing alive.

    The engine has caught the exception; IPython has shown it, and keeps it for its debugger.
    """
    if content.get("status") != "error":
        return "ok", None
    error = getattr(sys, "last_value", None)
    if not isinstance(error, BaseException) or class_name(error) != content.get("ename"):
        info = ErrorInfo(name=str(content.get("ename")), message=str(content.get("evalue")))
        return "error", info
    status, found = outcome_of(error, run.code)
    if found is not None:
        explain_call(found, error, run)
    return status, found


def explain_call(info: ErrorInfo, error: BaseException, run: CellRun) -> None:
    """As `explain`, of an error in a function that another process has compiled."""
    explain(info, error, run, run.texts.latest())
    info.frames = info.frames or _frames(error, run)
    own = source_hash(run.source)
    info.line = next((at.line for at in info.frames if at.source_hash == own), info.line)


def _frames(error: BaseException, run: CellRun) -> list[ErrorFrame]:
    """Those in functions of the notebook, whose compiled code is not in this process's cache."""
    frames: list[ErrorFrame] = []
    for traceback in own_tracebacks(error, run.namespace):
        code = traceback.tb_frame.f_code
        text = run.texts.find(code.co_filename)
        if text is not None:
            line = traceback.tb_lineno + text.shift
            frames.append(
                ErrorFrame(source_hash=text.source_hash, function=code.co_name, line=line)
            )
    return frames[-_MOST:]
