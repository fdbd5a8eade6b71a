"""Models that a library moves, shards or quantizes: what is told of them is what is true."""

from __future__ import annotations

import contextlib
import os
import socket

import pytest

SETUP = """\
import tempfile
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(256, 256, bias=False)
        self.b = nn.Sequential(nn.Linear(256, 256, bias=False), nn.ReLU())
        self.c = nn.Linear(256, 8, bias=False)
    def forward(self, x):
        return self.c(self.b(self.a(x)))

net, x = Net().eval(), torch.randn(4, 256)
"""
WHOLE = 4 * (2 * 256 * 256 + 256 * 8)
FORWARD = "with torch.no_grad():\n    y = net(x)\n"


@pytest.fixture
def cells(notebook):
    notebook.ok(SETUP)
    return notebook


def module(record, path="net"):
    (found,) = (each for each in record.placement.modules if each.path == path)
    return found


class TestAccelerate:
    @pytest.fixture(autouse=True)
    def _accelerate(self):
        pytest.importorskip("accelerate")

    def test_weights_in_host_memory(self, cells):
        cells.ok("import accelerate\naccelerate.cpu_offload(net, execution_device='cpu')")
        record = cells.ok(FORWARD)
        found = module(record)
        assert (found.parameter_bytes, found.devices) == (0, {"meta": 0})
        assert (found.offloaded, found.layers.managed) == ({"cpu": WHOLE}, "accelerate")
        (forward,) = record.grad.forwards
        assert (forward.device, forward.dtype) == ("cpu", "float32")

    @pytest.mark.parametrize("device", ["'cpu'", "torch.device('cpu')"])
    @pytest.mark.parametrize("offload", ["cpu_offload", "cpu_offload_with_hook"])
    def test_forwards_are_where_the_hook_says(self, cells, offload, device):
        cells.ok(f"import accelerate\naccelerate.{offload}(net, execution_device={device})")
        (forward,) = cells.ok(FORWARD).grad.forwards
        assert (forward.device, forward.layers.managed) == ("cpu", "accelerate")

    def test_weights_in_files(self, cells):
        cells.ok("import accelerate\naccelerate.disk_offload(net, tempfile.mkdtemp(), 'cpu')")
        assert module(cells.ok(FORWARD)).offloaded == {"disk": WHOLE}

    def test_some_of_each(self, cells):
        cells.ok(
            "import accelerate\n"
            "accelerate.dispatch_model(net, {'a': 'cpu', 'b': 'disk', 'c': 'cpu'}, "
            "offload_dir=tempfile.mkdtemp(), main_device='cpu')\n"
        )
        found = module(cells.ok(FORWARD))
        assert found.offloaded == {"disk": 4 * 256 * 256}
        assert found.devices["cpu"] == WHOLE - 4 * 256 * 256

    def test_tied_weights_count_once(self, cells):
        cells.ok(
            "import accelerate\nnet.b[0].weight = net.a.weight\n"
            "accelerate.cpu_offload(net, execution_device='cpu')\n"
        )
        assert module(cells.ok(FORWARD)).offloaded == {"cpu": WHOLE - 4 * 256 * 256}

    def test_moves_of_a_hook_are_the_librarys(self, cells):
        from jupyterlab_torchprof.derive import library_of, line_of

        record = cells.ok(
            "import accelerate\n"
            "net, hook = accelerate.cpu_offload_with_hook(net, execution_device='cpu')\n"
            f"{FORWARD}net.float()\n"
        )
        *hooks, own = record.moves
        assert hooks
        assert {library_of(record, move.place) for move in hooks} == {"accelerate"}
        assert (library_of(record, own.place), line_of(record, own.place)) == (None, 5)

    def test_the_hooks_are_gone(self, cells):
        cells.ok("import accelerate\naccelerate.cpu_offload(net, execution_device='cpu')")
        cells.ok("from accelerate.hooks import remove_hook_from_module\ny = net(x)")
        found = module(cells.ok("remove_hook_from_module(net, recurse=True)"))
        assert found.layers.managed is None


def test_an_empty_model_is_not_offloaded(cells):
    found = module(cells.ok("with torch.device('meta'):\n    net = Net()"))
    assert (found.devices, found.offloaded, found.layers.managed) == ({"meta": 0}, {}, None)


@pytest.fixture
def group():
    """A process group of this process alone."""
    import torch.distributed as dist

    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": "0"}
    before = dict(os.environ)
    os.environ.update(settings, WORLD_SIZE="1")
    dist.init_process_group("gloo")
    yield
    dist.destroy_process_group()
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.usefixtures("group")
def test_shards_and_their_optimizer(cells):
    pytest.importorskip("torch.distributed.fsdp", reason="PyTorch without distributed")
    from torch.distributed import fsdp

    if not hasattr(fsdp, "fully_shard"):
        pytest.skip("this PyTorch has it elsewhere")
    record = cells.ok(
        "from torch.distributed.device_mesh import init_device_mesh\n"
        "from torch.distributed.fsdp import fully_shard\n"
        "fully_shard(net, mesh=init_device_mesh('cpu', (1,)))\n"
        "opt = torch.optim.AdamW(net.parameters(), lr=0.1)\n"
        "for _ in range(3):\n"
        "    opt.zero_grad()\n    net(x).sum().backward()\n    opt.step()\n"
    )
    (entry,) = record.optimizers
    assert entry.parameter_bytes == {"float32": WHOLE}
    assert entry.state_bytes["cpu"] >= 2 * WHOLE
    assert module(record).layers.managed == "torch.distributed"
    assert module(record).parameter_bytes == module(record).whole_bytes == WHOLE


def test_torchao_has_the_types_of_its_parts(cells):
    pytest.importorskip("torchao")
    record = cells.ok(
        "from torchao.quantization import Int8WeightOnlyConfig, quantize_\n"
        "net = net.to(torch.bfloat16)\nquantize_(net, Int8WeightOnlyConfig())\n"
    )
    found = module(record)
    assert found.layers.quantized
    assert max(found.dtypes, key=found.dtypes.get) == "int8"
    assert sum(found.dtypes.values()) == found.parameter_bytes
    totals = {(one.dtype, one.storage_bytes) for one in record.placement.totals}
    assert ("int8", found.dtypes["int8"]) in totals


def test_bitsandbytes_packs_several_numbers_into_one(cells):
    pytest.importorskip("bitsandbytes")
    record = cells.ok(
        "import bitsandbytes as bnb\n"
        "net = nn.Sequential(bnb.nn.Linear4bit(256, 256, bias=False)).to('cpu')\n"
    )
    found = module(record)
    assert (found.parameters, found.parameter_bytes) == (256 * 256, 256 * 256 // 2)
    assert found.layers.quantized
