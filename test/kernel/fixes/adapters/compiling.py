"""Fixes of layout, algorithms and compilation, on cells of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupyterlab_torchprof.advice.compiling.algorithms import set_at
from jupyterlab_torchprof.advice.text.makers import made_at
from jupyterlab_torchprof.fixes.models import add_below
from jupyterlab_torchprof.fixes.rewrite import CannotFix
from jupyterlab_torchprof.fixes.settings import replace_value, set_below_import
from jupyterlab_torchprof.fixes.training_loop import write_argument
from jupyterlab_torchprof.record import TextEdit

from adapters.training import only, program_of


def _on(source: str) -> Sequence[TextEdit]:
    if "benchmark" in source:
        raise CannotFix("The cell has this setting already.")
    setting = "backends.cudnn.benchmark = True"
    return set_below_import(source, setting, "Turn it on", cell_id=None).edits


def _off(source: str) -> Sequence[TextEdit]:
    found = set_at(program_of(source))
    if found is None:
        raise CannotFix("No single statement turns it on.")
    return replace_value(source, found[1], "False", "Turn it off", cell_id=None).edits


def _below(statement: str) -> Callable[[str], Sequence[TextEdit]]:
    def change(source: str) -> Sequence[TextEdit]:
        maker = made_at(program_of(source), "model")
        if maker is None or "channels_last" in source:
            raise CannotFix("No statement at top level makes the model.")
        return add_below(
            source, maker[1], statement, "Add it", torch_name="torch", cell_id=None
        ).edits

    return change


def _dynamic(source: str) -> Sequence[TextEdit]:
    site = only(program_of(source).calls("torch.compile"))
    return write_argument(source, [site.call.place], "dynamic", "True", cell_id=None).edits


ADAPTERS: dict[str, Callable[[str], Sequence[TextEdit]]] = {
    "channels-last": _below("model = model.to(memory_format={torch}.channels_last)"),
    "cudnn-benchmark": _on,
    "cudnn-benchmark--off": _off,
    "recompile-storm": _dynamic,
    "torch-compile": _below("model.compile()"),
}
