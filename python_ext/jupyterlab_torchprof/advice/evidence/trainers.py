"""Which optimizers train a module, also one that only an object's attribute holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...record import CellRecord, Optimizer, PlacedModule


def optimizers_of(run: CellRecord, module: PlacedModule) -> list[Optimizer]:
    """The optimizers of a root module that stepped in a run."""
    stepped = [each for each in run.optimizers if each.steps]
    own = [each for each in stepped if each.module == module.path]
    if own or len(stepped) != 1 or stepped[0].count > 1 or stepped[0].module is not None:
        return own
    return stepped if _is_of(stepped[0], run, module) else []


def may_train(run: CellRecord, module: PlacedModule) -> bool:
    """Whether an optimizer stepped in a run that is the module's, as far as can be known.

    One that lived in a function, which the record may not even have, can be of any module of a
    class that was trained.
    """
    if optimizers_of(run, module):
        return True
    steps = 0 if run.grad is None else run.grad.optimizer_steps
    known = sum(each.steps for each in run.optimizers if each.module is not None)
    return steps > known and module.class_name in trained_classes(run)


def _is_of(optimizer: Optimizer, run: CellRecord, module: PlacedModule) -> bool:
    """Whether the only optimizer is the module's: its parameters' bytes, and what was trained, say.

    Of one that lives in a function or an object it is not recorded whose parameters it has.
    """
    only = only_of_class(run, module.class_name)
    if only is None or only.path != module.path or only.class_name not in trained_classes(run):
        return False
    return sum(optimizer.parameter_bytes.values()) == only.trainable_bytes


def trained_classes(run: CellRecord) -> set[str]:
    """Classes of the modules whose graphs a backward of the run has used."""
    graphs = [] if run.grad is None else run.grad.forward_graphs
    return {graph.module for graph in graphs if graph.fate == "consumed"}


def only_of_class(record: CellRecord, class_name: str) -> PlacedModule | None:
    """The only module of a class that the namespace reaches."""
    modules = [] if record.placement is None else record.placement.modules
    found = [module for module in all_of(modules) if module.class_name == class_name]
    return found[0] if len(found) == 1 else None


def all_of(modules: Iterable[PlacedModule]) -> Iterator[PlacedModule]:
    """Modules, and all below them."""
    for module in modules:
        yield module
        yield from all_of(module.children)
