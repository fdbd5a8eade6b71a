"""What modules are made of, and which variables name devices."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.derive import line_of

SETUP = "import torch\nfrom torch import nn\n"


@pytest.fixture
def book(notebook):
    notebook.ok(SETUP)
    return notebook


def layers(book, source: str, path: str = "model"):
    record = book.ok(source)
    return next(m.layers for m in record.placement.modules if m.path == path)


def test_a_convolutional_net(book):
    found = layers(
        book,
        """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(8, 16, 3)
        self.bn2 = nn.BatchNorm2d(16)
        self.conv3 = nn.Conv2d(16, 16, 3)
        self.other = nn.BatchNorm2d(16)
        self.conv4 = nn.Conv2d(16, 4, 3)
        self.bn4 = nn.BatchNorm2d(16)

model = nn.Sequential(
    Block(),
    nn.Conv1d(4, 8, 3), nn.BatchNorm1d(8),
    nn.Conv1d(8, 8, 3), nn.ReLU(), nn.BatchNorm1d(8),
    nn.BatchNorm1d(8, track_running_stats=False),
    nn.Dropout(0.5), nn.Dropout(0.0),
    nn.GroupNorm(2, 8), nn.InstanceNorm1d(8),
    nn.Linear(8, 4, dtype=torch.float64), nn.Linear(4, 2),
)
model[0].bn1.eval()
""",
    )
    assert (found.convs, found.convs_2d, found.convs_2d_channels_last) == (6, 4, 0)
    assert (found.batchnorms, found.batchnorms_training, found.batchnorms_alone) == (6, 5, 5)
    assert (found.dropouts, found.dropouts_training) == (1, 1)
    assert found.conv_bn_pairs == 3
    assert (found.norms_other, found.linears) == (2, 2)
    assert found.linear_bytes == 8 * 4 * 8 + 4 * 2 * 4
    assert not found.compiled
    assert not found.quantized
    assert found.device_ids is None
    assert found.pruned == found.stray == []


def test_batch_norms_that_may_know_of_other_processes(book):
    found = layers(
        book,
        """
class Synced(nn.BatchNorm2d):
    pass

model = nn.Sequential(nn.SyncBatchNorm(8), Synced(8), nn.BatchNorm2d(8), nn.BatchNorm3d(8))
model[3].eval()
""",
    )
    assert (found.batchnorms, found.batchnorms_training, found.batchnorms_alone) == (4, 3, 1)


def test_channels_last(book):
    source = "model = nn.Sequential(nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 1), nn.Conv2d(1, 8, 3))"
    assert layers(book, source).convs_2d_channels_last == 0
    source = "model = model.to(memory_format=torch.channels_last)"
    assert layers(book, source).convs_2d_channels_last == 3
    source = "model[0] = nn.Conv2d(8, 8, 3)"
    assert layers(book, source).convs_2d_channels_last == 0


def test_attention_and_recurrent_layers_drop_by_an_option(book):
    found = layers(
        book,
        "model = nn.ModuleList([nn.LSTM(2, 2, 2, dropout=0.1), nn.GRU(2, 2, num_layers=1),"
        " nn.MultiheadAttention(4, 2, dropout=0.1), nn.MultiheadAttention(4, 2)]).eval()",
    )
    assert (found.dropouts, found.dropouts_training) == (2, 0)


def test_only_roots_have_layers(book):
    record = book.ok("model = nn.Sequential(nn.Sequential(nn.Linear(2, 2)))")
    (root,) = record.placement.modules
    assert root.layers.linears == 1
    assert root.children[0].layers is None
    assert root.children[0].trainable_bytes is None


def test_trainable_bytes(book):
    record = book.ok(
        "model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 2, bias=False))\n"
        "model[0].requires_grad_(False)"
    )
    (root,) = record.placement.modules
    assert (root.parameter_bytes, root.trainable_bytes) == (4 * (16 + 8), 4 * 8)


def test_wrappers(book):
    found = layers(book, "model = nn.DataParallel(nn.Linear(2, 2))")
    assert (found.device_ids, found.linears) == ([], 1)
    found = layers(book, "model = torch.compile(nn.Linear(2, 2), backend='eager')")
    assert (found.compiled, found.linears) == (True, 1)
    found = layers(book, "model = nn.Linear(2, 2)\nmodel.compile(backend='eager')")
    assert found.compiled


def test_pruned(book):
    source = """
from torch.nn.utils import prune
model = nn.Sequential(nn.Linear(100, 100), nn.Linear(100, 10))
prune.l1_unstructured(model[0], 'weight', amount=0.3)
"""
    found = layers(book, source)
    assert (found.pruned, found.pruned_bytes) == (["0.weight"], 2 * 100 * 100 * 4)
    assert layers(book, "prune.remove(model[0], 'weight')").pruned == []


def test_stray_attributes(book):
    found = layers(
        book,
        """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 2)
        self.fc = nn.Linear(2, 2)

model = Net()
model.encoder.requires_grad = False
model.fc.weight.require_grad = False
""",
    )
    assert sorted(found.stray) == ["encoder.requires_grad", "fc.weight.require_grad"]


def test_attributes_that_a_class_has_to_do_with_are_not_stray(book):
    found = layers(
        book,
        """
class Frozen(nn.Module):
    requires_grad = True

class Own(nn.Module):
    def __init__(self, requires_grad):
        super().__init__()
        self.requires_grad = requires_grad

class Property(nn.Module):
    @property
    def require_grad(self):
        raise RuntimeError('run')

model = nn.ModuleList([Frozen(), Own(False), Property(), nn.Linear(2, 2)])
model[0].requires_grad = False
model[3].requires_grad_(False)
model[3].weight.requires_grad = True
""",
    )
    assert found.stray == []


def test_a_forward_says_what_it_met(book):
    record = book.ok("""
model = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2), nn.Dropout(0.1)).double()
for size in (8, 8, 3):
    with torch.no_grad():
        model(torch.zeros(size, 4, dtype=torch.float64))
""")
    (forwards,) = record.grad.forwards
    assert (forwards.device, forwards.dtype, forwards.autocast) == ("cpu", "float64", None)
    assert (forwards.shapes, forwards.looked_at) == ([[3, 4], [8, 4]], 3)
    assert (forwards.layers.batchnorms, forwards.layers.dropouts_training) == (1, 1)


def test_the_first_tensor_is_looked_for_in_keywords_and_containers(book):
    record = book.ok("""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)
    def forward(self, batch, flag=True):
        return self.fc(batch['x'] if isinstance(batch, dict) else batch[1])

model = Net()
x = torch.zeros(5, 4)
for _ in range(2): model(batch={'name': 'a', 'x': x})
model(('a', x))
with torch.autocast('cpu', dtype=torch.bfloat16): model([1, x], flag=False)
""")
    by_line = {line_of(record, entry.place): entry for entry in record.grad.forwards}
    assert [entry.shapes for entry in by_line.values()] == [[[5, 4]]] * 3
    assert [by_line[line].autocast for line in sorted(by_line)] == [None, None, "bfloat16"]


def test_many_shapes_are_bounded(book):
    record = book.ok("""
import time
model = nn.Linear(4, 2)
for n in range(1, 25):
    time.sleep(0.02)  # a loop of a pace at which each call is looked at
    model(torch.zeros(n, 4)).sum().item()
""")
    (forwards,) = record.grad.forwards
    assert forwards.looked_at == forwards.calls
    assert len(forwards.shapes) == min(16, forwards.calls)


def test_variables_that_name_devices(book):
    record = book.ok(
        "device = torch.device('cuda', 1)\nname = 'cuda:0'\nhost = 'cpu'\n"
        "mode = 'train'\nodd = 'cuda:x'\nnumber = 'cpu:'\n_hidden = 'cpu'"
    )
    assert record.placement.devices_named == {"device": "cuda:1", "name": "cuda:0", "host": "cpu"}


class TestFunctionalDropout:
    NET = """
import torch.nn.functional as F
from torch.nn.functional import dropout as drop

class Net(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.fc, self.p = nn.Linear(8, 8), p
    def forward(self, x):
        return {call}

model = {made}
"""

    @pytest.mark.parametrize(
        "call",
        [
            "F.dropout(self.fc(x), 0.5, training=self.training)",
            "F.dropout(self.fc(x), self.p, self.training)",
            "nn.functional.dropout2d(x, p=self.p, training=self.training)",
            "torch.nn.functional.dropout(x, training=self.training)",
            "drop(self.fc(x), training=self.training)",
        ],
    )
    def test_by_the_mode(self, book, call):
        found = layers(book, self.NET.format(call=call, made="Net()"))
        assert (found.dropouts, found.dropouts_training) == (1, 1)
        record = book.ok("_ = model.eval()")
        found = next(m.layers for m in record.placement.modules if m.path == "model")
        assert (found.dropouts, found.dropouts_training) == (1, 0)

    @pytest.mark.parametrize(
        ("call", "made"),
        [
            ("F.dropout(self.fc(x), 0.5)", "Net()"),  # in any mode: on purpose, or a slip
            ("F.dropout(self.fc(x), self.p, self.training)", "Net(0.0)"),
            ("self.dropout(x) if self.training else x", "Net()"),
            ("F.relu(x) if self.training else x", "Net()"),
        ],
    )
    def test_not_by_the_mode_or_of_nothing(self, book, call, made):
        assert layers(book, self.NET.format(call=call, made=made)).dropouts == 0

    def test_a_name_that_stands_for_something_else(self, book):
        source = self.NET.format(call="drop(x, training=self.training)", made="Net()")
        assert layers(book, f"{source}\ndef drop(x, training): return x\n").dropouts == 0

    def test_each_module_of_a_graph_network(self, book):
        source = self.NET.format(
            call="F.dropout(self.fc(x), self.p, self.training)",
            made="nn.Sequential(Net(), Net(0), Net(0.1))",
        )
        assert layers(book, source).dropouts == 2
