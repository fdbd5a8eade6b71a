"""The hooks are invisible: nothing is changed while they are there, nothing is left afterwards."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
import traceback
import warnings

import pytest
import torch
import torch.utils.data
from hooked import snapshot
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.measurement import Measurement

SETUP = "import torch\nfrom torch import nn\nmodel = nn.Linear(4, 4)\nx = torch.ones(2, 4)\n"


def test_everything_is_restored(notebook):
    notebook.close()
    before = snapshot()
    measurement = Measurement(Health())
    measurement.open()
    during = snapshot()
    same = {name for name, thing in before.items() if during[name] is thing or not thing}
    assert same == {"call", "call's code", "pre hooks", "hooks", "always", "step hooks"}
    assert len(during["step hooks"]) == 1
    measurement.close()
    after = snapshot()
    assert {name for name in before if after[name] is not before[name] and before[name]} == set()
    assert after["step hooks"] == after["pre hooks"] == ()


def test_restored_in_the_middle_of_a_cell(notebook):
    notebook.close()
    before = snapshot()
    notebook.__init__()
    notebook.namespace["close"] = notebook.measurement.close
    notebook.namespace["snapshot"] = snapshot
    notebook.ok(SETUP + "during = snapshot()\nclose()\nout = model(x)")
    during = notebook.namespace["during"]
    assert during["call"] is before["call"]
    assert during["call's code"] is not before["call's code"]
    assert during["pre hooks"] == during["hooks"] == during["always"] == ()
    assert {name for name, thing in snapshot().items() if thing is not before[name] and thing} == (
        set()
    )


def test_two_measurements_at_once(notebook):
    inner = Measurement(Health())
    inner.open()
    try:
        record = notebook.ok(SETUP + "model.to(torch.float64)\nmodel(x.double()).sum().backward()")
    finally:
        inner.close()
    assert len(record.moves) == record.grad.backwards == record.grad.forwards[0].calls == 1
    assert inner.health.entries() == []


def test_wrappers_look_like_what_they_wrap(notebook):
    assert str(inspect.signature(torch.load)).startswith("(f: ")
    assert torch.load.__doc__ == torch.load.__wrapped__.__doc__
    assert torch.load.__module__ == "torch.serialization"
    assert torch.load is torch.serialization.load
    assert pickle.loads(pickle.dumps(torch.load)) is torch.load
    assert copy.deepcopy(torch.load) is torch.load
    assert "fn" in inspect.signature(torch.nn.Module._apply).parameters


def test_warnings_name_the_users_line(notebook):
    notebook.ok(
        SETUP + "import warnings\n"
        "class Warns(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, a):\n"
        "        return a * 1\n"
        "    @staticmethod\n"
        "    def backward(ctx, grad):\n"
        "        warnings.warn('look', stacklevel=6)\n"
        "        return grad\n"
        "class Moves(nn.Module):\n"
        "    def _apply(self, fn, recurse=True):\n"
        "        return super()._apply(fn, recurse)\n"
        "def convert(t):\n"
        "    warnings.warn('look', stacklevel=3)\n"
        "    return t\n"
    )
    code = {
        "backward": "\nWarns.apply(x.clone().requires_grad_()).sum().backward()",
        "apply": "\nmodel._apply(convert)",
    }
    for source in code.values():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            notebook.ok(source)
        notebook.measurement.close()
        with warnings.catch_warnings(record=True) as plain:
            warnings.simplefilter("always")
            exec(compile(source, "<cell>", "exec"), notebook.namespace)
        notebook.measurement.open()
        where, expected = (
            [(warning.filename.strip("<> 0123456789"), warning.lineno) for warning in some]
            for some in (caught, plain)
        )
        assert where == expected
        assert ("cell", 2) in where


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="see test_tracebacks_of_users.py")
def test_tracebacks_differ_only_by_a_hidden_frame(notebook):
    notebook.run("import torch\n\ntorch.load('/nowhere/at/all.pt')")
    assert isinstance(notebook.error, FileNotFoundError)
    frames = [
        frame
        for frame, _line in traceback.walk_tb(notebook.error.__traceback__)
        if "jupyterlab_torchprof" in frame.f_code.co_filename
    ]
    assert [frame.f_code.co_name for frame in frames] == ["load"]
    assert all(frame.f_locals["__tracebackhide__"] for frame in frames)


FAILS = (
    SETUP + "class Fails(nn.Module):\n"
    "    def forward(self, x):\n"
    "        return {}[0]\n"
    "net = nn.Sequential(model, Fails())\n"
    "def train():\n"
    "    net(x)\n"
)


def test_the_traceback_of_a_watched_forward_is_the_same(notebook):
    def told(error):
        summary = traceback.extract_tb(error.__traceback__)
        frames = [(f.filename, f.lineno, f.colno, f.name, f.line) for f in summary]
        context = error.__context__, error.__cause__
        return [frame for frame in frames if "site-packages" in frame[0]], str(error), context

    notebook.ok(FAILS)
    notebook.run("train()")
    watched = told(notebook.error)
    names = [
        frame.f_code.co_qualname for frame, _line in traceback.walk_tb(notebook.error.__traceback__)
    ]
    assert names.count("Module._wrapped_call_impl") == 2
    notebook.measurement.close()
    with pytest.raises(KeyError) as plain:
        exec("train()", notebook.namespace)
    notebook.measurement.open()
    assert watched == told(plain.value)
    assert len(watched[0]) >= 4


def test_the_source_of_a_watched_call_is_pytorchs(notebook):
    plain = inspect.getsource(torch.nn.Module._wrapped_call_impl)
    notebook.namespace["getsource"] = inspect.getsource
    notebook.ok(SETUP + "source = getsource(torch.nn.Module.__call__)")
    assert notebook.namespace["source"] == plain


def test_a_root_that_failed_is_watched_again(notebook):
    notebook.ok(FAILS)
    record = notebook.ok(
        "for i in range(2):\n    try:\n        train()\n    except KeyError:\n        model(x)\n"
    )
    assert [(f.module, f.calls) for f in record.grad.forwards] == [("Sequential", 2), ("Linear", 2)]


def test_the_numbers_of_the_programs_hooks_are_its_own(notebook):
    notebook.close()
    handle = torch.utils.hooks.RemovableHandle
    before = handle.next_id
    notebook.__init__()
    notebook.ok(SETUP + "torch.optim.SGD(model.parameters(), lr=1).step()\nout = model(x)")
    assert handle.next_id == before


def test_calls_are_not_watched_where_pytorchs_source_is_missing(notebook, monkeypatch):
    notebook.close()
    from jupyterlab_torchprof.probes.hooks import call_code, watched_code

    monkeypatch.setattr(call_code, "_switches", {})
    monkeypatch.setattr(watched_code.linecache, "getlines", lambda filename: [])
    notebook.__init__()
    record = notebook.ok(SETUP + "model(x).sum().backward()")
    assert (record.grad.forwards, record.grad.forwards_complete) == ([], False)
    assert record.grad.backwards == 1
    (entry,) = notebook.health.entries()
    assert "the source is missing" in entry.message
    notebook.health._entries.clear()


def test_a_probe_that_fails_does_no_harm(notebook, monkeypatch):
    notebook.ok(SETUP)
    from jupyterlab_torchprof.probes import moves
    from jupyterlab_torchprof.probes.hooks import forwards
    from jupyterlab_torchprof.probes.loads import entry as loads

    def broken(*args, **kwargs):
        raise ValueError("broken probe")

    monkeypatch.setattr(forwards, "measure_forward", broken)
    monkeypatch.setattr(forwards, "class_name", broken)
    monkeypatch.setattr(moves, "_places", broken)
    monkeypatch.setattr(loads, "path_and_size", broken)
    notebook.ok(
        "import io\n"
        "buffer = io.BytesIO()\n"
        "torch.save(x, buffer)\n"
        "buffer.seek(0)\n"
        "y = torch.load(buffer)\n"
        "model.to(torch.float64).float()\n"
        "loss = model(y).sum()\n"
        "loss.backward()"
    )
    failed = {entry.part: entry.message for entry in notebook.health.entries()}
    assert set(failed) == {"loads", "moves", "autograd"}
    assert set(failed.values()) == {"ValueError: broken probe"}
    notebook.health._entries.clear()


def test_an_interrupt_in_a_backward_passes(notebook):
    notebook.ok(
        SETUP + "class Stop(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, a):\n"
        "        return a * 1\n"
        "    @staticmethod\n"
        "    def backward(ctx, grad):\n"
        "        raise KeyboardInterrupt\n"
    )
    record = notebook.run("Stop.apply(model(x)).sum().backward()")
    assert isinstance(notebook.error, KeyboardInterrupt)
    assert record.grad.backwards == 1
    assert notebook.ok("model(x).sum().backward()").grad.backwards == 1
