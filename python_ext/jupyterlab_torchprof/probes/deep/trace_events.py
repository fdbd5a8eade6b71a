"""Events of the trace event format, which Perfetto and Chrome read."""

from __future__ import annotations

from msgspec import Struct


class Args(Struct, omit_defaults=True, gc=False):
    """What is told of a slice when it is clicked."""

    code: str | None = None
    """Of a line its text."""
    line: str | None = None
    """Of an operator the line that it belongs to."""
    module: str | None = None
    shapes: str | None = None
    """Of what an operator got."""
    flops: int | None = None


class Slice(Struct, tag_field="ph", tag="X", omit_defaults=True, gc=False, kw_only=True):
    """Something that took a while."""

    name: str
    cat: str
    """Phase of an operator, else what kind of slice it is."""
    pid: int
    tid: int
    """Track."""
    ts: float
    """Beginning, in microseconds."""
    dur: float
    """Microseconds."""
    args: Args | None = None


class Counter(Struct, tag_field="ph", tag="C", gc=False, kw_only=True):
    """A number at a time."""

    name: str
    pid: int
    ts: float
    args: dict[str, int]


class Name(Struct, tag_field="ph", tag="M", gc=False, kw_only=True):
    """What a process or a track is called."""

    name: str
    pid: int
    tid: int
    args: dict[str, str]


class Sort(Struct, tag_field="ph", tag="M", gc=False, kw_only=True):
    """Where a track stands among the others."""

    name: str
    pid: int
    tid: int
    args: dict[str, int]


Event = Slice | Counter | Name | Sort
