"""The record of a run as it ends, before probes write into it, and how the run ended."""

from __future__ import annotations

from .probes.base import CellRun
from .probes.exceptions import told_text_of
from .probes.lines import CellCode
from .probes.objects.kinds import class_name
from .record import CellRecord, ErrorInfo, Status
from .source import source_hash


def record_of(
    run: CellRun, ended: float, status: Status, error: ErrorInfo | None = None
) -> CellRecord:
    """``ended``: of `clocks.perf_counter`."""
    return CellRecord(
        run_id=run.run_id,
        cell_id=run.cell_id,
        execution_count=run.execution_count,
        source=run.source,
        source_hash=source_hash(run.source),
        started_at=run.started_at,
        duration_s=ended - run.started,
        status=status,
        error=error,
    )


def outcome_of(
    error: BaseException | None,
    code: CellCode,
    interrupts: tuple[type[BaseException], ...] = (KeyboardInterrupt,),
) -> tuple[Status, ErrorInfo | None]:
    """How a run ended that raised ``error``; ``interrupts``: what somebody stopped it with."""
    if error is None:
        return "ok", None
    status: Status = "interrupted" if issubclass(type(error), interrupts) else "error"
    line = code.error_line(error)
    return status, ErrorInfo(name=class_name(error), message=told_text_of(error), line=line)
