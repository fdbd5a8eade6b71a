"""What the record says of the error within another."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest
import torch
from jupyterlab_torchprof.errors.out_of_memory import allocation_that_failed

MODEL = """\
import torch
from torch import nn

def apply(x):
    return nn.Linear(7, 4)(x)

def wrap(x):
    try:
        return apply(x)
    except RuntimeError as error:
        raise ValueError("bad") from error

x = torch.ones(2, 8)
"""
GROUPS = pytest.mark.skipif(sys.version_info < (3, 11), reason="no exception groups")


def test_the_cause_beside_the_error_itself(error):
    found = error("wrap(x)")
    assert (found.name, found.message, found.raised) == ("ValueError", "bad", True)
    assert [frame.function for frame in found.frames] == ["<module>", "wrap"]
    within = found.within
    assert within.name == "RuntimeError"
    assert "cannot be multiplied" in within.message
    assert [(frame.function, frame.line) for frame in within.frames] == [("wrap", 9), ("apply", 5)]
    assert within.calls[-1].sizes["in_features"] == 7
    assert (within.raised, within.within, within.line) == (False, None, None)


@GROUPS
@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        ("(lambda: apply(x),)", "RuntimeError"),
        ("(lambda: apply(x), lambda: apply(x))", "RuntimeError"),
        ("(lambda: apply(x), lambda: [][0])", None),
    ],
)
def test_a_group_whose_exceptions_say_the_same(error, tries, expected):
    found = error(
        "found = []\n"
        f"for each in {tries}:\n"
        "    try:\n        each()\n"
        "    except Exception as error:\n        found.append(error)\n"
        "raise ExceptionGroup('several', found)"
    )
    assert (found.within and found.within.name) == expected


def test_what_the_compiler_was_reading(error):
    found = error("torch.compile(apply, backend='eager')(x)")
    assert found.name == "TorchRuntimeError"
    assert found.within.frames[-1].function == "apply"
    assert found.within.frames[-1].line == 5
    assert not found.within.direct


@pytest.mark.parametrize(
    "source",
    [
        "raise ValueError('bad') from RuntimeError('never raised')",
        "try:\n    apply(x)\nexcept RuntimeError:\n    {}['a']",
        "try:\n    apply(x)\nexcept RuntimeError:\n    raise ValueError('bad') from None",
        "import json\ntry:\n    json.loads('{')\nexcept ValueError as error:\n    raise error",
    ],
)
def test_nothing_where_no_cause_came_of_the_program(error, source):
    assert error(source).within is None


def test_a_circle_of_causes_ends(error):
    source = "a, b = ValueError('a'), KeyError('b')\na.__cause__, b.__cause__ = b, a\nraise a"
    assert error(source).name == "ValueError"


def test_nothing_is_kept_alive_by_reading(error, shell):
    error(
        "class Marked(RuntimeError): pass\n"
        "import weakref\n"
        "def inner():\n    error = Marked('inner')\n"
        "    shared.append(weakref.ref(error))\n    raise error\n"
        "shared = []\n"
        "try:\n    inner()\nexcept Marked as error:\n    raise ValueError('outer') from error"
    )
    held: weakref.ref[BaseException] = shell.user_ns["shared"][0]
    shell.run_cell("%torchprof free traceback")
    gc.collect()
    assert held() is None


def test_memory_that_ran_out_within_another_error():
    full = torch.OutOfMemoryError("CUDA out of memory.")
    outer = ValueError("bad")
    outer.__cause__ = full
    assert allocation_that_failed(full) is full
    assert allocation_that_failed(outer) is full
    assert allocation_that_failed(ValueError("CUDA out of memory.")) is None
