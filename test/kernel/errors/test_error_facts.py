"""What the record says of PyTorch's part in an error: layers, arguments, keys, changed tensors."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

MODEL = """\
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
        self.blocks = [nn.Linear(8, 8), nn.Linear(9, 9)]
        self.head = nn.Linear(7, 4)
        self.scale = torch.ones(8)

    def forward(self, x):
        return self.head(self.body(x))

net = Net()
"""


def test_the_layer_that_failed_and_its_input(error):
    found = error("net(torch.ones(2, 8))")
    outer, inner = found.calls
    assert (outer.module, outer.class_name, outer.library) == ("net", "Net", False)
    assert (inner.module, inner.class_name, inner.library) == ("net.head", "Linear", True)
    assert inner.sizes == {"in_features": 7, "out_features": 4}
    assert inner.arguments["input"].shape == [2, 8]
    assert not found.direct


def test_a_model_in_an_object_and_in_a_function(error):
    source = "from types import SimpleNamespace\nlab = SimpleNamespace(model=net)\ndel net\n"
    assert error(f"{source}lab.model(torch.ones(2, 8))").calls[-1].module == "lab.model.head"
    inside = "def f():\n    own = Net()\n    own(torch.ones(2, 8))\nf()"
    assert error(inside).calls[-1].module == "own.head"


def test_arguments_have_the_names_of_the_line(error):
    found = error("out, y = torch.ones(2, 3), torch.tensor([1, 3])\nF.cross_entropy(out, y)")
    (call,) = found.calls
    assert call.function == "cross_entropy"
    target = call.arguments["target"]
    assert (target.name, target.low, target.high) == ("y", 1, 3)


def test_values_are_read_only_where_an_index_is_the_subject(error):
    found = error("y = torch.tensor([1, 3])\ny @ torch.ones(5, 2).long()")
    assert [(each.name, each.low) for each in found.objects] == [("y", None)]


def test_what_a_module_does_not_know_of(error):
    found = error("net.blocks[1](torch.ones(2, 8))")
    assert found.calls[-1].module == "net.blocks[1]"
    (block,) = [each for each in found.objects if each.kind == "module"]
    assert (block.name, block.unregistered) == ("net.blocks[1]", "net.blocks")
    (scale,) = error("net.scale @ torch.ones(9)").objects
    assert scale.unregistered == "net.scale"
    assert error("torch.optim.SGD(net.parameters(), lr='x')").objects[0].hidden == ["net.blocks"]


def test_the_way_through_a_plain_list(error):
    source = "class Loops(Net):\n    def forward(self, x):\n        for block in self.blocks:\n"
    found = error(f"{source}            x = block(x)\nloops = Loops()\nloops(torch.ones(2, 8))")
    last = found.calls[-1]
    assert (last.module, last.unregistered) == ("loops.blocks[1]", "loops.blocks")


def test_what_is_registered_is_not_called_unknown(error):
    found = error("net.body[0](torch.ones(2, 9))")
    assert found.calls[-1].module == "net.body[0]"
    assert found.calls[-1].unregistered is None
    assert [each.unregistered for each in found.objects] == [None]


def test_gradients_that_are_not_there(error):
    source = "for p in net.head.parameters():\n    p.grad.norm()"
    (weight,) = error(source).objects
    assert (weight.name, weight.parameter) == ("p", "net.head.weight")
    assert (weight.is_leaf, weight.requires_grad, weight.has_grad) == (True, True, False)


def test_the_tensor_of_the_failing_graph_that_was_changed(error):
    other = "g = torch.ones(3, requires_grad=True).exp()\ng += 1\n"
    source = "h = torch.ones(3, requires_grad=True).exp()\nh += 1\nh.sum().backward()"
    found = error(other + source)
    assert [(each.name, each.parameter) for each in found.changed] == [("h", False)]


def test_the_keys_of_a_state_dict(error):
    source = "saved = {f'module.{k}': v for k, v in net.state_dict().items()}\n"
    keys = error(f"{source}net.load_state_dict(saved)").keys
    assert (keys.module, keys.prefix, keys.missing_count) == ("net", "module.", 4)
    keys = error("saved.pop('module.head.bias')\nnet.load_state_dict(saved)").keys
    assert keys.prefix is None
    keys = error("net.load_state_dict({'net': net.state_dict()})").keys
    assert keys.nested == "net"


def test_the_cause_of_an_error(error):
    source = "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise RuntimeError('x') from e"
    assert error(source).cause == "division by zero"
    odd = "try:\n    raise KeyError(torch.ones(2))\nexcept KeyError:\n    raise RuntimeError('x')"
    assert error(odd).cause is None


def test_who_raised_it(error):
    assert error("raise RuntimeError('shapes cannot be multiplied')").raised
    assert error("def check():\n    assert False, 'out of range'\ncheck()").raised
    assert not error("torch.ones(2, 3) @ torch.ones(2, 3)").raised
    assert not error("net(torch.ones(2, 9))").raised
    passed_on = "try:\n    torch.ones(2, 3) @ torch.ones(2, 3)\nexcept RuntimeError as e:\n    {}"
    assert not error(passed_on.format("raise")).raised
    assert not error(passed_on.format("raise e")).raised
    assert error(passed_on.format("raise RuntimeError(str(e)) from e")).raised


def test_a_message_is_not_asked_for_again(error, shell):
    odd = """\
class Counted(RuntimeError):
    def __str__(self):
        import sys
        asked.append(sys._getframe(1).f_globals["__name__"])
        return "Error(s) in loading state_dict for Net: out of range"
asked = []
raise Counted("x")
"""
    error(odd)
    ours = [name for name in shell.user_ns["asked"] if name.startswith("jupyterlab_torchprof")]
    assert ours == ["jupyterlab_torchprof.probes.exceptions"]  # for the record's message


def test_state_dicts_are_read_without_their_own_methods(error):
    odd = """\
class Odd(dict):
    def __iter__(self):
        raise SystemExit
    def __len__(self):
        raise SystemExit
class Own(nn.Module):
    def load_state_dict(self, state_dict):
        torch._check(False, lambda: 'Error(s) in loading state_dict for Own:\\n\\t'
            'Missing key(s) in state_dict: "a". \\n\\tUnexpected key(s) in state_dict: "x.a". ')
Own().load_state_dict(Odd({"x.a": torch.ones(1)}))
"""
    assert error(odd).keys.prefix == "x."


def test_the_keys_in_the_words_of_safetensors(error):
    pytest.importorskip("safetensors")
    source = """\
import os, tempfile
from safetensors.torch import load_model, save_file
path = os.path.join(tempfile.mkdtemp(), "x.safetensors")
save_file({f"model.{key}": value for key, value in net.head.state_dict().items()}, path)
load_model(net.head, path)
"""
    keys = error(source).keys
    assert (keys.missing_count, keys.unexpected_count) == (2, 2)
    assert sorted(keys.missing) == ["bias", "weight"]


def test_a_recursion_ends_in_the_programs_own_code(error, shell):
    source = """\
class Loop(nn.Module):
    def forward(self, x):
        return self(x)
def deeper(n):
    return deeper(n - 1) if n else Loop()(1)
files = set()
try:
    deeper({})
except RecursionError as e:
    at = e.__traceback__
    while at is not None:
        files.add(at.tb_frame.f_globals["__name__"])
        at = at.tb_next
raise ValueError
"""
    for depth in range(12):
        error(source.format(depth))
        files = shell.user_ns["files"]
        assert not [name for name in files if name.startswith("jupyterlab_torchprof")]


def test_nothing_of_the_users_runs(error):
    source = """\
class Odd(nn.Linear):
    @property
    def in_features(self):
        raise SystemExit
    def __getattr__(self, name):
        raise SystemExit
    def __getitem__(self, key):
        raise SystemExit
    def forward(self, x):
        raise RuntimeError("shapes cannot be multiplied")
odd = Odd.__new__(Odd)
nn.Module.__init__(odd)
nn.Sequential(odd)(odd[0] if False else torch.ones(2))
"""
    assert error(source).message == "shapes cannot be multiplied"


def test_nothing_is_kept_alive(error, shell):
    error("def fail():\n    big = torch.ones(1000, 8)\n    return net(big)\nfail()")
    frame = sys.last_traceback
    while frame.tb_frame.f_code.co_name != "fail":
        frame = frame.tb_next
    big = next(each for each in gc.get_referents(frame.tb_frame) if hasattr(each, "numel"))
    held = weakref.ref(big)
    del big, frame
    assert shell.run_cell("%torchprof free traceback", store_history=True).success
    gc.collect()
    assert held() is None


def test_a_module_of_the_users_own(error, tmp_path, monkeypatch):
    (tmp_path / "own_net.py").write_text(
        "import torch\nfrom torch import nn\n\n"
        "class Own(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(3, 3)\n"
        "    def forward(self, batch):\n        rows = batch.flatten(1)\n"
        "        return self.fc(rows) @ batch\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    source = "from own_net import Own\nown = Own()\nx = torch.ones(2, 4)\nown(x)"
    found = error(source)
    assert [each.name for each in found.objects] == ["own", "x"]
    assert [each.name for each in found.file_objects] == ["self.fc", "rows", "batch"]
    assert found.calls[-1].module == "own.fc"
    assert not found.direct
    own = error("own(torch.ones(2, 3))")
    assert own.direct
    assert not own.calls[-1].library
    assert error("torch.ones(2) @ torch.ones(3)").file_objects is None
