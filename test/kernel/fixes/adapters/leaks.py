"""Adapters of the fixes for leaks: they find the place in the source themselves."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from jupyterlab_torchprof.advice.leaks.old_objects import binding
from jupyterlab_torchprof.advice.leaks.outputs import shown_expression
from jupyterlab_torchprof.advice.text.code import read
from jupyterlab_torchprof.advice.text.gathering import gathers
from jupyterlab_torchprof.advice.text.spent import spent_parts
from jupyterlab_torchprof.fixes.cell import CannotFix
from jupyterlab_torchprof.fixes.delete import delete_calls
from jupyterlab_torchprof.fixes.detach import detach_values
from jupyterlab_torchprof.fixes.release import delete_after, release_before
from jupyterlab_torchprof.fixes.semicolon import hide_value
from jupyterlab_torchprof.record import TextEdit


def loss_history(source: str) -> Sequence[TextEdit]:
    code = read(source)
    places = [
        code.place(part.node)
        for each in (gathers(source) if code is not None else ())
        for part in spent_parts(each.value, each.loop, {})
    ]
    if not places:
        raise CannotFix("Nothing that a backward has used is gathered.")
    return detach_values(source, places, ".detach()", cell_id="cell").edits


def accumulation(source: str) -> Sequence[TextEdit]:
    """Everything that is gathered and not on the host yet."""
    places = [
        each.place
        for each in gathers(source)
        if each.kind != "sum" and not ast.unparse(each.value).endswith(".cpu()")
    ]
    if not places:
        raise CannotFix("Nothing is gathered.")
    return detach_values(source, places, ".detach().cpu()", cell_id="cell").edits


def intermediates(source: str) -> Sequence[TextEdit]:
    return delete_after(source, ["scores"], cell_id="cell").edits


def old_model(source: str) -> Sequence[TextEdit]:
    place = binding(source, "model")
    if place is None:
        raise CannotFix("model is not bound at top level.")
    return release_before(source, place, ["model", "optimizer"], cell_id="cell").edits


def outputs(source: str) -> Sequence[TextEdit]:
    place = shown_expression(source)
    if place is None:
        raise CannotFix("The cell does not show a value.")
    return hide_value(source, place, cell_id="cell").edits


def empty_cache(source: str) -> Sequence[TextEdit]:
    code = read(source)
    places = [
        call.place
        for call in (code.calls if code is not None else ())
        if call.method == "empty_cache" and call.loops
    ]
    if not places:
        raise CannotFix("The cache is not emptied in a loop.")
    return delete_calls(source, places, "empty_cache()", cell_id="cell").edits


ADAPTERS: dict[str, Callable[[str], Sequence[TextEdit]]] = {
    "loss-history-graph": loss_history,
    "gpu-output-accumulation": accumulation,
    "stale-intermediates": intermediates,
    "old-model-alive": old_model,
    "out-cache-tensor": outputs,
    "empty-cache-misuse": empty_cache,
}
