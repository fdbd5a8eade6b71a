"""Odd tensors, modules and namespaces: none of the user's code runs, and none hides another."""

from __future__ import annotations

import sys
import textwrap

import pytest
from jupyterlab_torchprof.probes.objects.tensors import Tensors
from jupyterlab_torchprof.record import CellRecord

SETUP = """\
import time
import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

ran = []
witness = nn.Linear(2, 2)

def note(what):
    ran.append(str(what))

class Wrapper(torch.Tensor):
    '''Asks to be asked, and fails when it is.'''
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, device="cpu", **policy):
        return torch.Tensor._make_wrapper_subclass(
            cls, (2, 3), dtype=torch.float32, device=device, **policy
        )

    def __init__(self, *_arguments, **_policy):
        pass

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        note(function)
        raise RuntimeError("dispatched")

class Holding(Wrapper):
    '''As a quantized tensor of a library: its memory is in tensors of its own.'''
    def __init__(self, *_arguments, **_policy):
        self.data_ = torch.zeros(100)

class Overriding(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        note(function)
        raise RuntimeError("called")

class Plain(torch.Tensor):
    '''Of the program's own class, and otherwise as any other.'''

class Watching(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        note(function)
        return function(*args, **(kwargs or {}))

class Listening(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        note(function)
        return function(*args, **(kwargs or {}))
"""


@pytest.fixture
def book(notebook):
    notebook.ok(SETUP)
    yield notebook
    assert notebook.health.entries() == []


def look(book, source: str) -> CellRecord:
    """Run a cell, and another after it, in which the notebook's own code does nothing."""
    book.ok(textwrap.dedent(source))
    book.namespace["ran"].clear()
    record = book.ok("pass")
    assert book.namespace["ran"] == []
    assert "witness" in {module.path for module in record.placement.modules}
    return record


def placed(record: CellRecord, path: str):
    return next(tensor for tensor in record.placement.tensors if tensor.path == path)


@pytest.mark.parametrize(
    ("policy", "shape"),
    [
        ("dispatch_device=True", [2, 3]),
        ("dispatch_layout=True", [2, 3]),
        ("dispatch_sizes_strides_policy='strides'", [2, 3]),
        ("dispatch_sizes_strides_policy='sizes'", []),
        ("dispatch_device=True, dispatch_layout=True, dispatch_sizes_strides_policy='sizes'", []),
    ],
)
def test_a_wrapper_that_asks_to_be_asked(book, policy, shape):
    record = look(book, f"odd = Wrapper({policy})")
    odd = placed(record, "odd")
    assert (odd.device, odd.dtype, odd.storage_bytes) == ("cpu", "float32", 0)
    assert odd.shape == shape, "what cannot be read is left open"


def test_of_a_wrapper_the_memory_of_its_parts_counts(book):
    record = look(book, "odd = Holding(dispatch_device=True, dispatch_layout=True)")
    assert placed(record, "odd").storage_bytes == 400


def test_of_a_device_that_must_be_asked_for_the_kind_is_known(book):
    record = look(book, "odd = Wrapper(device='meta', dispatch_device=True)")
    assert placed(record, "odd").device == "meta"


@pytest.mark.parametrize(
    "source",
    [
        "odd = nn.Module(); odd._parameters['w'] = Wrapper(dispatch_device=True)",
        "odd = nn.Module(); odd._buffers['w'] = Wrapper(dispatch_sizes_strides_policy='sizes')",
        "odd = [Wrapper(dispatch_device=True, dispatch_layout=True) for _ in range(5)]",
        "odd = {'a': torch.ones(2).as_subclass(Overriding)}",
        "odd = [torch.ones(2).as_subclass(Overriding) for _ in range(5)]",
        "odd = torch.ones(2, requires_grad=True).as_subclass(Overriding)",
        "odd = nn.Parameter(torch.ones(2)); odd.__class__ = Overriding",
    ],
)
def test_in_modules_and_containers(book, source):
    look(book, source)


def test_fake_tensors(book):
    record = look(
        book,
        """
        from torch._subclasses.fake_tensor import FakeTensorMode
        with FakeTensorMode() as fakes:
            fake, fake_model = torch.zeros(4, 4), nn.Linear(3, 3)
        """,
    )
    assert placed(record, "fake").storage_bytes == 0
    assert placed(record, "fake").shape == [4, 4]
    book.ok("mode = Watching(); mode.__enter__()")
    try:
        assert placed(look(book, "pass"), "fake").device == "cpu"
    finally:
        book.ok("mode.__exit__(None, None, None)")


KINDS = """
plain = torch.ones(5).as_subclass(Plain)
sparse = torch.ones(3).to_sparse()
rows = torch.eye(3).to_sparse_csr()
meta = torch.zeros(3, device="meta")
quantized = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
nested = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])
jagged = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged)
parameter = nn.parameter.UninitializedParameter()
conjugate = torch.ones(3, dtype=torch.complex64).conj()
negative = torch._neg_view(torch.ones(3))
"""


@pytest.mark.parametrize("mode", [None, "Watching", "Listening"])
@pytest.mark.filterwarnings("ignore:.*(Sparse CSR|nested tensors|quantize).*")
def test_other_kinds_of_tensors_also_while_a_mode_is_active(book, mode):
    book.ok(KINDS)
    if mode is not None:
        book.ok(f"mode = {mode}(); mode.__enter__()")
    try:
        record = look(book, "pass")
    finally:
        if mode is not None:
            book.ok("mode.__exit__(None, None, None)")
    bytes_of = {tensor.path: tensor.storage_bytes for tensor in record.placement.tensors}
    assert bytes_of["plain"] == 20
    assert bytes_of["sparse"] == 3 * 8 + 3 * 4, "indices and values"
    assert bytes_of["rows"] >= 4 * 8 + 3 * 8 + 3 * 4
    assert bytes_of["meta"] == 0
    assert bytes_of["quantized"] == 3
    assert bytes_of["nested"] == 20
    assert bytes_of["jagged"] >= 20
    assert bytes_of["conjugate"] == 24


def test_a_view_of_which_pytorch_tells_no_node(book):
    """Asked whether it is a leaf, or for its node or gradient, it raises."""
    book.ok(
        "class Same(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(context, x):\n"
        "        return x.view_as(x)\n"
        "    @staticmethod\n"
        "    def backward(context, gradient):\n"
        "        return gradient\n"
        "base = torch.zeros(8, requires_grad=True) * 1\n"
        "odd = Same.apply(base)\n"
        "base.add_(1)\n"
    )
    with pytest.raises(RuntimeError, match="modified inplace"):
        _ = book.namespace["odd"].is_leaf
    record = look(book, "held = [odd]\nfine = torch.ones(4, requires_grad=True).exp()")
    assert placed(record, "base").storage_bytes == 32
    assert placed(record, "odd").shares_storage
    assert "fine" in {graph.variable for graph in record.grad.retained}


@pytest.mark.parametrize("mode", ["Watching", "Listening"])
def test_a_mode_that_is_active_while_a_model_trains_sees_what_it_would_without_us(notebook, mode):
    """The same list of operations, with forwards, backwards and steps being watched."""
    notebook.ok(SETUP)
    notebook.ok(
        "net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))\n"
        "optimizer = torch.optim.Adam(net.parameters())\n"
        "inputs = torch.ones(2, 4)\n"
        f"Mode = {mode}\n"
    )
    step = (
        "with Mode():\n"
        "    for _ in range(3):\n"
        "        optimizer.zero_grad()\n"
        "        net(inputs).sum().backward()\n"
        "        optimizer.step()\n"
    )
    ran = notebook.namespace["ran"]
    notebook.ok(step)
    ran.clear()
    notebook.ok(step)
    watched = list(ran)
    ran.clear()
    exec(step, notebook.namespace)  # no cell: nothing is watched
    assert watched == list(ran)


def test_tensors_of_transforms(book):
    record = look(
        book,
        """
        leaked = []
        model = nn.Linear(2, 2)
        def apply(x):
            leaked.append(x)
            return model(x)
        out = torch.vmap(apply)(torch.ones(3, 2))
        """,
    )
    assert "model" in {module.path for module in record.placement.modules}


def test_distributed_tensors(book):
    tensors = pytest.importorskip("torch.distributed.tensor")
    if not hasattr(tensors, "distribute_tensor"):
        pytest.skip("private before PyTorch 2.5")
    record = look(
        book,
        """
        import torch.distributed as dist
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.tensor import Replicate, distribute_tensor
        dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
        mesh = init_device_mesh("cpu", (1,))
        spread = distribute_tensor(torch.ones(8), mesh, [Replicate()])
        """,
    )
    try:
        spread = placed(record, "spread")
        assert (spread.device, spread.shape, spread.storage_bytes) == ("cpu", [8], 32)
    finally:
        book.ok("dist.destroy_process_group()")


# --- what forwards return ----------------------------------------------------------------------

RETURNS = """
from collections import ChainMap, OrderedDict, UserDict, UserList, defaultdict, deque, namedtuple
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace

@dataclass
class Slotted:
    __slots__ = ("x",)
    x: object

class Tuple(tuple):
    def __iter__(self):
        note("iter")
        raise RuntimeError
    def __len__(self):
        note("len")
        raise RuntimeError

class Named(namedtuple("Named", "x")):
    def __iter__(self):
        note("iter")
        raise RuntimeError

class Space(SimpleNamespace):
    def __getattr__(self, name):
        note(name)
        raise RuntimeError

@dataclass
class Data:
    x: object
    def __getattr__(self, name):
        note(name)
        raise AttributeError

class Owner:
    def __init__(self, x):
        self._x = x
    @property
    def x(self):
        note("property")
        return self._x

class NoIter(tuple):
    __iter__ = None

class Property(tuple):
    @property
    def __iter__(self):
        note("property")
        raise RuntimeError

class Guarded(tuple):
    def __getattribute__(self, name):
        note(name)
        raise RuntimeError

class Kind(type):
    def _fail(cls, *_arguments):
        note("metaclass")
        raise RuntimeError
    __eq__ = __instancecheck__ = __subclasscheck__ = __getattribute__ = _fail
    __hash__ = type.__hash__

class Odd(tuple, metaclass=Kind):
    pass

class Extra(tuple):
    def __new__(cls, x):
        made = tuple.__new__(cls, ())
        made.hidden = x
        return made

class More(namedtuple("More", "x y")):
    _fields = ("x", "y", "z")

class Less(namedtuple("Less", "x y")):
    _fields = ()

class ModelOutput(OrderedDict):
    def __init__(self, **named):
        super().__init__(**named)
        self.__dict__.update(named)
    def _note(self, *_arguments):
        note("mapping")
        raise RuntimeError
    __iter__ = __getitem__ = keys = values = items = get = _note

class Key(str):
    def __hash__(self):
        note("hash")
        return str.__hash__(self)

def keyed(x):
    made = OrderedDict({Key("a"): x})
    ran.clear()
    return made

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 64)
    def forward(self, x, result):
        return result(torch.sin(self.layer(x)))

net, x = Net(), torch.ones(10, 64)
"""


@pytest.mark.parametrize(
    ("result", "is_measured"),
    [
        ("lambda y: None", False),
        ("lambda y: 1.5", False),
        ("lambda y: 'text'", False),
        ("lambda y: y.detach().numpy()", False),
        ("lambda y: (z for z in [y])", False),
        ("lambda y: (lambda: y)", False),
        ("lambda y: object()", False),
        ("lambda y: torch", False),
        ("lambda y: SimpleNamespace(x=y)", True),
        ("lambda y: Space(x=y)", True),
        ("lambda y: Slotted(y)", True),
        ("lambda y: Tuple((y,))", True),
        ("lambda y: Named(y)", True),
        ("lambda y: torch.return_types.max((y, y))", True),
        ("lambda y: {'a': [y]}", True),
        ("lambda y: Data(y)", True),
        ("lambda y: Owner(y)", True),
        ("lambda y: NoIter((y,))", True),
        ("lambda y: Property((y,))", True),
        ("lambda y: Guarded((y,))", True),
        ("lambda y: Odd((y,))", True),
        ("lambda y: Extra(y)", True),
        ("lambda y: More(y, 1)", True),
        ("lambda y: Less(1, y)", True),
        ("lambda y: ModelOutput(logits=y)", True),
        ("lambda y: {'a': y}.values()", True),
        ("lambda y: {'a': y}.items()", True),
        ("lambda y: {'a': y}.keys()", False),
        ("lambda y: OrderedDict(a=y).values()", True),
        ("lambda y: keyed(y).items()", True),
        ("lambda y: MappingProxyType({'a': y})", True),
        ("lambda y: MappingProxyType(UserDict(a=y))", False),
        ("lambda y: [UserDict(a=y), UserList([y]), ChainMap({'a': y})]", True),
        ("lambda y: (defaultdict(list, a=[y]), deque([y]), {y})", True),
        ("lambda y: SimpleNamespace(a=Data([Named({'q': Slotted(y)})]))", True),
        ("lambda y: (None, [None, {'a': None}], y)", True),
        ("lambda y: (None, {'a': None})", False),
    ],
)
def test_whatever_a_forward_returns(book, result, is_measured):
    book.ok(RETURNS)
    book.namespace["ran"].clear()
    record = book.ok(f"out = net(x, {result})")
    assert book.namespace["ran"] == []
    graphs = record.grad.forward_graphs
    assert bool(graphs) is is_measured
    assert all(graph.saved_bytes == 10 * 64 * 4 for graph in graphs)


# --- namespaces --------------------------------------------------------------------------------

NAMES = """
class Name(str):
    def _fail(self, *_arguments):
        note("name")
        raise RuntimeError("a name")
    __eq__ = __ne__ = __lt__ = __getitem__ = __contains__ = __len__ = __iter__ = _fail
    startswith = isidentifier = isdecimal = removesuffix = partition = __str__ = _fail
    __hash__ = str.__hash__

class Meta(type):
    def __eq__(cls, other):
        note("meta eq")
        raise RuntimeError
    def __hash__(cls):
        note("meta hash")
        raise RuntimeError
    def __getattribute__(cls, name):
        note("meta " + name)
        raise RuntimeError(name)
    def __instancecheck__(cls, thing):
        note("instancecheck")
        raise RuntimeError
    def __subclasscheck__(cls, other):
        note("subclasscheck")
        raise RuntimeError

def failing(*names):
    def fail(self, *_arguments):
        note("object")
        raise RuntimeError
    return {name: fail for name in names}

Odd = type("Odd", (), failing("__eq__", "__hash__", "__bool__", "__len__", "__iter__",
                              "__getattr__", "__repr__", "__str__", "__contains__"))
Dict = type("Dict", (dict,), failing("__iter__", "__getitem__", "get", "items", "keys", "values",
                                     "__len__", "__contains__", "__bool__", "__missing__"))

class Liar:
    @property
    def __class__(self):
        note("class")
        raise RuntimeError
"""


@pytest.mark.parametrize(
    "source",
    [
        "globals()[1] = torch.optim.SGD(witness.parameters(), lr=0.1)",
        "globals()[(1, 2)] = globals()[None] = nn.Linear(2, 2)",
        "globals()[Name('odd')] = nn.Linear(2, 2)",
        "globals()[Name('device')] = torch.device('cpu')",
        "globals()[Name('text')] = 'cpu'",
        "odd = nn.Linear(2, 2); odd._modules[0] = nn.Linear(2, 2)",
        "odd = nn.Linear(2, 2); dict.__setitem__(odd._modules, Name('x'), nn.Linear(2, 2))",
        "odd = nn.Linear(2, 2); odd._modules = {'a': 3, 'b': 'text', 'c': torch.ones(2)}",
        "odd = nn.Linear(2, 2); odd._modules = [nn.Linear(2, 2)]",
        "odd = nn.Linear(2, 2); odd._modules = Dict(a=nn.Linear(2, 2))",
        "odd = nn.Linear(2, 2); odd._parameters = {'w': 'text', 3: None}",
        "odd = nn.Linear(2, 2); odd._parameters = {3: torch.ones(2), Name('w'): torch.ones(2)}",
        "odd = nn.Linear(2, 2); odd.__dict__.update(_parameters=Dict(w_orig=1), _buffers=Dict())",
        "odd = nn.Linear(2, 2); odd._parameters = odd._buffers = None",
        "odd = nn.BatchNorm1d(2); odd._buffers = {'running_mean': 3, 'w_mask': 4}",
        "odd = nn.Linear(2, 2); odd.__dict__.clear()",
        "odd = nn.Conv2d(1, 1, 1); odd._parameters = {'weight': 'text'}",
        "odd = nn.Dropout(); odd.p = Odd()",
        "odd = nn.ModuleDict({'a': nn.Linear(2, 2)}); odd._modules[3] = nn.Linear(2, 2)",
        "odd = Odd(); odd.held = torch.ones(3)",
        "odd = Dict(a=torch.ones(2))",
        "odd = Liar(); odd.held = torch.ones(3)",
        "odd = [Liar(), Odd(), torch.ones(3)]",
        "Odd2 = Meta('Odd2', (), {}); odd = object.__new__(Odd2); odds = [odd] * 100",
        "odd = nn.LSTM(2, 2, 2, dropout=0.5); odd.num_layers = Odd(); odd.training = Odd()",
        "odd = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)); odd[0].out_channels = Odd()",
        "odd = nn.Linear(2, 2); odd._parameters = {'w': Meta('M', (), {})}; odd.extra = [Liar()]",
        "odd = nn.Dropout(); odd.p = object.__new__(Meta('M', (), {})); odd._buffers = {1: 2}",
        "odd = {object.__new__(Meta('M', (), {})): torch.ones(2), 1: torch.ones(3)}",
        "odd = torch.optim.SGD(witness.parameters(), lr=0.1); odd.param_groups = Odd()",
        "odd = torch.optim.SGD(witness.parameters(), lr=0.1)\n"
        "odd.param_groups[0].update(lr=object.__new__(Meta('M', (), {})))",
        "odd = torch.optim.SGD(witness.parameters(), lr=0.1); odd.state = Dict(a=Dict())",
        "odd = torch.optim.SGD(witness.parameters(), lr=0.1); odd.param_groups = [Dict(), {}, 3]",
        "odd = torch.optim.SGD(witness.parameters(), lr=0.1); odd.__dict__.clear()",
    ],
)
def test_one_odd_object_hides_no_other(book, source):
    book.ok(NAMES)
    book.ok("optimizer = torch.optim.SGD(witness.parameters(), lr=0.1)")
    try:
        record = look(book, source)
        assert [entry.module for entry in record.optimizers if entry.variable == "optimizer"] == [
            "witness"
        ]
    finally:
        for name in [name for name in book.namespace if type(name) is not str]:
            del book.namespace[name]


class TestOptimizersOfLibraries:
    """Wrappers whose groups are properties."""

    WRAPPER = """
class Accelerated(torch.optim.Optimizer):
    def __init__(self, optimizer):
        self.optimizer = optimizer
    @property
    def param_groups(self):
        note("param_groups")
        return self.optimizer.param_groups
    @property
    def state(self):
        note("state")
        return self.optimizer.state
    def __eq__(self, other):
        note("eq")
        raise RuntimeError
    __hash__ = None
inner = torch.optim.Adam(witness.parameters(), lr=0.01)
"""

    def test_the_wrapped_one_is_read(self, book):
        book.ok(self.WRAPPER)
        book.ok("witness(torch.ones(1, 2)).sum().backward(); inner.step()")
        record = look(book, "wrapper = Accelerated(inner)")
        entries = {entry.variable: entry for entry in record.optimizers}
        assert entries["wrapper"].state_bytes == entries["inner"].state_bytes
        assert entries["wrapper"].module == "witness"

    def test_steps_read_gradients_of_no_subclass(self, book):
        """Not by their attribute, which the class may have taken over."""
        book.ok(
            "odd = nn.Parameter(torch.ones(2))\n"
            "odd.grad = torch.ones(2)\n"
            "odd.__class__ = Overriding\n"
            "optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)\n"
            "optimizer.param_groups[0]['params'][0:0] = [odd]\n"
            "optimizer.step = lambda: None\n"
        )
        module = sys.modules["torch.optim.optimizer"]
        book.namespace["hooks"] = list(module._global_optimizer_pre_hooks.values())
        book.namespace["ran"].clear()
        book.ok("for hook in hooks: hook(optimizer, (), {})")
        assert book.namespace["ran"] == []


class TestLoaders:
    """What is known of a loader is read from its own attributes."""

    def test_properties_do_not_run(self, book):
        book.ok(
            "class Loader(torch.utils.data.DataLoader):\n"
            "    def __getattr__(self, name):\n"
            "        note(name)\n"
            "        raise AttributeError(name)\n"
            "class Data(list):\n"
            "    def __getattr__(self, name):\n"
            "        note(name)\n"
            "        raise AttributeError(name)\n"
            "data = Data([torch.ones(2).as_subclass(Plain)] * 4)\n"
            "loader = Loader(data, batch_size=2)\n"
            "count = len(ran)\n"
        )
        record = book.ok("ran.clear()\nfor batch in loader: pass")
        (entry,) = record.data_loading
        with_us = list(book.namespace["ran"])
        exec("ran.clear()\nfor batch in loader: pass", book.namespace)
        assert with_us == book.namespace["ran"]
        assert (entry.dataset, entry.batch_size, entry.workers) == ("Data", 2, 0)


@pytest.mark.parametrize("part", ["module_content", "storage"])
def test_what_cannot_be_read_costs_itself_only(notebook, monkeypatch, part):
    """Whatever else may be odd: nobody has found such a module or tensor, so one is made up."""
    notebook.ok(SETUP)
    notebook.ok("odd, odd_tensor = nn.Linear(3, 3), torch.ones(7)\nodd.extra = odd_tensor")
    odd = {id(notebook.namespace[name]) for name in ("odd", "odd_tensor")}
    original = getattr(Tensors, part)

    def fails(tensors, thing):
        if id(thing) in odd:
            raise ValueError("odd")
        return original(tensors, thing)

    monkeypatch.setattr(Tensors, part, fails)
    record = notebook.ok("after = torch.ones(5)")
    assert "witness" in {module.path for module in record.placement.modules}
    assert "after" in {tensor.path for tensor in record.placement.tensors}
    (entry,) = notebook.health.entries()
    assert (entry.part, entry.failures, entry.message) == ("placement", 1, "ValueError: odd")
    notebook.health._entries.clear()
