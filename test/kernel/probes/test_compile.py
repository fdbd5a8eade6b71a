"""``torch.compile`` must neither see the probes nor compile otherwise because of them."""

from __future__ import annotations

import sys
import warnings

import pytest
import torch
from jupyterlab_torchprof.derive import line_of

pytestmark = [
    pytest.mark.skipif(sys.version_info >= (3, 15), reason="torch.compile knows no newer Python"),
    pytest.mark.filterwarnings("ignore:.*:Warning:torch"),
]

SETUP = """
import torch
from torch import nn
torch.manual_seed(0)
compiled = 0
def backend(graph, inputs):
    global compiled
    compiled += 1
    return graph.forward
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    def forward(self, x):
        return self.body(x) + 1
class Breaks(Net):
    def forward(self, x):
        y = self.body(x)
        torch._dynamo.graph_break()
        return self.body(y)
model = Net()
x = torch.ones(2, 4)
out = None
"""
CALLED = """
class Called(Net):
    def __call__(self, *args, **kwargs):
        return super().__call__(*args, **kwargs) * 2
net = Called()
"""

WAYS = {
    "a function": [
        "@torch.compile(backend=backend, fullgraph=True)\n"
        "def step(x):\n"
        "    return model(x).relu().sum()\n"
        "out = [step(x) for i in range(3)]",
        "out = [step(x) for i in range(3)]",
        "for i in range(300):\n    model(x)\nout = step(x)",
    ],
    "a module": [
        "fast = torch.compile(model, backend=backend, fullgraph=True)\nout = fast(x), fast(x)",
        "out = fast(x), model(x)",
    ],
    "a module of PyTorch's own": [
        "fast = torch.compile(nn.Linear(4, 4), backend=backend)\nout = fast(x)",
        "for i in range(20):\n    out = fast(x)",
    ],
    "in place": [
        "model.compile(backend=backend, fullgraph=True)\nout = model(x)",
        "for i in range(20):\n    out = model(x)",
        "for i in range(20):\n    out = nn.Sequential(model)(x)",
    ],
    "in place, PyTorch's own": [
        "net = nn.Sequential(nn.Linear(8, 8), nn.ReLU())\nnet.compile(backend=backend)",
        "for i in range(20):\n    out = net(torch.ones(2, 8))",
        "def evaluate():\n    return [net(torch.ones(2, 8)) for i in range(20)]\nout = evaluate()",
    ],
    "in place, a part": [
        "model.body.compile(backend=backend)\nfor i in range(20):\n    out = model(x)",
        "for i in range(20):\n    out = model(x)",
    ],
    "a module with its own call": [
        CALLED + "fast = torch.compile(net, backend=backend)\nout = fast(x)",
        "for i in range(9):\n    out = fast(x)",
    ],
    "a function that calls one with its own call": [
        CALLED + "@torch.compile(backend=backend)\n"
        "def step(x):\n"
        "    return net(x).sum()\n"
        "for i in range(9):\n    out = step(x)",
        "for i in range(9):\n    out = step(x)",
    ],
    "its forward itself": [
        "@torch.compile(backend=backend)\n"
        "def step(x):\n"
        "    return model.forward(x).sum()\n"
        "for i in range(9):\n    out = step(x), model.forward(x)",
        "for i in range(300):\n    model.forward(x)\nout = step(x)",
        "model.forward = torch.compile(model.forward, backend=backend)\n"
        "for i in range(9):\n    out = model(x), model.forward(x)",
    ],
    "the forward of one with a graph break": [
        "net = Breaks()\nfast = torch.compile(net.forward, backend=backend)\n"
        "for i in range(9):\n    out = fast(x), net.forward(x)",
    ],
    "parts of one that is called by its forward": [
        "net = Net()\nnet.body.compile(backend=backend)\n"
        "for i in range(20):\n    out = net.forward(x)",
        "for i in range(20):\n    out = net.forward(x), net(x)",
    ],
    "a module whose own call goes nowhere": [
        "class Own(Net):\n"
        "    def __call__(self, x):\n        return self.forward(x) * 2\n"
        "net = Own()\nfor i in range(9):\n    out = net(x)",
        "fast = torch.compile(net, backend=backend)\nfor i in range(9):\n    out = fast(x)",
        "for i in range(9):\n    out = fast(x), net(x)",
    ],
    "with a graph break": [
        "fast = torch.compile(Breaks(), backend=backend)\nfor i in range(9):\n    out = fast(x)",
        "net = Breaks()\nnet.compile(backend=backend)\nfor i in range(9):\n    out = net(x)",
        "for i in range(9):\n    out = net(x), fast(x)",
    ],
    "shapes that change": [
        "fast = torch.compile(model, backend=backend)\n"
        "for i in range(2, 9):\n    out = fast(torch.ones(i, 4))",
        "for i in range(2, 9):\n    out = fast(torch.ones(i, 4))",
    ],
    "hooks of the user's": [
        "seen = []\n"
        "model.register_forward_hook(lambda *args: None)\n"
        "fast = torch.compile(model, backend=backend)\n"
        "for i in range(9):\n    out = fast(x)",
        "model.compile(backend=backend)\nfor i in range(9):\n    out = model(x)",
    ],
    "training": [
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "fast = torch.compile(model, backend=backend)\n"
        "for i in range(3):\n"
        "    optimizer.zero_grad()\n"
        "    fast(x).sum().backward()\n"
        "    optimizer.step()\n"
        "out = model(x)",
    ],
    "a compiled step": [
        "optimizer = torch.optim.Adam(model.parameters())\n"
        "model(x).sum().backward()\n"
        "step = torch.compile(optimizer.step, backend=backend)\n"
        "for i in range(3):\n    step()\nout = model(x)",
        "for i in range(3):\n    step()\nout = model(x)",
    ],
    "with PyTorch's own backend": [
        "fast = torch.compile(model, backend='aot_eager')\n"
        "for i in range(3):\n    fast(x).sum().backward()\nout = fast(x)",
    ],
    "after a reset": [
        "torch._dynamo.reset()",
        "step = torch.compile(lambda x: model(x), backend=backend)\nout = step(x), step(x)",
        "out = step(x)",
    ],
}


def outcome(run, cells, compiled_code):
    """What is compiled in each cell, why not more, and what comes out."""
    from torch._dynamo.utils import counters

    torch._dynamo.reset()
    told = []
    namespace = run(SETUP)
    for cell in cells:
        counters.clear()
        compiled_code.clear()
        error = None
        try:
            namespace = run(cell)
        except Exception as raised:
            error = type(raised).__name__
        seen = {name: dict(counters[name]) for name in ("stats", "graph_break", "unimplemented")}
        out = repr(namespace["out"])
        told.append((namespace["compiled"], list(compiled_code), seen, out, error))
    return told


@pytest.fixture
def compiled_code(monkeypatch):
    """Names and files of the functions that TorchDynamo begins to compile."""
    import torch._dynamo.convert_frame as convert

    code = []
    original = convert._compile

    def spy(one, *args, **kwargs):
        file = one.co_filename
        code.append((one.co_name, "a cell" if file.startswith("<") else file))
        return original(one, *args, **kwargs)

    monkeypatch.setattr(convert, "_compile", spy)
    return code


@pytest.fixture
def plain(notebook, compiled_code):
    """Runs cells without us."""

    def once(cells):
        namespace = {"__name__": "__main__"}

        def run(cell):
            exec(compile(cell, "<plain>", "exec"), namespace)
            return namespace

        told = outcome(run, cells, compiled_code)
        for name in [name for name in namespace if not name.startswith("__")]:
            del namespace[name]  # what was compiled keeps the namespace
        return told

    def run(cells):
        notebook.measurement.close()
        try:
            once(cells)  # the first time in a process is not like the others
            return once(cells)
        finally:
            notebook.measurement.open()

    yield run
    torch._dynamo.reset()


@pytest.mark.parametrize("cells", WAYS.values(), ids=WAYS.keys())
def test_compiles_the_same_as_without_us(notebook, plain, compiled_code, cells):
    expected = plain(cells)

    def run(cell):
        notebook.ok(cell)
        return notebook.namespace

    assert outcome(run, cells, compiled_code) == expected


@pytest.fixture
def book(notebook):
    torch._dynamo.reset()
    notebook.ok(SETUP)
    yield notebook
    torch._dynamo.reset()


def test_forwards_of_a_compiled_module(book):
    record = book.ok(
        "fast = torch.compile(model, backend=backend, fullgraph=True)\n"
        "a = fast(x)\nb = fast(x)\nb.sum().backward()"
    )
    assert [(line_of(record, f.place), f.module) for f in record.grad.forwards] == [
        (2, "Net"),
        (3, "Net"),
    ]
    assert [graph.fate for graph in record.grad.forward_graphs] == ["held", "consumed"]


def test_forwards_of_a_module_compiled_in_place(book):
    record = book.ok("model.compile(backend=backend)\nfor i in range(3):\n    out = model(x)")
    assert [(line_of(record, f.place), f.module, f.calls) for f in record.grad.forwards] == [
        (3, "Net", 3)
    ]


def test_tracing_is_no_backward(book):
    """Graphs are differentiated while they are compiled: nothing of the user's runs then."""
    record = book.ok("fast = torch.compile(model, backend='aot_eager')\nout = fast(x)")
    assert record.grad.backwards == 0
    record = book.ok("for i in range(3):\n    fast(torch.ones(3 + i, 4)).sum().backward()")
    assert record.grad.backwards == 3


def test_no_backward_on_tensors_without_memory(book):
    record = book.ok(
        "from torch.fx.experimental.proxy_tensor import make_fx\n"
        "graph = make_fx(lambda x: torch.autograd.grad(model(x).sum(), model.body[0].weight))(x)\n"
        "from torch._subclasses.fake_tensor import FakeTensorMode\n"
        "with FakeTensorMode():\n"
        "    torch.nn.Linear(2, 2)(torch.ones(1, 2)).sum().backward()"
    )
    assert record.grad.backwards == 0


@pytest.fixture
def compiled_files(book, compiled_code):
    """None of ours may be compiled."""
    yield
    assert compiled_code
    assert [file for _name, file in compiled_code if "jupyterlab_torchprof" in file] == []


def test_our_hooks_are_not_compiled_in_a_module(book, compiled_files):
    """What TorchDynamo leaves to Python, as PyTorch's own `__call__`, calls our hooks."""
    book.ok("model.compile(backend=backend)\nout = model(x)\nmodel.to(torch.float64)")
    book.ok("class Own(nn.Linear): pass\nnet = Own(4, 4)\nnet.compile(backend=backend)\nnet(x)")


def test_our_hooks_are_not_compiled_after_a_graph_break(book, compiled_files):
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


def test_a_watch_that_could_not_get_out_of_the_way(book, monkeypatch):
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
    assert book.namespace["compiled"] == 1


def test_export(book):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.ok("program = torch.export.export(model, (x,))\nout = program.module()(x)")
    assert torch.equal(book.namespace["out"], book.namespace["model"](book.namespace["x"]))


def test_symbolic_trace(book):
    book.ok("from torch import fx\ngraph = fx.symbolic_trace(model)\nout = graph(x)")
    assert torch.equal(book.namespace["out"], book.namespace["model"](book.namespace["x"]))
