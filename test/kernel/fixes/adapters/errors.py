"""Fixes of cells that failed, on cells of their own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from jupyterlab_torchprof.advice.errors.second_backward import first_backward, is_of_a_loss
from jupyterlab_torchprof.advice.text.code import Call, read
from jupyterlab_torchprof.fixes.bring import bring
from jupyterlab_torchprof.fixes.methods import insert, passed_on, rename
from jupyterlab_torchprof.fixes.portable import map_to_device
from jupyterlab_torchprof.fixes.rewrite import CannotFix
from jupyterlab_torchprof.fixes.state_dict import strip_prefix
from jupyterlab_torchprof.fixes.twice import add_losses, retain_first
from jupyterlab_torchprof.record import TextEdit

from adapters.training import only, program_of

_NOTHING = "There is nothing to change."
_MODELS = ("model", "net", "self.model")


def _bring(source: str) -> Sequence[TextEdit]:
    """As if the model were on the accelerator and what its first call gets were not."""
    code = read(source)
    call = next((c for c in code.calls if c.name in _MODELS), None) if code is not None else None
    if call is None:
        raise CannotFix(_NOTHING)
    given = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    names = [ast.unparse(each.value if isinstance(each, ast.Starred) else each) for each in given]
    named = {"device": "cuda"} if "device = " in source else {}
    return bring(
        source, call.line, names, "cuda:0", cell_id=None, named=named, torch_name="torch"
    ).edits


def _twice(source: str) -> Sequence[TextEdit]:
    code = read(source)
    pairs = (
        (first_backward(source, call), call)
        for call in (code.calls if code is not None else ())
        if is_of_a_loss(call)
    )
    first, second = next((pair for pair in pairs if pair[0] is not None), (None, None))
    if first is None or second is None:
        raise CannotFix(_NOTHING)
    if first.receiver != second.receiver:
        return add_losses(source, first.place, second.place, cell_id=None).edits
    if "retain_graph" in first.keywords:
        raise CannotFix(_NOTHING)
    return retain_first(source, first.place, cell_id=None).edits


def _map(source: str) -> Sequence[TextEdit]:
    site = only(program_of(source).calls("torch.load"))
    named = {"device": "cpu"} if "device = " in source else {}
    written = site.call.keywords.get("map_location")
    if isinstance(written, ast.Name) and written.id in named:
        raise CannotFix(_NOTHING)
    return map_to_device(
        source, site.call.place, cell_id=None, named=named, torch_name="torch"
    ).edits


def _convert(source: str) -> Sequence[TextEdit]:
    """As if the first thing that the model gets were float64."""
    code = read(source)
    call = next((c for c in code.calls if c.name in _MODELS), None) if code is not None else None
    if call is None or not call.node.args or not isinstance(call.node.args[0], ast.Name):
        raise CannotFix(_NOTHING)
    name = ast.unparse(call.node.args[0])
    return passed_on(source, call.line, [name], ".float()", cell_id=None).edits


def _reshape(source: str) -> Sequence[TextEdit]:
    return rename(source, _the_call(source, "view").place, "reshape", cell_id=None).edits


def _detach(source: str) -> Sequence[TextEdit]:
    call = _the_call(source, "numpy")
    if call.receiver.endswith("detach") or ".detach()" in ast.unparse(call.node):
        raise CannotFix(_NOTHING)
    return insert(source, call.place, ".detach()", cell_id=None).edits


def _strip(source: str) -> Sequence[TextEdit]:
    call = _the_call(source, "load_state_dict")
    if "removeprefix" in ast.unparse(call.node):
        raise CannotFix(_NOTHING)
    return strip_prefix(source, call.place, "module.", cell_id=None).edits


def _the_call(source: str, method: str) -> Call:
    code = read(source)
    calls = [c for c in code.calls if c.method == method] if code is not None else []
    if len(calls) != 1:
        raise CannotFix(_NOTHING)
    return calls[0]


ADAPTERS: dict[str, Callable[[str], Sequence[TextEdit]]] = {
    "backward-twice": _twice,
    "dtype-mismatch": _convert,
    "input-device-mismatch": _bring,
    "map-location-missing": _map,
    "shape-mismatch": _reshape,
    "state-dict-keys": _strip,
    "tensor-to-numpy": _detach,
}
