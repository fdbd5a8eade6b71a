"""A loader that ran, and the call in the notebook that made it."""

from __future__ import annotations

import ast

from ...record import CellRecord, DataLoading
from ..text.code import Call, Program, Site, read

LOADER = (
    "torch.utils.data.DataLoader",
    "torch.utils.data.dataloader.DataLoader",
)
"""Full names of the class."""
LEAST_SHARE = 0.05
"""Of the loop's time; the former TensorBoard profiler plugin spoke from here on, too."""
LEAST_WAIT_S = 1.0
IN_MEMORY = frozenset({"TensorDataset"})
"""Datasets whose items are slices of tensors: cheaper to take than to send."""


def name_of(loader: DataLoading) -> str:
    """How the user would call it."""
    return f"`{loader.variable}`" if loader.variable else "The loader"


def share_with_core(loader: DataLoading) -> float:
    """Share of the waits in which the waiting thread had a core or wanted none.

    In the rest other programs had them all: nothing in the notebook makes that shorter.
    """
    if not loader.wait_delay_s or not loader.wait_s:
        return 1.0
    return max(0.0, 1.0 - loader.wait_delay_s / loader.wait_s)


def own_wait_s(loader: DataLoading) -> float:
    """What the loop waited for batches, without waiting for a core."""
    return loader.wait_s * share_with_core(loader)


def processor_share(loader: DataLoading) -> float:
    """How busy the waiting thread kept a core meanwhile; 0: it waited for something else."""
    own = own_wait_s(loader)
    return min(1.0, (loader.wait_cpu_s or 0.0) / own) if own else 1.0


def waits_much(loader: DataLoading) -> bool:
    """Whether the loop spends a second and 5 % of its time waiting for batches."""
    own = own_wait_s(loader)
    return own >= LEAST_WAIT_S and own >= LEAST_SHARE * loader.loop_s


def steady_wait_s(loader: DataLoading) -> float:
    """What waiting takes if every batch takes the median: what comes back with each batch.

    What is paid once (a file that is opened at the first item, a cache that is filled) is not in
    it, nor are waits for a core. Nothing is known of passes of one batch.
    """
    if loader.wait_p50_s is None:
        return 0.0
    return min(loader.wait_s, loader.wait_p50_s * loader.batches) * share_with_core(loader)


def made_by(program: Program, loader: DataLoading) -> Site | None:
    """The call that made a loader: assigned to its variable, or in the head of its loop.

    Of several cells that assign the variable, the one that ran last did; within one cell two
    calls cannot be told apart.
    """
    found = [site for site in program.calls(*LOADER) if _makes(program, site, loader)]
    found = [site for site in found if site.record is found[0].record]
    return found[0] if len(found) == 1 and _agrees(found[0], loader) else None


def moves_on(record: CellRecord, lines: set[int | None]) -> list[Call]:
    """Calls of ``.to`` and ``.cuda`` that begin on one of these lines."""
    code = read(record.source)
    return [
        call
        for call in (code.calls if code is not None else ())
        if call.receiver and call.method in ("to", "cuda") and call.line in lines
    ]


def _agrees(site: Site, loader: DataLoading) -> bool:
    """Whether the call can have made a loader with as many workers."""
    workers = site.call.keywords.get("num_workers")
    if workers is None:
        return loader.workers == 0 or site.call.has_double_star or len(site.call.node.args) > 5
    return not isinstance(workers, ast.Constant) or workers.value == loader.workers


def _makes(program: Program, site: Site, loader: DataLoading) -> bool:
    statement = site.call.statement
    if loader.variable is not None:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        is_whole = getattr(statement, "value", None) is site.call.node
        return is_whole and any(
            isinstance(target, ast.Name) and target.id == loader.variable for target in targets
        )
    in_this_cell = site.record is program.record
    is_loop = isinstance(statement, (ast.For, ast.AsyncFor))
    return in_this_cell and is_loop and statement.lineno == loader.line
