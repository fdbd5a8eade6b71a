"""Let a cell choose its device by what there is, instead of insisting on CUDA."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import libcst as cst

from ..record import Fix
from .device import name_device
from .rewrite import CannotFix, Place, Rewrite
from .torch_name import find_torch

__all__ = ["CannotFix", "make_portable", "map_to_device"]


class Spot(Protocol):
    """A place that needs CUDA (`advice.text.spots`)."""

    @property
    def kind(self) -> str: ...
    @property
    def place(self) -> Place: ...
    @property
    def device(self) -> str: ...
    @property
    def name(self) -> str: ...


def make_portable(
    source: str,
    spots: Sequence[Spot],
    *,
    cell_id: str | None,
    named: Mapping[str, str] | None = None,
    taken: Collection[str] = (),
    torch_name: str | None = None,
) -> Fix:
    """Replace the devices at ``spots``; see `name_device` for the other arguments.

    A binding asks whether CUDA is there. Calls get the name of a device, which is chosen above
    them if there is none. A device with an index stays as it is, except in a binding; where
    nothing else is there to be changed, CannotFix is raised.
    """
    rewrite = Rewrite(source, cell_id)
    usable = dict(named or {})
    bindings = [spot for spot in spots if spot.kind == "binding"]
    for spot in bindings:
        node = rewrite.find(cst.BaseExpression, spot.place)  # type: ignore[type-abstract]
        torch = find_torch(rewrite.cell, spot.place.line, torch_name)
        if torch.import_line is not None:
            raise CannotFix("The cell does not import torch above the line.")
        choice = f'"{spot.device}" if {torch.expression}.cuda.is_available() else "cpu"'
        inner = node.args[0].value if isinstance(node, cst.Call) else node
        rewrite.replace(inner, choice)
        if spot.name:
            usable[spot.name] = "cuda"
    others = [spot for spot in spots if spot.kind != "binding" and spot.device in _FIRST]
    if not bindings and not others:
        raise CannotFix("The device has an index, which a device chosen by itself would lose.")
    name = ""
    for spot in others:
        kind = cst.Call if spot.kind == "method" else cst.BaseExpression
        node = rewrite.find(kind, spot.place)
        name = name or name_device(
            rewrite, node, named=usable, taken=taken, torch_name=torch_name, on_cpu=True
        )
        if spot.kind == "value":
            rewrite.replace(node, name)
            continue
        assert isinstance(node, cst.Call)
        function = node.func
        assert isinstance(function, cst.Attribute)
        rewrite.replace(function.attr, "to")
        first = next((argument for argument in node.args if argument.keyword is None), None)
        if first is not None:
            rewrite.replace(first.value, name)
        elif node.args:
            rewrite.insert_before(node.args[0], f"{name}, ")
        else:
            rewrite.add_argument(node, name)
    return rewrite.fix("Choose the device by what there is")


_FIRST = ("cuda", "cuda:0")


def map_to_device(
    source: str,
    place: Place,
    *,
    cell_id: str | None,
    named: Mapping[str, str] | None = None,
    taken: Collection[str] = (),
    torch_name: str | None = None,
) -> Fix:
    """Give the ``torch.load`` at ``place`` a ``map_location`` that is there."""
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    if any(argument.star for argument in call.args):
        raise CannotFix(f"Line {place.line} passes arguments that the text does not show.")
    name = name_device(
        rewrite, call, named=named or {}, taken=taken, torch_name=torch_name, on_cpu=True
    )
    positional = [argument for argument in call.args if argument.keyword is None]
    if len(positional) > 1:
        rewrite.replace(positional[1].value, name)
    else:
        rewrite.set_argument(call, "map_location", name)
    return rewrite.fix(f"Load to {name} on line {place.line}")
