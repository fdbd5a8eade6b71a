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
import torch.nn.modules.module
import torch.optim.optimizer
import torch.utils.data
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.measurement import Measurement

SETUP = "import torch\nfrom torch import nn\nmodel = nn.Linear(4, 4)\nx = torch.ones(2, 4)\n"


def snapshot() -> dict[str, object]:
    """All that the probes touch, by identity."""
    module = torch.nn.modules.module
    optimizer = sys.modules["torch.optim.optimizer"]
    loader = torch.utils.data.dataloader._BaseDataLoaderIter
    return {
        "load": torch.load,
        "serialization.load": torch.serialization.load,
        "_apply": torch.nn.Module.__dict__["_apply"],
        "backward": torch.autograd._engine_run_backward,
        "graph backward": torch.autograd.graph._engine_run_backward,
        "compile": torch.compile,
        "any hook": module._has_any_global_hook,
        "next": loader.__dict__["__next__"],
        "pre hooks": tuple(module._global_forward_pre_hooks.items()),
        "hooks": tuple(module._global_forward_hooks.items()),
        "always": tuple(module._global_forward_hooks_always_called.items()),
        "step hooks": tuple(optimizer._global_optimizer_post_hooks.items()),
    }


def test_everything_is_restored(notebook):
    notebook.close()
    before = snapshot()
    measurement = Measurement(Health())
    measurement.open()
    during = snapshot()
    same = {name for name, thing in before.items() if during[name] is thing or not thing}
    assert same == {"pre hooks", "hooks", "always", "step hooks"}
    assert len(during["step hooks"]) == 2
    measurement.close()
    after = snapshot()
    assert {name for name in before if after[name] is not before[name] and before[name]} == set()
    assert after["step hooks"] == after["pre hooks"] == ()


def test_restored_in_the_middle_of_a_cell(notebook):
    notebook.close()
    before = snapshot()
    notebook.__init__()
    notebook.namespace["close"] = notebook.measurement.close
    notebook.ok(SETUP + "close()\nout = model(x)")
    assert {name for name, thing in snapshot().items() if thing is not before[name] and thing} == (
        set()
    )
    assert not notebook.namespace["model"]._forward_hooks


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


def test_a_probe_that_fails_does_no_harm(notebook, monkeypatch):
    notebook.ok(SETUP)
    from jupyterlab_torchprof.probes import loads, moves
    from jupyterlab_torchprof.probes.hooks import forwards

    def broken(*args, **kwargs):
        raise ValueError("broken probe")

    monkeypatch.setattr(forwards, "measure_forward", broken)
    monkeypatch.setattr(forwards, "class_name", broken)
    monkeypatch.setattr(moves, "_places", broken)
    monkeypatch.setattr(loads, "_file", broken)
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
    assert not notebook.namespace["model"]._forward_hooks
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


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="torch.compile knows no newer Python yet")
class TestCompile:
    """TorchDynamo must neither see the hooks nor compile twice because of them."""

    COUNTER = (
        "compiled = 0\n"
        "def backend(graph, inputs):\n"
        "    global compiled\n"
        "    compiled += 1\n"
        "    return graph.forward\n"
    )

    @pytest.fixture
    def book(self, notebook):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # TorchDynamo's own imports
            notebook.ok(SETUP + self.COUNTER + "import torch._dynamo\ntorch._dynamo.reset()")
        yield notebook
        torch._dynamo.reset()

    def test_a_function(self, book):
        book.ok(
            "@torch.compile(backend=backend, fullgraph=True)\n"
            "def step(x):\n"
            "    return model(x).relu().sum()\n"
            "plain = model(x).relu().sum()\n"
            "out = [step(x) for i in range(3)]"
        )
        assert torch.equal(book.namespace["out"][0], book.namespace["plain"])
        book.ok("more = [step(x) for i in range(3)]")
        book.ok("for i in range(300):\n    model(x)\nlast = step(x)")
        assert book.namespace["compiled"] == 1

    def test_a_function_compiled_first_thing(self, book):
        book.ok(
            "step = torch.compile(lambda x: model(x), backend=backend, fullgraph=True)\nstep(x)"
        )
        book.ok("step(x)\nmodel(x)\nstep(x)")
        assert book.namespace["compiled"] == 1

    def test_a_module(self, book):
        record = book.ok(
            "fast = torch.compile(model, backend=backend, fullgraph=True)\n"
            "a = fast(x)\nb = fast(x)\nb.sum().backward()"
        )
        # No warning of PyTorch's about global hooks: warnings are errors here.
        assert [(f.line, f.module) for f in record.grad.forwards] == [(2, "Linear"), (3, "Linear")]
        assert [graph.fate for graph in record.grad.forward_graphs] == ["held", "consumed"]
        record = book.ok("c = fast(x)\nd = model(x)")
        assert torch.equal(book.namespace["c"], book.namespace["d"])
        assert book.namespace["compiled"] == 1

    def test_a_module_in_place(self, book):
        book.ok(
            "net = nn.Sequential(model)\n"
            "net.compile(backend=backend, fullgraph=True)\n"
            "a = net(x)\nb = net(x)"
        )
        book.ok("c = net(x)")
        assert book.namespace["compiled"] == 1

    @pytest.fixture
    def compiled_files(self, book, monkeypatch):
        """Files of the functions that TorchDynamo begins to compile."""
        files = []
        convert = sys.modules["torch._dynamo.convert_frame"]
        original = convert._compile

        def spy(code, *args, **kwargs):
            files.append(code.co_filename)
            return original(code, *args, **kwargs)

        monkeypatch.setattr(convert, "_compile", spy)
        yield files
        assert files
        assert [file for file in files if "jupyterlab_torchprof" in file] == []

    def test_our_hooks_are_not_compiled_in_a_module(self, book, compiled_files):
        """What TorchDynamo leaves to Python, as PyTorch's own `__call__`, calls our hooks."""
        book.ok("model.compile(backend=backend)\nout = model(x)\nmodel.to(torch.float64)")
        book.ok("class Net(nn.Linear): pass\nnet = Net(4, 4)\nnet.compile(backend=backend)\nnet(x)")

    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_our_hooks_are_not_compiled_after_a_graph_break(self, book, compiled_files):
        record = book.ok(
            "@torch.compile(backend=backend)\n"
            "def step(x):\n"
            "    y = model(x).relu()\n"
            "    torch._dynamo.graph_break()\n"
            "    z = nn.Sequential(nn.Linear(4, 4))(y).sum()\n"
            "    z.backward()\n"
            "    return z\n"
            "step(x)\nfirst = compiled\nstep(x)"
        )
        assert record.grad.backwards == 2
        with_us = book.namespace["first"], book.namespace["compiled"]
        book.measurement.close()
        torch._dynamo.reset()
        exec("compiled = 0\nstep(x)\nfirst = compiled\nstep(x)", book.namespace)
        assert with_us == (book.namespace["first"], book.namespace["compiled"])
        book.measurement.open()

    def test_a_training_step_with_an_optimizer(self, book):
        record = book.ok(
            "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
            "fast = torch.compile(model, backend=backend)\n"
            "for i in range(3):\n"
            "    optimizer.zero_grad()\n"
            "    fast(x).sum().backward()\n"
            "    optimizer.step()"
        )
        assert (record.grad.backwards, record.grad.optimizer_steps) == (3, 3)
        assert book.namespace["compiled"] == 1

    def test_a_reset_does_not_lose_the_watch(self, book):
        book.ok("torch._dynamo.reset()")
        book.ok(
            "step = torch.compile(lambda x: model(x), backend=backend, fullgraph=True)\n"
            "step(x)\nstep(x)"
        )
        book.ok("step(x)")
        assert book.namespace["compiled"] == 1

    def test_a_hook_that_could_not_get_out_of_the_way(self, book, monkeypatch):
        from jupyterlab_torchprof.probes.hooks import compiling

        monkeypatch.setattr(compiling, "_handler", lambda: None)
        book.namespace["compile"] = torch.compile.__wrapped__
        book.ok(
            "torch._dynamo.callback.callback_handler.start_callbacks.clear()\n"
            "torch._dynamo.callback.callback_handler.end_callbacks.clear()\n"
            "step = compile(lambda x: model(x), backend=backend, fullgraph=True)\n"
            "out = step(x)"
        )
        book.ok("for i in range(3):\n    step(x)")
        assert torch.equal(book.namespace["out"], book.namespace["model"](book.namespace["x"]))
        assert book.namespace["compiled"] <= 2

    def test_export(self, book):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book.ok("program = torch.export.export(model, (x,))\nout = program.module()(x)")
        assert torch.equal(book.namespace["out"], book.namespace["model"](book.namespace["x"]))

    def test_symbolic_trace(self, book):
        book.ok("from torch import fx\ngraph = fx.symbolic_trace(model)\nout = graph(x)")
        assert torch.equal(book.namespace["out"], book.namespace["model"](book.namespace["x"]))
