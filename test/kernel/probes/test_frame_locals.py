"""Locals of frames that have ended."""

from __future__ import annotations

import sys
import weakref
from types import FrameType

import pytest
from jupyterlab_torchprof.probes.holding.frame_locals import frame_locals

SOURCE = """
def inner(a, b=2):
    c = [1, 2]

    def closure():
        return a

    d = {}
    raise ValueError

def outer():
    free = "free"

    def middle(q):
        w = free
        inner(q)

    middle("q")

def unfinished(a):
    x = {"x": 1}
    raise ValueError
    later = 3

def holding():
    thing = {1, 2}
    raise ValueError
    later = 3

def keeping():
    x = 1
    globals()["kept"] = locals()
    x = 2
    raise ValueError
    later = 3

def confusing():
    z = {"z": 1}
    raise ValueError
    later = 3
"""


def frames_of(name, *args) -> list[FrameType]:
    functions: dict = {}
    exec(SOURCE, functions)
    with pytest.raises(ValueError) as caught:
        functions[name](*args)
    frames = []
    at = caught.tb
    while at is not None:
        frames.append(at.tb_frame)
        at = at.tb_next
    return frames[1:]


@pytest.mark.parametrize("read_before", [False, True])
def test_names_and_values(read_before):
    first, second, third = frames_of("outer")
    if read_before:
        assert first.f_locals
        assert second.f_locals
        assert third.f_locals
    assert dict(frame_locals(first))["free"] == "free"
    assert dict(frame_locals(second)) == {"q": "q", "w": "free", "free": "free"}
    found = dict(frame_locals(third))
    assert found.pop("closure")() == "q"
    assert found == {"a": "q", "b": 2, "c": [1, 2], "d": {}}


def test_names_where_a_variable_has_no_value():
    (frame,) = frames_of("unfinished", 5)
    for _ in range(2):
        assert frame_locals(frame) == [("a", 5), ("x", {"x": 1})]
    assert frame.f_locals == {"a": 5, "x": {"x": 1}}
    assert frame_locals(frame) == [("a", 5), ("x", {"x": 1})]


def test_a_dictionary_of_the_users_own():
    (frame,) = frames_of("confusing")
    assert frame_locals(frame) == [("z", {"z": 1})]


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="f_locals is a view there")
def test_what_locals_gave_to_the_program_stays_as_it_is():
    (frame,) = frames_of("keeping")
    kept = frame.f_globals["kept"]
    assert kept == {"x": 1}
    assert frame_locals(frame) == [(None, 2)]
    assert kept == {"x": 1}


def test_nothing_is_kept_alive():
    (frame,) = frames_of("holding")
    (name, value), *others = frame_locals(frame)
    assert (name, others) == ("thing", [])
    thing = weakref.ref(value)
    del value
    frame.clear()
    assert thing() is None
    assert frame_locals(frame) == []


def test_a_frame_that_runs():
    assert isinstance(frame_locals(sys._getframe()), list)
