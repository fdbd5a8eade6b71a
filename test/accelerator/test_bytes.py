"""Exact bytes of every probe on a device.

Sizes are multiples of 512 bytes, to which allocators round, so that the same numbers hold for the
simulated accelerator and for CUDA.
"""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.derive import line_of

MIB = 1 << 20


def memory(record, device):
    (entry,) = [entry for entry in record.memory if entry.device == device]
    return entry


def totals(record, device):
    return {
        total.dtype: total.storage_bytes
        for total in record.placement.totals
        if total.device == device
    }


def test_a_tensor_of_4_mib(notebook, device):
    record = notebook.ok("x = torch.empty(1 << 20, device=device)")
    entry = memory(record, device)
    assert entry.allocated_after_bytes - entry.allocated_before_bytes == 4_194_304
    assert totals(record, device) == {"float32": 4_194_304}
    (placed,) = record.placement.tensors
    assert (placed.path, placed.device, placed.storage_bytes) == ("x", device, 4_194_304)


def test_the_peak_is_exact(notebook, device):
    # Other tests of this process went higher.
    notebook.ok("torch.accelerator.reset_peak_memory_stats(device)")
    record = notebook.ok(
        "a = torch.empty(MIB, device=device, dtype=torch.uint8)\n"
        "for i in range(3):\n"
        "    b = torch.empty(8 * MIB, device=device, dtype=torch.uint8)\n"
        "    del b\n".replace("MIB", str(MIB))
    )
    entry = memory(record, device)
    assert entry.peak_is == "exact"
    assert entry.peak_bytes - entry.allocated_before_bytes == 9 * MIB
    assert entry.allocated_after_bytes - entry.allocated_before_bytes == MIB


def test_a_storage_counts_once(notebook, device):
    record = notebook.ok(
        "x = torch.zeros(1024, 256, device=device)\n"
        "view, flat = x[:10], x.flatten()\n"
        "rows = [x[0], x[1]]"
    )
    assert totals(record, device) == {"float32": MIB}
    assert [tensor.path for tensor in record.placement.tensors if not tensor.shares_storage] == [
        "x"
    ]
    assert sum(tensor.storage_bytes for tensor in record.placement.tensors) == MIB


def test_dtypes_and_devices_apart(notebook, device):
    record = notebook.ok(
        "a = torch.zeros(1024, device=device)\n"
        "b = torch.zeros(1024, device=device, dtype=torch.float16)\n"
        "c = torch.zeros(1024)"
    )
    assert totals(record, device) == {"float32": 4096, "float16": 2048}
    assert totals(record, "cpu") == {"float32": 4096}


def test_placement_of_two_devices(notebook, device, second_device):
    record = notebook.ok(f"a = torch.zeros(1024, device=device)\nb = a.to({second_device!r})")
    assert totals(record, device) == totals(record, second_device) == {"float32": 4096}


MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(512, 512, bias=False)
        self.norm = nn.BatchNorm1d(512)
        self.last = nn.Linear(512, 128, bias=False)

    def forward(self, x):
        return self.last(torch.relu(self.norm(self.first(x))))

torch.manual_seed(0)
model = Net()
"""
PARAMETERS = 4 * (512 * 512 + 2 * 512 + 512 * 128)
BUFFERS = 4 * (2 * 512) + 8
"""Running mean and variance, and the number of batches, an int64."""


def test_a_move_to_the_device_and_back(notebook, device):
    notebook.ok(MODEL)
    record = notebook.ok("model.to(device)")
    (move,) = record.moves
    assert move.what == "model (Net)"
    assert move.source == {"cpu float32": PARAMETERS + BUFFERS - 8, "cpu int64": 8}
    assert move.target == {
        f"{device} float32": PARAMETERS + BUFFERS - 8,
        f"{device} int64": 8,
    }
    assert move.moved_bytes == PARAMETERS + BUFFERS
    assert (move.no_op, line_of(record, move.place)) == (False, 1)
    record = notebook.ok("\nmodel.to(device)")
    (move,) = record.moves
    assert (move.moved_bytes, move.no_op, line_of(record, move.place)) == (0, True, 2)
    (move,) = notebook.ok("model.cpu()").moves
    assert move.moved_bytes == PARAMETERS + BUFFERS


def test_moves_between_devices(notebook, device, second_device):
    notebook.ok(MODEL)
    notebook.ok("model.to(device)")
    (move,) = notebook.ok(f"model.to({second_device!r})").moves
    assert move.moved_bytes == PARAMETERS + BUFFERS
    assert set(move.source) == {f"{device} float32", f"{device} int64"}
    assert set(move.target) == {f"{second_device} float32", f"{second_device} int64"}


def test_half_precision_on_the_device(notebook, device):
    notebook.ok(MODEL + "model.to(device)")
    (move,) = notebook.ok("model.half()").moves
    floats = PARAMETERS + BUFFERS - 8
    assert move.target == {f"{device} float16": floats // 2, f"{device} int64": 8}
    assert move.moved_bytes == floats // 2


def test_a_module_on_two_devices(notebook, device):
    notebook.ok(MODEL)
    record = notebook.ok("model.last.to(device)")
    (module,) = record.placement.modules
    assert module.devices == {"cpu": 4 * (512 * 512 + 4 * 512) + 8, device: 4 * 512 * 128}
    assert [child.path for child in module.children] == ["model.first", "model.norm", "model.last"]
    assert record.moves[0].what == "model.last (Linear)"


def test_loads_by_map_location(notebook, device, tmp_path):
    path = tmp_path / "weights.pt"
    notebook.ok(
        f"path = {str(path)!r}\n"
        "w = torch.zeros(256, 256, device=device)\n"
        "torch.save({'w': w, 'view': w[0], 'host': torch.zeros(128)}, path)\n"
        "del w"
    )
    record = notebook.ok(
        "a = torch.load(path)\n"
        "b = torch.load(path, map_location='cpu', weights_only=True)\n"
        "c = torch.load(path, torch.device(device))"
    )
    assert [load.landed for load in record.loads] == [
        {device: 256 * 1024, "cpu": 512},
        {"cpu": 256 * 1024 + 512},
        {device: 256 * 1024 + 512},
    ]
    assert [load.map_location for load in record.loads] == [None, "cpu", device]
    assert [load.weights_only for load in record.loads] == [None, True, None]
    assert {load.path for load in record.loads} == {str(path)}
    assert {load.file_bytes for load in record.loads} == {path.stat().st_size}
    assert [line_of(record, load.place) for load in record.loads] == [1, 2, 3]


def test_a_held_graph_is_what_no_grad_saves(notebook, device):
    notebook.ok(
        "torch.manual_seed(0)\n"
        "model = nn.Sequential(nn.Linear(256, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(),\n"
        "                      nn.Linear(1024, 128)).to(device)\n"
        "x = torch.randn(512, 256, device=device)"
    )
    hidden = 512 * 1024 * 4
    record = notebook.ok("out = model(x)")
    (retained,) = record.grad.retained
    assert retained.saved_bytes == 2 * hidden
    assert retained.largest_bytes == hidden
    assert retained.device == device
    (graph,) = record.grad.forward_graphs
    assert (graph.saved_bytes, graph.fate, graph.device) == (2 * hidden, "held", device)
    entry = memory(record, device)
    output = 512 * 128 * 4
    with_graph = entry.allocated_after_bytes - entry.allocated_before_bytes
    # cuBLAS may keep a workspace from its first use on.
    assert with_graph >= 2 * hidden + output
    record = notebook.ok("del out\nwith torch.no_grad():\n    out = model(x)")
    entry = memory(record, device)
    assert entry.allocated_before_bytes - entry.allocated_after_bytes == 2 * hidden
    assert record.grad.retained == []


def test_the_input_of_a_held_graph(notebook, device):
    notebook.ok(
        "model = nn.Linear(256, 128).to(device)\n"
        "def predict():\n"
        "    return model(torch.randn(512, 256, device=device))"
    )
    (retained,) = notebook.ok("out = predict()").grad.retained
    assert retained.saved_bytes == 512 * 256 * 4


def test_training_leaves_no_graph(notebook, device):
    notebook.ok(
        "model = nn.Linear(256, 128).to(device)\n"
        "optimizer = torch.optim.Adam(model.parameters())\n"
        "x = torch.randn(64, 256, device=device)"
    )
    record = notebook.ok(
        "for i in range(2):\n"
        "    optimizer.zero_grad()\n"
        "    loss = model(x).square().mean()\n"
        "    loss.backward()\n"
        "    optimizer.step()"
    )
    assert record.grad.retained == []
    assert [graph.fate for graph in record.grad.forward_graphs] == ["consumed", "consumed"]
    (module,) = record.placement.modules
    assert module.gradient_bytes == module.parameter_bytes == 4 * (256 * 128 + 128)
    moments = [tensor for tensor in record.placement.tensors if "exp_avg" in tensor.path]
    assert {tensor.path for tensor in moments} == {
        f'optimizer.state[model.{name}]["{moment}"]'
        for name in ("weight", "bias")
        for moment in ("exp_avg", "exp_avg_sq")
    }
    assert {tensor.device for tensor in moments} == {device}


def test_autocast_on_the_device(notebook, device):
    kind = device.partition(":")[0]
    notebook.ok("model = nn.Linear(256, 128).to(device)\nx = torch.randn(8, 256, device=device)")
    record = notebook.ok(
        f"with torch.autocast({kind!r}, dtype=torch.bfloat16):\n    out = model(x)"
    )
    assert record.grad.autocast == {kind: "bfloat16"}


def test_out_of_memory(notebook, device, capacity):
    capacity(64 * MIB)
    record = notebook.run(
        f"keep = []\nfor i in range(100):\n    keep.append(torch.empty({MIB}, device=device))"
    )
    assert type(notebook.error).__name__ == "OutOfMemoryError"
    assert totals(record, device)["float32"] == len(notebook.namespace["keep"]) * 4 * MIB
    notebook.error = None
    record = notebook.ok("del keep\nx = torch.empty(1024, device=device)")
    assert totals(record, device) == {"float32": 4096}


def test_out_of_memory_while_a_model_moves(notebook, device, capacity):
    capacity(16 * MIB)
    notebook.ok("model = nn.Sequential(*[nn.Linear(1024, 1024, bias=False) for i in range(8)])")
    record = notebook.run("model.to(device)")
    assert type(notebook.error).__name__ == "OutOfMemoryError"
    notebook.error = None
    (move,) = record.moves
    assert 0 < move.moved_bytes < 32 * MIB
    assert record.placement.modules[0].devices[device] == move.moved_bytes
    assert set(record.placement.modules[0].devices) == {device, "cpu"}


def test_out_of_memory_in_a_forward(notebook, device, capacity):
    notebook.ok(
        "model = nn.Linear(1024, 1024).to(device)\nx = torch.randn(1024, 1024, device=device)"
    )
    capacity(8 * MIB)
    notebook.run("out = [model(x) for i in range(8)]")
    assert type(notebook.error).__name__ == "OutOfMemoryError"
    notebook.error = None
    capacity(256 * MIB)
    record = notebook.ok("out = model(x)")
    assert record.grad.forward_graphs[0].fate == "held"


@pytest.mark.parametrize("how", ["to(device)", "to(torch.device(device), torch.float32)"])
def test_nothing_is_transferred_or_waited_for(notebook, device, how):
    import torch

    if not hasattr(torch, "simgpu"):
        pytest.skip("only the simulated accelerator counts transfers")
    notebook.ok(f"model = nn.Linear(512, 512).{how}\nx = torch.randn(512, 512, device=device)")
    torch.simgpu.reset_counters()
    notebook.ok("outputs = [model(x) for i in range(3)]")
    counters = torch.simgpu.counters()
    assert (counters["h2d"], counters["d2h"], counters["sync"]) == (0, 0, 0)


def test_utilisation_is_a_mean_of_what_the_driver_said(notebook, device, monkeypatch):
    """The driver is stood for: no simulated device has one."""
    record = notebook.ok("x = 1")
    assert next(e for e in record.memory if e.device == device).utilisation is None
    said = iter([0.2, 0.4, 0.6] + [0.4] * 100)
    monkeypatch.setattr(
        notebook.measurement.devices,
        "utilisation",
        lambda name: next(said) if name == device else None,
    )
    record = notebook.ok("import time\ntime.sleep(2.2)")
    entries = {entry.device: entry.utilisation for entry in record.memory}
    assert 0.3 < entries.pop(device) < 0.5
    assert set(entries.values()) == {None}
    told = [sample.utilisation for sample in record.samples if sample.utilisation]
    assert told[:3] == [{device: 0.2}, {device: 0.4}, {device: 0.6}]
