"""The walk over the namespace finds what is there and runs nobody's code."""

from __future__ import annotations

import gc
import weakref

import pytest
from jupyterlab_torchprof.probes.objects import survey
from jupyterlab_torchprof.probes.objects.paths import write
from jupyterlab_torchprof.probes.objects.reached import paths_to
from jupyterlab_torchprof.probes.objects.tensors import Tensors
from jupyterlab_torchprof.probes.objects.walk import Bounds, walk_namespace

SETUP = "import torch\nfrom torch import nn\n"


@pytest.fixture
def book(notebook):
    notebook.ok(SETUP)
    return notebook


def paths(record) -> set[str]:
    return {tensor.path for tensor in record.placement.tensors}


HOSTILE = """
ran = []

class Raises:
    def __init__(self):
        self.__dict__['kept'] = torch.zeros(1)
    @property
    def prop(self):
        ran.append('property')
        raise RuntimeError
    def __getattr__(self, name):
        ran.append('getattr ' + name)
        raise RuntimeError
    def __iter__(self):
        ran.append('iter')
        raise RuntimeError
    def __len__(self):
        ran.append('len')
        raise RuntimeError
    def __eq__(self, other):
        ran.append('eq')
        raise RuntimeError
    def __hash__(self):
        ran.append('hash')
        raise RuntimeError
    def __bool__(self):
        ran.append('bool')
        raise RuntimeError
    def __repr__(self):
        ran.append('repr')
        raise RuntimeError

class EveryAttribute:
    def __init__(self):
        object.__setattr__(self, 'x', torch.zeros(2))
    def __getattribute__(self, name):
        ran.append('getattribute ' + name)
        raise RuntimeError

class Lazy:
    @property
    def __class__(self):
        ran.append('class')
        return torch.Tensor
    @property
    def __dict__(self):
        ran.append('dict')
        return {'x': torch.zeros(3)}

class Meta(type):
    def __eq__(cls, other):
        ran.append('meta eq')
        raise RuntimeError
    def __hash__(cls):
        return 1
    def __instancecheck__(cls, thing):
        ran.append('instancecheck')
        raise RuntimeError
    def __subclasscheck__(cls, other):
        ran.append('subclasscheck')
        raise RuntimeError
    def mro(cls):
        return type.mro(cls)

class Odd(metaclass=Meta):
    def __init__(self):
        self.inside = torch.zeros(4)

class BadList(list):
    def __iter__(self):
        ran.append('list iter')
        raise RuntimeError
    def __len__(self):
        ran.append('list len')
        raise RuntimeError

class BadDict(dict):
    def items(self):
        ran.append('items')
        raise RuntimeError
    values = keys = __iter__ = items

class BadTensor(torch.Tensor):
    @property
    def shape(self):
        ran.append('shape')
        raise RuntimeError
    @property
    def device(self):
        ran.append('device')
        raise RuntimeError
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        ran.append('torch function')
        raise RuntimeError

class BadModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(2, 2)
    def __getattr__(self, name):
        ran.append('module getattr')
        raise RuntimeError
    def parameters(self, recurse=True):
        ran.append('parameters')
        raise RuntimeError
    named_parameters = modules = named_modules = children = parameters
    @property
    def training_(self):
        ran.append('module property')
        raise RuntimeError

def endless():
    while True:
        ran.append('generator')
        yield torch.zeros(1)

raises = Raises()
every = EveryAttribute()
lazy = Lazy()
odd = Odd()
bad_list = BadList([torch.zeros(5)])
bad_dict = BadDict(a=torch.zeros(6))
bad_tensor = torch.zeros(7).as_subclass(BadTensor)
bad_module = BadModule()
generator = endless()
listed = [Raises(), every, lazy, odd, generator, Odd]
keyed = {1: raises, 'k': lazy}
ran.clear()
"""


def test_hostile_objects_are_not_called(book):
    record = book.ok(HOSTILE)
    assert book.namespace["ran"] == []
    assert paths(record) == {
        "raises.kept",
        "listed[0].kept",
        "odd.inside",
        "bad_list[0]",
        'bad_dict["a"]',
        "bad_tensor",
    }
    assert [module.path for module in record.placement.modules] == ["bad_module"]
    assert record.placement.modules[0].parameters == 6
    book.namespace["ran"].clear()


def test_a_custom_mode_does_not_see_the_walk(book):
    record = book.ok(
        "from torch.overrides import TorchFunctionMode\n"
        "from torch.utils._python_dispatch import TorchDispatchMode\n"
        "seen = []\n"
        "class Function(TorchFunctionMode):\n"
        "    def __torch_function__(self, func, types, args=(), kwargs=None):\n"
        "        seen.append(func)\n"
        "        return func(*args, **(kwargs or {}))\n"
        "class Dispatch(TorchDispatchMode):\n"
        "    def __torch_dispatch__(self, func, types, args=(), kwargs=None):\n"
        "        seen.append(func)\n"
        "        return func(*args, **(kwargs or {}))\n"
        "x = torch.ones(3, requires_grad=True)\n"
        "y = x * 2\n"
        "function, dispatch = Function(), Dispatch()\n"
        "function.__enter__(), dispatch.__enter__()\n"
        "seen.clear()"
    )
    try:
        assert book.namespace["seen"] == []
        assert paths(record) >= {"x", "y"}
        assert record.grad.retained[0].variable == "y"
    finally:
        book.namespace["dispatch"].__exit__(None, None, None)
        book.namespace["function"].__exit__(None, None, None)


def test_paths_are_what_the_user_would_write(book):
    record = book.ok(
        "from collections import OrderedDict, defaultdict, deque, namedtuple\n"
        "from dataclasses import dataclass\n"
        "t = lambda: torch.zeros(1)\n"
        "Pair = namedtuple('Pair', 'left right')\n"
        "@dataclass\n"
        "class Batch:\n"
        "    image: object\n"
        "class Slots:\n"
        "    __slots__ = ('x', 'unset')\n"
        "    def __init__(self):\n"
        "        self.x = t()\n"
        "plain = t()\n"
        "listed = [1, [t()]]\n"
        "keyed = {'image': t(), 3: t(), (1, 'a'): t(), 'it\\'s \"so\"': t()}\n"
        "pair = Pair(t(), 0)\n"
        "batch = Batch(t())\n"
        "slots = Slots()\n"
        "queue = deque([0, t()])\n"
        "one = {t()}\n"
        "many = defaultdict(list, a=[t()])\n"
        "net = nn.ModuleDict({'head': nn.ModuleList([nn.Linear(1, 1)])})\n"
        "net.cache = t()\n"
    )
    assert paths(record) == {
        "plain",
        "listed[1][0]",
        'keyed["image"]',
        "keyed[3]",
        'keyed[1, "a"]',
        'keyed["it\'s \\"so\\""]',
        "pair.left",
        "batch.image",
        "slots.x",
        "queue[1]",
        "list(one)[0]",
        'many["a"][0]',
        "net.cache",
    }
    for path in paths(record):
        assert eval(path, book.namespace).numel() == 1
    head = record.placement.modules[0].children[0]
    assert (head.path, head.children[0].path) == ('net["head"]', 'net["head"][0]')


def test_cycles_and_depth(book):
    record = book.ok(
        "loop = []\nloop.append(loop)\nloop.append({'loop': loop, 't': torch.zeros(1)})\n"
        "class Node: pass\n"
        "node = Node(); node.self = node; node.t = torch.zeros(2)\n"
        "deep = []\n"
        "at = deep\n"
        "for i in range(500):\n"
        "    at.append([]); at = at[0]\n"
        "at.append(torch.zeros(3))\n"
        "del at\n"
    )
    assert 'loop[1]["t"]' in paths(record)
    assert "node.t" in paths(record)
    assert any(path.startswith("deep[0][0]") and path.endswith("…") for path in paths(record))


@pytest.mark.parametrize(
    "big",
    ["list(range(100_000))", "[0.5] * 200_000", "{i: str(i) for i in range(100_000)}"],
)
def test_large_containers_hide_nothing(book, big):
    record = book.ok(f"big = {big}\nx = torch.zeros(3)\nlisted = [x, torch.ones(1)]")
    assert paths(record) == {"x", "listed[1]"}


def test_the_walk_says_when_it_was_cut(book):
    record = book.ok(
        "rows = [{'id': i, 'words': [str(i)], 'more': {'a': [i]}} for i in range(60_000)]\n"
        "last = [[torch.zeros(3)]]"
    )
    assert record.placement.truncated
    assert not record.grad.retained_complete
    # The small ones beside it had their turn.
    assert "last[0][0]" in paths(record)


def test_ipythons_own_names_are_left_out(book):
    book.namespace.update(
        _oh={1: "x"}, In=["", "x"], _ih=["", "x"], _dh=["/"], __builtins__=__builtins__
    )
    book.namespace["Out"] = book.namespace["_oh"]
    record = book.ok("_oh[2] = torch.zeros(1)\n_ = __ = _2 = _oh[2]\n_mine = torch.zeros(2)\n")
    assert paths(record) == {"_mine"}


def test_odd_tensors(book):
    record = book.ok(
        "import warnings\n"
        "from torch.testing._internal.two_tensor import TwoTensor\n"
        "from torch._subclasses.fake_tensor import FakeTensorMode\n"
        "with warnings.catch_warnings():\n"
        "    warnings.simplefilter('ignore')\n"
        "    csr = torch.eye(4).to_sparse_csr()\n"
        "    quantized = torch.quantize_per_tensor(torch.ones(16), 0.1, 0, torch.qint8)\n"
        "    nested = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])\n"
        "    jagged = torch.nested.nested_tensor([torch.ones(2)], layout=torch.jagged)\n"
        "meta = torch.empty(1000, 1000, device='meta')\n"
        "sparse = torch.eye(4).to_sparse()\n"
        "two = TwoTensor(torch.ones(8), torch.ones(8))\n"
        "with FakeTensorMode():\n"
        "    fake = torch.empty(100)\n"
        "lazy = nn.LazyLinear(3)\n"
        "script = torch.jit.script if False else None\n"
        "mkldnn = torch.ones(4).to_mkldnn()\n"
        "conj = torch.ones(4, dtype=torch.cfloat).conj()\n"
        "with torch.inference_mode():\n"
        "    inference = torch.ones(4)\n"
        "freed = torch.ones(1024)\n"
        "freed.untyped_storage().resize_(0)\n"
        "kept = []\n"
        "out = torch.vmap(lambda v: (kept.append(v), v * 2)[1])(torch.ones(2, 3))\n"
    )
    size = {tensor.path: tensor.storage_bytes for tensor in record.placement.tensors}
    assert size["meta"] == size["fake"] == size["freed"] == 0
    assert size["sparse"] == 4 * 4 + 2 * 4 * 8
    csr = book.namespace["csr"]
    parts = (csr.values(), csr.crow_indices(), csr.col_indices())
    assert size["csr"] == sum(part.untyped_storage().nbytes() for part in parts)
    assert size["quantized"] == 16
    assert size["nested"] == 20
    assert size["two"] == 2 * 8 * 4
    assert size["conj"] == 32
    assert size["inference"] == 16
    assert "kept[0]" in size
    assert record.placement.modules[0].class_name == "LazyLinear"
    (meta,) = [total for total in record.placement.totals if total.device == "meta"]
    assert meta.storage_bytes == 0


def test_module_trees(book):
    record = book.ok(
        "tied = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))\n"
        "tied[1].weight = tied[0].weight\n"
        "encoder = tied[0]\n"
        "weight = tied[0].weight\n"
    )
    assert [module.path for module in record.placement.modules] == ["tied"]
    assert record.placement.modules[0].parameter_bytes == 64
    assert record.placement.modules[0].parameters == 16
    assert [total.storage_bytes for total in record.placement.totals] == [64]
    assert record.placement.tensors == []
    record = book.ok("del tied, weight\nwhole = nn.Sequential(encoder, nn.Linear(4, 1))")
    assert [(m.path, m.parameters) for m in record.placement.modules] == [
        ("encoder", 16),
        ("whole", 21),
    ]
    assert sum(total.storage_bytes for total in record.placement.totals) == 21 * 4


def test_gradients_count(book):
    record = book.ok("w = torch.ones(8, requires_grad=True)\n(w * w).sum().backward()")
    assert paths(record) == {"w", "w.grad"}
    assert record.placement.totals[0].storage_bytes == 64


def test_the_name_of_torch(book):
    assert book.ok("x = 1").placement.torch_name == "torch"
    assert book.ok("th = torch\ndel torch").placement.torch_name == "th"
    assert book.ok("from torch import nn\ndel th").placement.torch_name is None


def test_nothing_is_kept_alive(book):
    record = book.ok(
        "model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))\n"
        "x = torch.randn(4, 8)\n"
        "out = model(x)\n"
        "listed = [model(x) for i in range(5)]\n"
        "model.to(torch.float64)\n"
        "def go():\n"
        "    return model(torch.randn(4, 8, dtype=torch.float64))\n"
        "go()\n"
    )
    names = ["model", "x", "out"]
    refs = {name: weakref.ref(book.namespace[name]) for name in names}
    nodes = weakref.ref(book.namespace["listed"][0])
    storage = book.namespace["out"].untyped_storage()._weak_ref()
    gc.disable()
    try:
        for name in (*names, "listed", "go"):
            del book.namespace[name]
        assert {name: ref() for name, ref in refs.items()} == dict.fromkeys(names)
        assert nodes() is None
        import torch

        assert torch.UntypedStorage._expired(storage)
        torch.UntypedStorage._free_weak_ref(storage)
    finally:
        gc.enable()
    assert record.placement is not None
    assert book.last_run is not None


def test_totals_of_many_tensors_are_complete(book, monkeypatch):
    monkeypatch.setattr(survey, "Bounds", lambda: Bounds(seconds=60))  # the machine may be slow
    record = book.ok("many = [torch.zeros(4) for i in range(3000)]")
    assert len(record.placement.tensors) == 100
    (total,) = record.placement.totals
    assert (total.tensors, total.storage_bytes) == (3000, 48_000)


def test_views_and_attributes_of_containers(book):
    record = book.ok("""
from collections import OrderedDict
from types import MappingProxyType

class Batch(dict):
    pass

values = {i: torch.zeros(i + 1) for i in range(2)}.values()
items = OrderedDict(a=torch.zeros(3)).items()
proxy = MappingProxyType({"a": torch.zeros(4)})
batch = Batch(x=torch.zeros(5))
batch.extra = torch.zeros(6)
itself = Batch(y=torch.zeros(7))
itself.__dict__ = itself
""")
    found = {tensor.path: tensor.shape[0] for tensor in record.placement.tensors}
    assert found == {
        "list(values)[0]": 1,
        "list(values)[1]": 2,
        "list(items)[0][1]": 3,
        'proxy["a"]': 4,
        'batch["x"]': 5,
        "batch.extra": 6,
        'itself["y"]': 7,
    }


MANY_WAYS = """
from collections import namedtuple
from types import SimpleNamespace
Pair = namedtuple('Pair', 'first second')
class Holder:
    def __init__(self, **own):
        self.__dict__.update(own)
def one(): return nn.Linear(1, 1)
pair = Pair(one(), [one()])
in_order = nn.Sequential(one(), nn.Sequential(one()))
by_name = nn.ModuleDict({'a': one(), 'b c': nn.ModuleList([one()])})
table = {"it's": one(), 7: one(), (1, 'x'): one(), torch.device('cpu'): one()}
space = SimpleNamespace(net=one())
holder = Holder(**{'net': one(), 'no name': one(), '_own': (one(),), 'space': space})
net = one()
net.by_hand = [one()]
net._modules[3] = one()
"""


def test_both_searches_write_the_same_ways(book):
    book.ok(MANY_WAYS)
    torch, namespace = book.namespace["torch"], book.namespace
    modules = [thing for thing in gc.get_objects() if type(thing) is torch.nn.Linear]
    reached = paths_to(modules, namespace, torch)
    read = Tensors(torch)
    walked = {
        id(part.module): write(part.trail)
        for tree in walk_namespace(read, namespace, Bounds()).modules
        for part in tree.parts(read)
        if type(part.module) is torch.nn.Linear
    }
    assert len(reached) == 17
    assert reached == walked
