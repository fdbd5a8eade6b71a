"""Fixes of models on several devices and of pruned models, on cells of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupyterlab_torchprof.advice.scaling.pruning import PRUNERS
from jupyterlab_torchprof.fixes.prune import make_permanent
from jupyterlab_torchprof.fixes.rewrite import CannotFix
from jupyterlab_torchprof.fixes.unwrap import unwrap_argument
from jupyterlab_torchprof.record import TextEdit

from adapters.training import only, program_of


def _unwrap(source: str) -> Sequence[TextEdit]:
    site = only(program_of(source).calls("torch.nn.DataParallel"))
    return unwrap_argument(source, site.call.place, cell_id=None).edits


def _prune(source: str) -> Sequence[TextEdit]:
    places = [site.call.place for site in program_of(source).calls(*PRUNERS)]
    if not places:
        raise CannotFix("There is nothing to change.")
    return make_permanent(source, places, cell_id=None).edits


ADAPTERS: dict[str, Callable[[str], Sequence[TextEdit]]] = {
    "dataparallel": _unwrap,
    "pruning-no-savings": _prune,
}
