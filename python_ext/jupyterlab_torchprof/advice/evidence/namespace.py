"""The notebook's variables, as a record knows them."""

from __future__ import annotations

from ...record import Placement
from ..text.names import root_of


def variables_of(placement: Placement) -> set[str]:
    """Variables that hold a tensor or a module, or something with one in it."""
    tensors = {root_of(tensor.path) for tensor in placement.tensors}
    return tensors | {root_of(module.path) for module in placement.modules}
