"""What a module is made of: its dropouts, batch norms, convolutions and so on.

Read from instances' own attributes only; no property or method of a user's class runs.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

from ...record import Layers
from .functional_dropout import may_drop
from .kinds import home_of, is_exactly, namespace_reader
from .layer_families import QUANTIZING_PACKAGES, Families, Family, Traits
from .managed import manager_of, shards
from .quiet import Quiet

_MAX_MODULES = 2000
_MAX_NAMES = 20
_Way = tuple[Any, str] | None
"""The way to a module: that of its parent, and its name there; ``None`` at the root."""


class LayerCounter:
    """Counts layers of modules of one PyTorch. Remembers classes, and keeps none alive."""

    def __init__(self, torch: ModuleType) -> None:
        """``torch``: the imported module."""
        nn = torch.nn
        self._torch = torch
        self._own = namespace_reader(nn.Module)
        self._tensor_own = namespace_reader(torch.Tensor)
        base = torch._C.TensorBase
        self._is_contiguous = base.is_contiguous
        self._channels_last = torch.channels_last
        self._is_floating_point = base.is_floating_point
        self._numel = base.numel
        self._element_size = base.element_size
        self._plain = (torch.nn.Parameter, torch.Tensor)
        self._module = nn.Module
        self._traits = Families(nn).traits

    def count(self, root: Any) -> Layers:
        """The layers of ``root`` and all below it; of a huge one, of the first 2000 modules."""
        with Quiet(self._torch):
            return _Count(self, root).layers


class _Count:
    """One count, while it is made."""

    def __init__(self, counter: LayerCounter, root: Any) -> None:
        self.layers = Layers()
        self._counter = counter
        self._ambiguous = 0
        self._channels_first = 0
        self._weights: set[int] = set()
        traits = counter._traits
        own_of = counter._own
        left = _MAX_MODULES
        seen = {id(root)}
        stack: list[tuple[Any, Traits, _Way]] = [(root, traits(type(root)), None)]
        while stack and left:
            left -= 1
            module, its, way = stack.pop()
            own = own_of(module)
            if its.family:
                self._add(its, own)
            self._look_at_oddities(its, own, way)
            children: Any = own.get("_modules")
            if not issubclass(type(children), dict):
                continue
            before: tuple[str, Any, Traits] | None = None
            for name, child in dict.items(children):
                if type(name) is not str or not issubclass(type(child), counter._module):
                    continue
                of_child = traits(type(child))
                if of_child.family is Family.BATCH_NORM and before is not None:
                    self._add_pair(its, before, (name, child))
                before = (name, child, of_child)
                if id(child) not in seen:
                    seen.add(id(child))
                    stack.append((child, of_child, (way, name)))
        if self.layers.convs_2d_channels_last and not self._channels_first:
            self.layers.convs_2d_channels_last += self._ambiguous

    def _add(self, its: Traits, own: dict[str, Any]) -> None:
        layers, family = self.layers, its.family
        training = own.get("training") is True
        if family is Family.LINEAR:
            layers.linears += 1
            self._add_linear(_parameter(own, "weight"))
        elif family is Family.DROPOUT or family is Family.DROPPING:
            if _drops(own, family):
                layers.dropouts += 1
                layers.dropouts_training += training
        elif family is Family.OTHER_NORM:
            layers.norms_other += 1
        elif family is Family.BATCH_NORM:
            if _tracks(own):
                layers.batchnorms += 1
                layers.batchnorms_training += training
                layers.batchnorms_alone += training and its.is_alone
        elif family is Family.DATA_PARALLEL:
            ids = own.get("device_ids")
            if type(ids) is list:
                layers.device_ids = [index for index in ids if type(index) is int]
        else:
            layers.convs += 1
            if family is Family.CONV_2D:
                layers.convs_2d += 1
                self._add_layout(_parameter(own, "weight"))

    def _add_linear(self, weight: Any) -> None:
        counter = self._counter
        if weight is None or id(weight) in self._weights:
            return
        self._weights.add(id(weight))
        if is_exactly(weight, counter._plain):
            if counter._is_floating_point(weight):
                nbytes = counter._numel(weight) * counter._element_size(weight)
                self.layers.linear_bytes += nbytes
        elif home_of(type(weight)).partition(".")[0] in QUANTIZING_PACKAGES:
            self.layers.quantized = True

    def _add_layout(self, weight: Any) -> None:
        counter = self._counter
        if weight is None or not is_exactly(weight, counter._plain):
            return
        last = counter._is_contiguous(weight, memory_format=counter._channels_last)
        if last and counter._is_contiguous(weight):
            self._ambiguous += 1  # of one channel, or one pixel: both orders are the same
        elif last:
            self.layers.convs_2d_channels_last += 1
        else:
            self._channels_first += 1

    def _add_pair(self, parent: Traits, before: tuple[str, Any, Traits], bn: Any) -> None:
        conv_name, conv, of_conv = before
        bn_name, norm = bn
        if of_conv.family not in (Family.CONV, Family.CONV_2D):
            return
        of = self._counter._own
        channels = of(conv).get("out_channels")
        features = of(norm).get("num_features")
        if type(channels) is not int or type(features) is not int:
            return
        if channels != features or not _tracks(of(norm)):
            return
        if parent.is_sequential or _stem(conv_name, "conv") == _stem(bn_name, "bn", "norm"):
            self.layers.conv_bn_pairs += 1

    def _look_at_oddities(self, its: Traits, own: dict[str, Any], way: _Way) -> None:
        layers = self.layers
        if its.is_compiled or own.get("_compiled_call_impl") is not None:
            layers.compiled = True
        if its.is_quantized:
            layers.quantized = True
        layers.managed = layers.managed or manager_of(own)
        if its.drops_by is not None and may_drop(own, its.drops_by):
            layers.dropouts += 1
            layers.dropouts_training += own.get("training") is True
        for name in its.stray:
            if type(own.get(name)) is bool:
                _append(layers.stray, way, name)
        parameters: Any = own.get("_parameters")
        if not issubclass(type(parameters), dict):
            return
        namespace, kinds = self._counter._tensor_own, self._counter._plain
        for name, tensor in dict.items(parameters):
            if type(name) is not str:
                continue
            if not is_exactly(tensor, kinds):
                layers.managed = layers.managed or shards(type(tensor))
            elif "require_grad" in namespace(tensor):
                _append(layers.stray, way, f"{name}.require_grad")
        buffers: Any = own.get("_buffers")
        if issubclass(type(buffers), dict):
            self._add_pruned(parameters, buffers, way)

    def _add_pruned(self, parameters: dict[str, Any], buffers: dict[str, Any], way: _Way) -> None:
        plain = self._counter._plain
        for registered, original in dict.items(parameters):
            if type(registered) is not str or not registered.endswith("_orig"):
                continue
            name = registered.removesuffix("_orig")
            mask = dict.get(buffers, f"{name}_mask")
            if not (is_exactly(mask, plain) and is_exactly(original, plain)):
                continue
            _append(self.layers.pruned, way, name)
            for part in (original, mask):
                size = self._counter._numel(part) * self._counter._element_size(part)
                self.layers.pruned_bytes += size


def _parameter(own: dict[str, Any], name: str) -> Any:
    parameters: Any = own.get("_parameters")
    found = dict.get(parameters, name) if issubclass(type(parameters), dict) else None
    return own.get(name) if found is None else found


def _drops(own: dict[str, Any], family: Family) -> bool:
    share: Any = own.get("p" if family is Family.DROPOUT else "dropout")
    # A recurrent layer drops between its layers.
    if not is_exactly(share, (float, int)) or share <= 0:
        return False
    layers = own.get("num_layers")
    return type(layers) is not int or layers != 1


def _tracks(own: dict[str, Any]) -> bool:
    buffers: Any = own.get("_buffers")  # an OrderedDict before PyTorch 2.5
    is_filled = issubclass(type(buffers), dict)
    has_mean = is_filled and dict.get(buffers, "running_mean") is not None
    return own.get("track_running_stats") is True and has_mean


def _stem(name: str, *words: str) -> str | None:
    """What is left of a child's name without the word for its kind: ``conv1``, ``bn1``: ``1``."""
    for word in words:
        if word in name:
            return name.replace(word, "", 1)
    return None


def _append(names: list[str], way: _Way, name: str) -> None:
    if len(names) >= _MAX_NAMES:
        return
    parts = [name]
    while way is not None:
        way, part = way
        parts.append(part)
    names.append(".".join(reversed(parts)))


@cache
def layer_counter(torch: ModuleType) -> LayerCounter:
    """The one counter of this PyTorch, which knows the classes that it has met."""
    return LayerCounter(torch)
