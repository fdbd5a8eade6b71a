"""What a module is made of: its dropouts, batch norms, convolutions and so on.

Read from instances' own attributes only; no property or method of a user's class runs.
"""

from __future__ import annotations

import sys
import weakref
from enum import IntEnum
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from ...record import Layers
from .kinds import namespace_reader

_MAX_MODULES = 2000
_MAX_NAMES = 20
_MAX_CLASSES = 2000
_QUANTIZED = ("torch.ao.nn.quantized", "torch.ao.nn.intrinsic.quantized", "torch.nn.quantized")
_QUANTIZING_PACKAGES = frozenset({"bitsandbytes", "torchao"})
_STRAY = ("requires_grad", "require_grad")
_mro = type.__dict__["__mro__"].__get__
_vars = type.__dict__["__dict__"].__get__
_name = type.__dict__["__name__"].__get__


class _Family(IntEnum):
    """What the count does with a module."""

    OTHER = 0
    DROPOUT = 1
    DROPPING = 2
    """Attention and recurrent layers, which drop by an option of theirs."""
    BATCH_NORM = 3
    CONV = 4
    CONV_2D = 5
    LINEAR = 6
    OTHER_NORM = 7
    DATA_PARALLEL = 8


class _Traits(NamedTuple):
    """What is known of a module from its class."""

    family: _Family
    is_sequential: bool
    """Its forward calls its children in their order."""
    is_quantized: bool
    is_compiled: bool
    stray: tuple[str, ...]
    """Names that mean nothing to this class."""


_Way = tuple[Any, str] | None
"""The way to a module: that of its parent, and its name there; ``None`` at the root."""


class LayerCounter:
    """Counts layers of modules of one PyTorch. Remembers classes, and keeps none alive."""

    def __init__(self, torch: ModuleType) -> None:
        """``torch``: the imported module."""
        nn = torch.nn
        self._own = namespace_reader(nn.Module)
        self._tensor_own = namespace_reader(torch.Tensor)
        base = torch._C.TensorBase
        self._is_contiguous = base.is_contiguous
        self._channels_last = torch.channels_last
        self._is_floating_point = base.is_floating_point
        self._numel = base.numel
        self._element_size = base.element_size
        self._plain = (torch.nn.Parameter, torch.Tensor)
        self._quiet = torch._C.DisableTorchFunction
        self._sequential = nn.Sequential
        self._module = nn.Module
        self._conv_2d = (nn.Conv2d, nn.ConvTranspose2d)
        self._families = _families(nn)
        self._traits: dict[int, tuple[weakref.ref[type], _Traits]] = {}

    def count(self, root: Any) -> Layers:
        """The layers of ``root`` and all below it; of a huge one, of the first 2000 modules."""
        with self._quiet():
            return _Count(self, root).layers

    def traits(self, cls: type) -> _Traits:
        """What is known of modules of this class."""
        known = self._traits.get(id(cls))
        if known is not None and known[0]() is cls:
            return known[1]
        if len(self._traits) >= _MAX_CLASSES:
            self._traits.clear()
        traits = self._learn(cls)
        self._traits[id(cls)] = (weakref.ref(cls), traits)
        return traits

    def _learn(self, cls: type) -> _Traits:
        family = next((f for base, f in self._families if issubclass(cls, base)), _Family.OTHER)
        if family is _Family.CONV and issubclass(cls, self._conv_2d):
            family = _Family.CONV_2D
        if family is _Family.OTHER and _name(cls).endswith(("RMSNorm", "LayerNorm")):
            family = _Family.OTHER_NORM
        homes = [str(_vars(base).get("__module__", "")) for base in _mro(cls)]
        eval_frame: Any = sys.modules.get("torch._dynamo.eval_frame")
        compiled = getattr(eval_frame, "OptimizedModule", None)
        return _Traits(
            family,
            is_sequential=issubclass(cls, self._sequential)
            and _lookup(cls, "forward") is _vars(self._sequential)["forward"],
            is_quantized=any(
                home.startswith(_QUANTIZED) or home.partition(".")[0] in _QUANTIZING_PACKAGES
                for home in homes
            ),
            is_compiled=compiled is not None and issubclass(cls, compiled),
            stray=tuple(name for name in _STRAY if not self._names(cls, name)),
        )

    def _names(self, cls: type, name: str) -> bool:
        """Whether the class has the attribute or its code has to do with one of that name."""
        for base in _mro(cls):
            if base is self._module:
                break
            own = _vars(base)
            if name in own or name in own.get("__annotations__", ()):
                return True
            for member in own.values():
                if type(member) is FunctionType and name in member.__code__.co_names:
                    return True
        return False


class _Count:
    """One count, while it is made."""

    def __init__(self, counter: LayerCounter, root: Any) -> None:
        self.layers = Layers()
        self._counter = counter
        self._ambiguous = 0
        self._channels_first = 0
        self._weights: set[int] = set()
        traits = counter.traits
        own_of = counter._own
        left = _MAX_MODULES
        seen = {id(root)}
        stack: list[tuple[Any, _Traits, _Way]] = [(root, traits(type(root)), None)]
        while stack and left:
            left -= 1
            module, its, way = stack.pop()
            own = own_of(module)
            if its.family:
                self._add(its.family, own)
            self._look_at_oddities(its, own, way)
            children = own.get("_modules")
            if not children or not issubclass(type(children), dict):
                continue
            before: tuple[str, Any, _Traits] | None = None
            for name, child in dict.items(children):
                if child is None or not issubclass(type(child), counter._module):
                    continue
                of_child = traits(type(child))
                if of_child.family is _Family.BATCH_NORM and before is not None:
                    self._add_pair(its, before, (name, child))
                before = (name, child, of_child)
                if id(child) not in seen:
                    seen.add(id(child))
                    stack.append((child, of_child, (way, name)))
        if self.layers.convs_2d_channels_last and not self._channels_first:
            self.layers.convs_2d_channels_last += self._ambiguous

    def _add(self, family: _Family, own: dict[str, Any]) -> None:
        layers = self.layers
        training = own.get("training") is True
        if family is _Family.LINEAR:
            layers.linears += 1
            self._add_linear(_parameter(own, "weight"))
        elif family is _Family.DROPOUT or family is _Family.DROPPING:
            if _drops(own, family):
                layers.dropouts += 1
                layers.dropouts_training += training
        elif family is _Family.OTHER_NORM:
            layers.norms_other += 1
        elif family is _Family.BATCH_NORM:
            if _tracks(own):
                layers.batchnorms += 1
                layers.batchnorms_training += training
        elif family is _Family.DATA_PARALLEL:
            ids = own.get("device_ids")
            if type(ids) is list:
                layers.device_ids = [index for index in ids if type(index) is int]
        else:
            layers.convs += 1
            if family is _Family.CONV_2D:
                layers.convs_2d += 1
                self._add_layout(_parameter(own, "weight"))

    def _add_linear(self, weight: Any) -> None:
        counter = self._counter
        if weight is None or id(weight) in self._weights:
            return
        self._weights.add(id(weight))
        if type(weight) in counter._plain:
            if counter._is_floating_point(weight):
                nbytes = counter._numel(weight) * counter._element_size(weight)
                self.layers.linear_bytes += nbytes
        elif type(weight).__module__.partition(".")[0] in _QUANTIZING_PACKAGES:
            self.layers.quantized = True

    def _add_layout(self, weight: Any) -> None:
        counter = self._counter
        if weight is None or type(weight) not in counter._plain:
            return
        last = counter._is_contiguous(weight, memory_format=counter._channels_last)
        if last and counter._is_contiguous(weight):
            self._ambiguous += 1  # of one channel, or one pixel: both orders are the same
        elif last:
            self.layers.convs_2d_channels_last += 1
        else:
            self._channels_first += 1

    def _add_pair(self, parent: _Traits, before: tuple[str, Any, _Traits], bn: Any) -> None:
        conv_name, conv, of_conv = before
        bn_name, norm = bn
        if of_conv.family not in (_Family.CONV, _Family.CONV_2D):
            return
        of = self._counter._own
        channels = of(conv).get("out_channels")
        if channels is None or channels != of(norm).get("num_features") or not _tracks(of(norm)):
            return
        if parent.is_sequential or _stem(conv_name, "conv") == _stem(bn_name, "bn", "norm"):
            self.layers.conv_bn_pairs += 1

    def _look_at_oddities(self, its: _Traits, own: dict[str, Any], way: _Way) -> None:
        layers = self.layers
        if its.is_compiled or own.get("_compiled_call_impl") is not None:
            layers.compiled = True
        if its.is_quantized:
            layers.quantized = True
        for name in its.stray:
            if type(own.get(name)) is bool:
                _append(layers.stray, way, name)
        parameters = own.get("_parameters")
        if not parameters or not issubclass(type(parameters), dict):
            return
        namespace, kinds = self._counter._tensor_own, self._counter._plain
        for name, tensor in dict.items(parameters):
            if type(tensor) in kinds and "require_grad" in namespace(tensor):
                _append(layers.stray, way, f"{name}.require_grad")
        if own.get("_buffers"):
            self._add_pruned(parameters, own["_buffers"], way)

    def _add_pruned(self, parameters: dict[str, Any], buffers: dict[str, Any], way: _Way) -> None:
        for registered, original in dict.items(parameters):
            name = registered.removesuffix("_orig")
            mask = None if name == registered else buffers.get(f"{name}_mask")
            if mask is None or original is None:
                continue
            _append(self.layers.pruned, way, name)
            for part in (original, mask):
                size = self._counter._numel(part) * self._counter._element_size(part)
                self.layers.pruned_bytes += size


def _families(nn: Any) -> tuple[tuple[Any, _Family], ...]:
    modules = nn.modules
    norms = [nn.LayerNorm, nn.GroupNorm, modules.instancenorm._InstanceNorm]
    if hasattr(nn, "RMSNorm"):  # since PyTorch 2.4
        norms.append(nn.RMSNorm)
    return (
        (nn.Linear, _Family.LINEAR),
        (modules.dropout._DropoutNd, _Family.DROPOUT),
        (tuple(norms), _Family.OTHER_NORM),
        (modules.batchnorm._BatchNorm, _Family.BATCH_NORM),
        (modules.conv._ConvNd, _Family.CONV),
        ((nn.MultiheadAttention, nn.RNNBase), _Family.DROPPING),
        (nn.DataParallel, _Family.DATA_PARALLEL),
    )


def _parameter(own: dict[str, Any], name: str) -> Any:
    parameters = own.get("_parameters")
    found = parameters.get(name) if type(parameters) is dict else None
    return own.get(name) if found is None else found


def _drops(own: dict[str, Any], family: _Family) -> bool:
    share: Any = own.get("p" if family is _Family.DROPOUT else "dropout")
    # A recurrent layer drops between its layers.
    return type(share) in (float, int) and share > 0 and own.get("num_layers", 2) != 1


def _tracks(own: dict[str, Any]) -> bool:
    buffers = own.get("_buffers")
    has_mean = type(buffers) is dict and buffers.get("running_mean") is not None
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


def _lookup(cls: type, name: str) -> object:
    for base in _mro(cls):
        if name in _vars(base):
            return _vars(base)[name]
    return None


@cache
def layer_counter(torch: ModuleType) -> LayerCounter:
    """The one counter of this PyTorch, which knows the classes that it has met."""
    return LayerCounter(torch)
