"""Whether a model predicts by now: it was trained, or weights were loaded into it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...record import CellRecord, PlacedModule
from ..text.code import dotted, read
from .trainers import optimizers_of


def is_ready(module: PlacedModule, runs: Iterable[CellRecord]) -> bool:
    """Whether a root module was trained or loaded in one of these runs."""
    names = (module.path, module.class_name)
    return any(
        bool(optimizers_of(run, module))
        or any(checkpoint.loaded_into in names for checkpoint in run.checkpoints)
        or any(load.class_name == module.class_name and not load.failed for load in run.loads)
        or _loads(run.source, module.path, has_loaded=bool(run.loads))
        for run in runs
    )


def _loads(source: str, name: str, *, has_loaded: bool) -> bool:
    """Whether a cell loads weights into a variable, or binds it to a model that has some."""
    code = read(source) if name in source else None
    for call in code.calls if code is not None else ():
        if call.name == f"{name}.load_state_dict":
            return True
        statement = call.statement
        if isinstance(statement, ast.Assign) and any(
            dotted(target) == name for target in statement.targets
        ):
            trained = {"pretrained", "weights"} & call.keywords.keys()
            if has_loaded or trained or call.method == "from_pretrained":
                return True
    return False
