"""What lives in a function only is described like what the notebook holds, while it lives."""

from __future__ import annotations

import gc
import sys
import time
import weakref

import pytest
from jupyterlab_torchprof.probes.hooks import root_calls
from jupyterlab_torchprof.probes.objects import local_modules
from jupyterlab_torchprof.probes.objects.layers import LayerCounter

SETUP = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 32), nn.Dropout(0.5), nn.Linear(32, 4))
        self.register_buffer("scale", torch.ones(3, dtype=torch.float64))

    def forward(self, x):
        return self.body(x)

data = TensorDataset(torch.randn(40, 8))
"""
TRAINING = """\
    model = Net()
    opt = torch.optim.Adam(model.parameters())
    loader = DataLoader(data, batch_size=4)
    for i, (x,) in enumerate(loader):
        opt.zero_grad()
        model(x).sum().backward()
        opt.step()
"""
has_positions = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="code knows no positions before Python 3.11"
)


@pytest.fixture
def book(notebook):
    notebook.ok(SETUP)
    yield notebook
    assert notebook.health.entries() == []


def main(body: str = TRAINING) -> str:
    return f"def main():\n{body}main()"


def test_the_facts_are_those_of_the_same_code_at_the_top(book):
    top = book.ok("if True:\n" + TRAINING)
    book.ok("del model, opt, loader, i, x")
    record = book.ok(main())
    (here,), (there,) = record.placement.local_modules, top.placement.modules
    for name in there.__struct_fields__:
        if name not in ("path", "children"):
            assert getattr(here, name) == getattr(there, name), name
    assert [child.parameters for child in here.children] == [
        child.parameters for child in there.children
    ]
    assert here.gradient_bytes == here.parameter_bytes > 0
    assert (here.alive, here.count, here.truncated) == (False, 1, False)
    assert record.placement.modules == []
    assert sum(total.storage_bytes for total in record.placement.totals) == 40 * 8 * 4


@has_positions
def test_names_are_those_of_the_function(book):
    record = book.ok(main())
    (module,) = record.placement.local_modules
    (optimizer,) = record.optimizers
    (loader,) = record.data_loading
    assert (module.path, optimizer.name, loader.name) == ("model", "opt", "loader")
    assert (optimizer.local_module, optimizer.shared_parameters) == ("model", 4)
    assert (optimizer.variable, optimizer.module, loader.variable) == (None, None, None)
    assert [record.places[each.place].line for each in (module, optimizer, loader)] == [7, 8, 5]
    assert {record.places[each.place].function for each in (module, optimizer)} == {"main"}
    assert (loader.workers, loader.pin_memory, loader.dataset) == (0, False, "TensorDataset")


def test_without_positions_a_class_name_stands_for_the_name(book, monkeypatch):
    monkeypatch.setattr(local_modules, "called_in", lambda frame: None)
    (module,) = book.ok(main()).placement.local_modules
    assert (module.path, module.children[0].path) == ("Net", "Net.body")


@has_positions
@pytest.mark.parametrize(
    ("call", "path"),
    [
        ("run.net(x)", "run.net"),
        ("run.nets[0](x)", "run.nets[0]"),
        ("run.net(\n    x\n  )", "run.net"),
        ("(run\n    .net(x))", "Net"),
        ("[net(x) for net in run.nets]", "net"),
        ("list(map(run.net, [x]))", "Net"),
        ("print(run.net(x).shape)", "run.net"),
        ("run.nets[len([])](x)", "Net"),
        ("torch.utils.checkpoint.checkpoint(run.net, x, use_reentrant=False)", "Net"),
    ],
)
def test_how_a_module_is_written(book, call, path):
    source = (
        "def main(x):\n"
        "  class Run: pass\n"
        "  run = Run(); run.net = Net(); run.nets = [run.net]\n"
        f"  {call}\n"
        "main(torch.ones(1, 8))"
    )
    (module,) = book.ok(source).placement.local_modules
    assert module.path == path


@has_positions
@pytest.mark.parametrize(
    ("loop", "name"),
    [
        ("for batch in loader: pass", "loader"),
        ("for batch in run['train']: pass", 'run["train"]'),
        ('for batch in run["it\'s"]: pass', 'run["it\'s"]'),
        ("x = [len(batch) for batch in loader]", "loader"),
        ("x = next(iter(loader))", "loader"),
        ("for batch in zip(loader, loader): pass", None),
        ("for batch in DataLoader(data): pass", None),
    ],
)
def test_how_a_loader_is_written(book, loop, name):
    run = '{"train": loader, "it\'s": loader}'
    source = f"def main():\n  loader = DataLoader(data)\n  run = {run}\n  {loop}\nmain()"
    assert {entry.name for entry in book.ok(source).data_loading} == {name}


@has_positions
def test_the_programs_own_function_of_a_built_ins_name(book):
    record = book.ok(
        "def iter(size): return DataLoader(data).__iter__()\n"
        "def main(size):\n    return next(iter(size))\nmain(3)\ndel iter"
    )
    assert [entry.name for entry in record.data_loading] == [None]


def test_what_a_variable_has_is_no_local_module(book):
    book.ok("net = Net()\nholder = {'trainer': [Net()]}")
    record = book.ok(
        "def main(model):\n    return model(torch.ones(1, 8))\n"
        "for each in (net, holder['trainer'][0]):\n    main(each)\n"
        "def make():\n    model = Net()\n    model(torch.ones(1, 8))\n    return model\n"
        "made = make()"
    )
    assert record.placement.local_modules == []
    assert "made" in {module.path for module in record.placement.modules}


def test_modules_of_the_notebook_are_not_described_at_each_call(book, monkeypatch):
    described: list[object] = []
    describe = local_modules.LocalModules._describe
    monkeypatch.setattr(
        local_modules.LocalModules,
        "_describe",
        lambda self, met, module, *rest, **more: (
            described.append(type(module).__name__),
            describe(self, met, module, *rest, **more),
        ),
    )
    book.ok("net = Net()\nholder = {'trainer': [Net()]}")
    use = "def main(model):\n    for _ in range(5): model(torch.ones(1, 8))\n"
    book.ok(use + "main(net)\nmain(holder['trainer'][0])")
    assert described == []
    book.ok(main())
    assert described == ["Net", "Net"]  # at its first call, and when its gradients were there


def test_layers_are_counted_once(book, monkeypatch):
    counted: list[object] = []
    count = LayerCounter.count
    monkeypatch.setattr(
        LayerCounter, "count", lambda self, root: (counted.append(type(root)), count(self, root))[1]
    )
    record = book.ok(main())
    assert [cls.__name__ for cls in counted] == ["Net"]
    assert record.placement.local_modules[0].layers == record.grad.forwards[0].layers
    assert record.grad.forwards[0].layers.linears == 2


def test_describing_is_time_of_ours(book, monkeypatch):
    monkeypatch.setattr(local_modules.LocalModules, "stepped", lambda self: time.sleep(0.03))
    book.ok(main())
    assert book.last_run.overhead_s > 0.3  # ten steps, each of which is looked at


def test_equal_ones_are_told_once_and_their_number_is_bounded(book, monkeypatch):
    monkeypatch.setattr(root_calls, "_MIN_CALLS", 100)
    record = book.ok(
        "def main():\n    for _ in range(25):\n        model = Net()\n"
        "        model(torch.ones(1, 8))\nmain()"
    )
    (module,) = record.placement.local_modules
    assert (module.count, module.alive) == (local_modules._MOST, False)


def test_the_mode_is_that_of_the_last_call(book):
    record = book.ok(
        "def main():\n    model = Net()\n    model(torch.ones(1, 8))\n"
        "    model.eval()\n    model(torch.ones(1, 8))\nmain()"
    )
    assert [module.training for module in record.placement.local_modules] == [False]


def test_one_in_a_cycle_is_there_still(book):
    gc.disable()
    try:
        record = book.ok(
            "def main():\n    model = Net()\n    model.me = [model]\n"
            "    model(torch.ones(1, 8))\nmain()"
        )
    finally:
        gc.enable()
    assert [module.alive for module in record.placement.local_modules] == [True]


def test_after_an_error_the_frames_have_it(book):
    record = book.run("def main():\n    model = Net()\n    model(torch.ones(1, 7))\nmain()")
    assert isinstance(book.error, RuntimeError)
    assert [module.alive for module in record.placement.local_modules] == [True]


def test_nothing_is_kept_alive(book):
    book.namespace["watch"] = (alive := []).append
    book.namespace["ref"] = weakref.ref
    gc.disable()
    try:
        book.ok(main(TRAINING + "    for each in (model, opt): watch(ref(each))\n"))
        assert [ref() for ref in alive] == [None, None]
    finally:
        gc.enable()


def test_a_huge_one_is_listed_in_part(book, monkeypatch):
    monkeypatch.setattr(local_modules, "_SECONDS", -1.0)
    record = book.ok(
        "def main():\n    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(200)])\n"
        "    model(torch.ones(1, 2))\nmain()"
    )
    (module,) = record.placement.local_modules
    assert module.truncated
    assert 0 < module.parameters < 200 * 6


def test_no_code_of_the_users_runs(book):
    record = book.ok(
        "ran = []\n"
        "class Odd(Net):\n"
        "    def __getattr__(self, name):\n"
        "        if name != 'body': ran.append(name)\n"
        "        return super().__getattr__(name)\n"
        "    def __eq__(self, other): ran.append('eq')\n"
        "    def __hash__(self): ran.append('hash')\n"
        "    def parameters(self, recurse=True): ran.append('parameters')\n"
        "def main():\n    model = Odd()\n    ran.clear()\n    model(torch.ones(1, 8))\nmain()"
    )
    assert [module.class_name for module in record.placement.local_modules] == ["Odd"]
    assert book.namespace["ran"] == []


def test_a_function_whose_text_is_unknown(book):
    code = "def main():\\n    model = Net()\\n    model(torch.ones(1, 8))\\nmain()"
    (module,) = book.ok(f'exec("{code}")').placement.local_modules
    assert (module.path, module.class_name, module.alive) == ("Net", "Net", False)
