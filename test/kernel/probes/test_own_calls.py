"""Classes of modules whose ``__call__`` never goes to PyTorch's, as those of GPyTorch."""

from __future__ import annotations

import gc
import importlib.util
import inspect
import sys
import traceback
import weakref

import pytest
import torch
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.probes.hooks import call_code
from jupyterlab_torchprof.probes.hooks.call_code import own_call_switch

LIBRARY = '''\
from __future__ import annotations

import torch
from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8))

    def __call__(self, *inputs, **kwargs) -> torch.Tensor:
        return self.forward(*inputs, **kwargs)


class Scaled(Base):
    """Calls no module."""

    def __call__(self, x, *more, scale=1, **kwargs):
        if not torch.is_tensor(x):
            return

        def twice(value):
            return value * 2

        if scale < 0:
            raise ValueError("less than nothing")
        self.__last = scale
        again = sorted([scale], key=lambda value: -value)
        for scale in again:
            if scale:
                return super().__call__(twice(x), **kwargs) * scale

    def forward(self, x):
        return x * self.weight


class Deletes(Base):
    def __call__(self, x):
        y = x * 2
        del x
        return y * self.weight


class Catches(Base):
    def __call__(self, x):
        try:
            raise KeyError
        except KeyError as x:
            pass


class Gives(Base):
    def __call__(self, x):
        yield x


class Rebinds(Base):
    def __call__(self, x, **kwargs):
        kwargs = None
        return x * self.weight
'''


@pytest.fixture(autouse=True)
def nothing_stays():
    """Or other tests would find classes with calls of their own, which end the watch where
    something is compiled."""
    yield
    torch._dynamo.reset()
    gc.collect()


@pytest.fixture
def library(tmp_path, notebook):
    path = tmp_path / "calling.py"
    path.write_text(LIBRARY)
    spec = importlib.util.spec_from_file_location("calling", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["calling"] = module
    spec.loader.exec_module(module)
    notebook.ok(
        "import calling, torch\nfrom torch import nn\n"
        "x = torch.ones(4, 8)\nnet = calling.Scaled()\nother = calling.Rebinds()"
    )
    yield module
    del sys.modules["calling"]


def test_calls_are_seen_from_the_cell_after_it_was_made(notebook, library):
    record = notebook.ok(
        "for _ in range(3):\n    out = net(x, scale=3)\n"
        "with torch.no_grad():\n    none = net(1), net(x, scale=0), other(x)"
    )
    facts = [
        (one.module, one.calls, one.grad, line_of(record, one.place))
        for one in record.grad.forwards
    ]
    assert facts == [("Scaled", 3, True, 2), ("Scaled", 2, False, 4), ("Rebinds", 1, False, 4)]
    assert record.grad.forwards[0].shapes == [[4, 8]]
    assert record.grad.forwards_complete
    assert [graph.module for graph in record.grad.forward_graphs] == ["Scaled"] * 3
    assert notebook.namespace["out"].sum() == 4 * 8 * 6
    assert notebook.namespace["none"][:2] == (None, None)


def test_the_functions_are_as_before_between_cells(notebook, library):
    function = library.Scaled.__call__
    code, source = function.__code__, inspect.getsource(function)
    notebook.namespace["during"] = lambda: (library.Scaled.__call__, inspect.getsource(function))
    notebook.ok("net(x)\nseen = during()")
    assert notebook.namespace["seen"] == (function, source)
    assert function.__code__ is code
    assert code.co_consts == function.__code__.co_consts


def test_an_error_is_the_programs_own(notebook, library):
    notebook.run("net(x, scale=-1)")
    watched = notebook.error
    notebook.measurement.close()
    with pytest.raises(ValueError, match="less than nothing") as plain:
        exec("net(x, scale=-1)", notebook.namespace)
    notebook.measurement.open()

    def told(error):
        summary = traceback.extract_tb(error.__traceback__)
        return [(f.lineno, f.name, f.line) for f in summary if f.filename.endswith("calling.py")]

    assert told(watched) == told(plain.value)
    assert watched.__context__ is None
    notebook.ok("1")
    notebook.run("net(x, scale=-1)")
    assert [one.module for one in notebook.ok("net(x)").grad.forwards] == ["Scaled"]


@pytest.mark.parametrize("name", ["Deletes", "Catches", "Gives"])
def test_what_cannot_be_followed_is_left_alone(notebook, library, name):
    assert own_call_switch(getattr(library, name)) is None
    notebook.ok(f"net = calling.{name}()")
    notebook.ok("out = net(x)")


def test_no_class_is_kept_alive(notebook, library):
    notebook.ok("net(x)")
    assert library.Scaled.__call__ in call_code._switches
    gone = weakref.ref(library.Scaled)
    del library.Scaled
    notebook.ok("del net, calling")
    notebook.ok("1")
    gc.collect()
    assert gone() is None


def test_what_was_compiled_is_not_compiled_again(notebook, tmp_path):
    path = tmp_path / "calling.py"
    path.write_text(LIBRARY)
    notebook.ok(f"exec(compile({LIBRARY!r}, {str(path)!r}, 'exec'))")
    notebook.ok("x, net = torch.ones(4, 8), Scaled()")
    assert notebook.ok("net(x)").grad.forwards, "it is watched until something is compiled"
    notebook.ok(
        "compiled = 0\n"
        "def backend(graph, inputs):\n    global compiled\n    compiled += 1\n"
        "    return graph.forward\n"
        "net(x)\n"
        "step = torch.compile(lambda x: net(x, scale=2).sum(), backend=backend)\n"
        "for _ in range(3): step(x)"
    )
    once = notebook.namespace["compiled"]
    notebook.ok("for _ in range(20):\n    step(x); net(x)")
    assert notebook.namespace["compiled"] == once > 0
