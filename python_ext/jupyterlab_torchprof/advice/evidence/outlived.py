"""Graphs that have outlived a step of their own model.

A backward needs the parameters as they were in the forward, so it comes before the optimizer's
step. A graph that is still whole after one has no use, whatever else trains the model.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence

from ...record import CellRecord, PlacedModule
from ..text.code import dotted, imports_of, read
from ..text.uses.graphs import graph_uses, modules_of
from .forwards import LineForwards, statement_lines, trained_until
from .functions.view import FunctionView
from .modules import innermost, root_of_forwards


def models_of(
    record: CellRecord, history: Sequence[CellRecord], entry: LineForwards
) -> list[PlacedModule]:
    """The models whose forwards a line began; empty if one of them is not known."""
    found: list[PlacedModule] = []
    for forwards in record.grad.forwards if record.grad is not None else ():
        if forwards.line != entry.line or not forwards.grad:
            continue
        root = root_of_forwards(record, history, forwards)
        module = _only_one(record, forwards.module) if root is None else root.module
        if module is None:
            return []
        found.append(module)
    return found


def steps_on(run: CellRecord, model: PlacedModule, *, after: float = 0.0) -> bool:
    """Whether an optimizer of the model stepped later than so many seconds into a run."""
    stepped = [each for each in run.optimizers if each.steps]
    own = [each for each in stepped if each.module == model.path]
    if len(stepped) == 1 and stepped[0].module is None and _trains_class(run, model):
        own = stepped
    if not after or run.grad is None:
        return bool(own)
    times = {visits.place: visits.last_s for visits in run.grad.step_places}
    return any(each.place is not None and times.get(each.place, 0.0) > after for each in own)


def has_outlived(record: CellRecord, history: Sequence[CellRecord], entry: LineForwards) -> bool:
    """Whether the run trained a line's models by other lines, stepped, and used no graph of it."""
    run = record.run if isinstance(record, FunctionView) else record
    if run.grad is None or run.grad.retaining_backwards or not run.grad.optimizer_steps:
        return False  # what a backward retains is whole, too
    if not entry.graphs or "consumed" in entry.fates():
        return False
    if not trained_classes(run).issuperset(entry.modules):
        return False
    begun = _begun(record, entry)
    models = models_of(record, history, entry)
    return bool(models) and all(steps_on(run, model, after=begun) for model in models)


def trained_classes(run: CellRecord) -> set[str]:
    """Classes of the modules whose graphs a backward of the run has used."""
    graphs = [] if run.grad is None else run.grad.forward_graphs
    return {graph.module for graph in graphs if graph.fate == "consumed"}


def _trains_class(run: CellRecord, model: PlacedModule) -> bool:
    """Whether a run trains the only module of a class.

    Of an optimizer that lives in a function or an object it is not known whose parameters it has.
    """
    only = _only_one(run, model.class_name)
    return only is not None and only.path == model.path and model.class_name in trained_classes(run)


def may_feed_training(
    record: CellRecord, history: Sequence[CellRecord], entry: LineForwards
) -> bool:
    """Whether the text leads from a line's results to a backward, if only in another branch.

    What was detached first, as the samples that a critic learns from, takes part in training, too.
    Of a function that is called before the last step, the lines that call it are looked at, too.
    """
    places = [(record.source, entry.line)]
    if isinstance(record, FunctionView):
        places += _callers(record, history)
    modules, imports = modules_of(record), imports_of([*history, record])
    for text, line in places:
        names = bound_on(text, [line])
        if text != record.source and _returns(text, line):
            return True
        uses = graph_uses([text], names, own=text, modules=modules, imports=imports, detached=True)
        if uses.elsewhere:
            return True
    return False


def _callers(view: FunctionView, history: Sequence[CellRecord]) -> Iterator[tuple[str, int]]:
    """Text and line of the calls of a function, but for those below all training of the run."""
    texts = {run.source_hash: run.source for run in (*history, view.run)}
    until = trained_until(view.run)
    last = statement_lines(view.run.source, until)[1] if until else 0
    for place in view.callers:
        text = texts.get(place.source_hash or "")
        below = text == view.run.source and place.function is None and (place.line or 0) > last
        if text is not None and place.line is not None and not below:
            yield text, place.line


def _returns(source: str, line: int) -> bool:
    """Whether the statement hands on what it computes to who called the function around it."""
    code = read(source)
    return code is not None and isinstance(innermost(code, line), ast.Return)


def bound_on(source: str, lines: Iterable[int]) -> set[str]:
    """Variables and attributes that the statements of these lines bind or fill."""
    code = read(source)
    statements = [innermost(code, line) for line in lines] if code is not None else []
    return {name for each in statements if each is not None for name in _bound(each)}


def _bound(statement: ast.stmt) -> Iterator[str]:
    inner = {
        name
        for node in ast.walk(statement)
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
    }
    for node in ast.walk(statement):
        if not isinstance(node, (ast.Name, ast.Attribute)) or node in inner:
            continue
        if isinstance(node.ctx, ast.Store):
            yield dotted(node)
        elif isinstance(node, ast.Attribute) and node.attr in ("append", "extend"):
            yield dotted(node.value)


def _begun(record: CellRecord, entry: LineForwards) -> float:
    """When the first of the line's forwards began, in seconds since the cell started."""
    forwards = record.grad.forwards if record.grad is not None else []
    times = [
        each.first_s for each in forwards if each.line == entry.line and each.first_s is not None
    ]
    return min(times, default=float("inf"))


def _only_one(record: CellRecord, class_name: str) -> PlacedModule | None:
    """The only module of a class that the namespace reaches."""
    modules = [] if record.placement is None else record.placement.modules
    found = [module for module in _all_of(modules) if module.class_name == class_name]
    return found[0] if len(found) == 1 else None


def _all_of(modules: Collection[PlacedModule]) -> Iterator[PlacedModule]:
    for module in modules:
        yield module
        yield from _all_of(module.children)
