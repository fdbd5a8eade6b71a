"""Fixes of loads, on cells of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupyterlab_torchprof.advice.evidence.loads import reads_path
from jupyterlab_torchprof.advice.text.code import read
from jupyterlab_torchprof.advice.text.makers import made_at
from jupyterlab_torchprof.fixes.release import delete_after
from jupyterlab_torchprof.fixes.rewrite import CannotFix
from jupyterlab_torchprof.fixes.to_device import Maker, move_model
from jupyterlab_torchprof.fixes.training_loop import drop_arguments, write_argument
from jupyterlab_torchprof.record import TextEdit

from adapters.training import only, program_of


def _to_device(source: str) -> Sequence[TextEdit]:
    program = program_of(source)
    site, maker = only(program.calls("torch.load")), made_at(program, "model")
    if maker is None or "cpu" not in source or "is_available" in source:
        raise CannotFix("There is nothing to change.")
    return move_model(
        Maker(source, None, maker[1], site.call.place), "model", [], torch_name="torch"
    ).edits


def _drop(source: str) -> Sequence[TextEdit]:
    call = only(program_of(source).calls("torch.load")).call
    if "weights_only" not in call.keywords:
        raise CannotFix("There is no argument weights_only.")
    return drop_arguments(source, [call.place], "weights_only", safe=True, cell_id=None).edits


def _mmap(source: str) -> Sequence[TextEdit]:
    site = only(program_of(source).calls("torch.load"))
    if not reads_path(site):
        raise CannotFix("An open file cannot be mapped.")
    return write_argument(source, [site.call.place], "mmap", "True", cell_id=None).edits


def _delete(source: str, name: str = "checkpoint") -> Sequence[TextEdit]:
    code = read(source)
    if code is None or f"del {name}" in source:
        raise CannotFix("There is nothing to change.")
    return delete_after(source, [name], cell_id=None).edits


ADAPTERS: dict[str, Callable[[str], Sequence[TextEdit]]] = {
    "load-mmap": _mmap,
    "map-location-cpu": _to_device,
    "state-dict-kept": _delete,
    "weights-only-off": _drop,
}
