"""A tensor of another type than it is to have."""

from __future__ import annotations

from dataclasses import dataclass

from ...record import NamedObject

SUFFIXES = {
    "float32": ".float()",
    "float64": ".double()",
    "float16": ".half()",
    "bfloat16": ".bfloat16()",
    "int64": ".long()",
}
FLOATS = ("float64", "float32", "float16", "bfloat16")


@dataclass(frozen=True, slots=True)
class Clash:
    """What has another type than it is to have."""

    thing: NamedObject
    wanted: str
    title: str
    advice: str
    convert: bool = True
    """To convert it where it is passed is what is meant."""


def converted(thing: NamedObject, dtype: str) -> str:
    """How a tensor is written in another type."""
    suffix = SUFFIXES.get(dtype, f".to(torch.{dtype})")
    return f"`{thing.name}{suffix}`" if thing.name else f"`{suffix}` on it"
