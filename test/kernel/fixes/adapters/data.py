"""Adapters of the fixes of loaders: they find the call in the source themselves."""

from __future__ import annotations

from collections.abc import Sequence

from jupyterlab_torchprof.advice.text.code import Call, read
from jupyterlab_torchprof.advice.text.program import Site
from jupyterlab_torchprof.fixes.cell import CannotFix
from jupyterlab_torchprof.fixes.loader import (
    drop_keyword,
    pin,
    set_keyword,
    set_only_argument,
    set_workers,
)
from jupyterlab_torchprof.record import CellRecord, TextEdit
from jupyterlab_torchprof.source import source_hash


def record_of(source: str) -> CellRecord:
    return CellRecord(
        run_id="run",
        cell_id="cell",
        execution_count=1,
        source=source,
        source_hash=source_hash(source),
        started_at=0.0,
        duration_s=1.0,
        status="ok",
    )


def sites(source: str, method: str) -> list[Site]:
    code = read(source)
    calls: list[Call] = [] if code is None else code.calls
    found = [Site(record_of(source), call) for call in calls if call.method == method]
    if not found:
        raise CannotFix(f"There is no {method}.")
    return found


def loader(source: str) -> Site:
    return sites(source, "DataLoader")[0]


def with_keyword(source: str, method: str, keyword: str) -> list[Site]:
    found = [site for site in sites(source, method) if keyword in site.call.keywords]
    if not found:
        raise CannotFix(f"There is no {keyword}.")
    return found


def workers_zero(source: str) -> Sequence[TextEdit]:
    return set_workers([loader(source)], 4).edits


def needless(source: str) -> Sequence[TextEdit]:
    return set_workers([loader(source)], 0).edits


def too_many(source: str) -> Sequence[TextEdit]:
    return set_workers(with_keyword(source, "DataLoader", "num_workers"), 2).edits


def persistent(source: str) -> Sequence[TextEdit]:
    return set_keyword(loader(source), "persistent_workers", "True", "Keep", safe=False).edits


def prefetch(source: str) -> Sequence[TextEdit]:
    return set_keyword(loader(source), "prefetch_factor", "4", "Prefetch", safe=True).edits


def pin_memory(source: str) -> Sequence[TextEdit]:
    site = loader(source)
    code = read(source)
    moves = [call for call in code.calls if call.method in ("to", "cuda") and call.loops]
    return pin(site, site.record, moves).edits


def pin_without(source: str) -> Sequence[TextEdit]:
    return drop_keyword(
        with_keyword(source, "DataLoader", "pin_memory"), "pin_memory", safe=True
    ).edits


def d2h(source: str) -> Sequence[TextEdit]:
    return drop_keyword(
        with_keyword(source, "to", "non_blocking"), "non_blocking", safe=False
    ).edits


def threads(source: str) -> Sequence[TextEdit]:
    return set_only_argument(sites(source, "set_num_threads")[0], "2", "Threads").edits


ADAPTERS = {
    "dataloader-workers-zero": workers_zero,
    "needless-workers": needless,
    "dataloader-too-many-workers": too_many,
    "persistent-workers": persistent,
    "dataloader-prefetch": prefetch,
    "dataloader-pin-memory": pin_memory,
    "pin-without-accelerator": pin_without,
    "d2h-non-blocking": d2h,
    "cpu-threads": threads,
}
