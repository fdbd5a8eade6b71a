"""What is known of a module from its class: whether it is a dropout, a convolution and so on."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from enum import IntEnum
from types import FunctionType
from typing import Any, NamedTuple

from .functional_dropout import FunctionalDropout

_MAX_CLASSES = 2000
_QUANTIZED = ("torch.ao.nn.quantized", "torch.ao.nn.intrinsic.quantized", "torch.nn.quantized")
QUANTIZING_PACKAGES = frozenset({"bitsandbytes", "torchao"})
"""Packages whose modules and tensors are quantized ones."""
_STRAY = ("requires_grad", "require_grad")
_mro = type.__dict__["__mro__"].__get__
_vars = type.__dict__["__dict__"].__get__
_name = type.__dict__["__name__"].__get__


class Family(IntEnum):
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


class Traits(NamedTuple):
    """What is known of a module from its class."""

    family: Family
    is_sequential: bool
    """Its forward calls its children in their order."""
    is_quantized: bool
    is_compiled: bool
    drops_by: tuple[str, ...] | None
    """Its own code calls ``F.dropout`` by its mode: names that may be attributes with the share;
    ``None``: it does not."""
    stray: tuple[str, ...]
    """Names that mean nothing to this class."""
    is_alone: bool
    """A batch norm that knows of no other process."""


class Families:
    """Knows the classes of one PyTorch's modules that it has met, and keeps none alive."""

    def __init__(self, nn: Any) -> None:
        """``nn``: ``torch.nn``."""
        self._sequential = nn.Sequential
        self._module = nn.Module
        self._conv_2d = (nn.Conv2d, nn.ConvTranspose2d)
        self._alone = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
        self._families = _families(nn)
        self._dropout = FunctionalDropout()
        self._traits: dict[int, tuple[weakref.ref[type], Traits]] = {}

    def traits(self, cls: type) -> Traits:
        """What is known of modules of this class."""
        known = self._traits.get(id(cls))
        if known is not None and known[0]() is cls:
            return known[1]
        if len(self._traits) >= _MAX_CLASSES:
            self._traits.clear()
        traits = self._learn(cls)
        self._traits[id(cls)] = (weakref.ref(cls), traits)
        return traits

    def _learn(self, cls: type) -> Traits:
        family = next((f for base, f in self._families if issubclass(cls, base)), Family.OTHER)
        if family is Family.CONV and issubclass(cls, self._conv_2d):
            family = Family.CONV_2D
        if family is Family.OTHER and _name(cls).endswith(("RMSNorm", "LayerNorm")):
            family = Family.OTHER_NORM
        homes = [str(_vars(base).get("__module__", "")) for base in _mro(cls)]
        eval_frame: Any = sys.modules.get("torch._dynamo.eval_frame")
        compiled = getattr(eval_frame, "OptimizedModule", None)
        return Traits(
            family,
            is_sequential=issubclass(cls, self._sequential)
            and _lookup(cls, "forward") is _vars(self._sequential)["forward"],
            is_quantized=any(
                home.startswith(_QUANTIZED) or home.partition(".")[0] in QUANTIZING_PACKAGES
                for home in homes
            ),
            is_compiled=compiled is not None and issubclass(cls, compiled),
            drops_by=self._dropout.shares_of(self._methods(cls)),
            stray=tuple(name for name in _STRAY if not self._names(cls, name)),
            is_alone=any(cls is each for each in self._alone),
        )

    def _methods(self, cls: type) -> Iterator[FunctionType]:
        """Those of the class and its bases that are none of PyTorch's own."""
        for base in _mro(cls):
            if str(_vars(base).get("__module__", "")).startswith("torch.nn."):
                break
            for member in _vars(base).values():
                if type(member) is FunctionType:
                    yield member

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


def _families(nn: Any) -> tuple[tuple[Any, Family], ...]:
    modules = nn.modules
    norms = [nn.LayerNorm, nn.GroupNorm, modules.instancenorm._InstanceNorm]
    if hasattr(nn, "RMSNorm"):  # since PyTorch 2.4
        norms.append(nn.RMSNorm)
    return (
        (nn.Linear, Family.LINEAR),
        (modules.dropout._DropoutNd, Family.DROPOUT),
        (tuple(norms), Family.OTHER_NORM),
        (modules.batchnorm._BatchNorm, Family.BATCH_NORM),
        (modules.conv._ConvNd, Family.CONV),
        ((nn.MultiheadAttention, nn.RNNBase), Family.DROPPING),
        (nn.DataParallel, Family.DATA_PARALLEL),
    )


def _lookup(cls: type, name: str) -> object:
    for base in _mro(cls):
        if name in _vars(base):
            return _vars(base)[name]
    return None
