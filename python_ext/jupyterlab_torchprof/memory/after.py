"""What was measured of the last run, as it is after an action."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ..probes.objects.survey import Survey
from ..record import CellRecord
from .seen import carrier_of


def after_action(
    last: CellRecord, before: Survey, found: Survey, namespace: Mapping[str, Any]
) -> CellRecord:
    """The last record as it would be if its cell ended now.

    ``before``: the last survey; ``found``: that of now, which gets from it what only the end of a
    cell looks for, as far as it is still there: graphs, and what is in no variable.
    """
    record = CellRecord(
        run_id=last.run_id,
        cell_id=last.cell_id,
        execution_count=last.execution_count,
        source="",
        source_hash="",
        started_at=last.started_at,
        duration_s=0.0,
        status="ok",
        memory=last.memory,
        placement=found.placement,
        optimizers=[one for one in last.optimizers if (one.variable or "") in found.optimizers],
    )
    if last.grad is not None:
        graphs = [one for one in last.grad.retained if carrier_of(one.variable, found) is not None]
        record.grad = type(last.grad)(retained=graphs)
        variables = {graph.variable for graph in graphs}
        found.graph_saved = {
            name: saved for name, saved in before.graph_saved.items() if name in variables
        }
    found.graphs = {name: one for name, one in before.graphs.items() if name in found.carriers}
    _keep_outside(before, found, namespace)
    record.holders = [one.holder for one in found.outside if one.is_told()]
    return record


def _keep_outside(before: Survey, found: Survey, namespace: Mapping[str, Any]) -> None:
    outputs = namespace.get("_oh")
    counts = dict.keys(outputs) if type(outputs) is dict else ()
    has_error = getattr(sys, "last_traceback", None) is not None
    taken = found.storages.union(*(saved.keys() for saved in found.graph_saved.values()))
    for one in before.outside:
        holder = one.holder
        if (
            holder.kind == "old_object"
            or (holder.kind == "output" and holder.execution_count in counts)
            or (holder.kind == "traceback" and has_error)
        ):
            found.outside.append(one.again(taken))
