"""What the probes of the namespace say of a device."""

from __future__ import annotations

import pytest

MIB = 1 << 20


@pytest.fixture
def book(notebook, device):
    notebook.ok("model = nn.Linear(1024, 1024, bias=False).to(device)\nx = torch.ones(4, 1024)")
    return notebook


def test_forwards(book, device):
    kind = device.partition(":")[0]
    record = book.ok(
        "x = x.to(device)\nwith torch.no_grad():\n    model(x)\n"
        f"    with torch.autocast({kind!r}, dtype=torch.bfloat16): model(x)"
    )
    plain, autocast = record.grad.forwards
    assert (plain.device, plain.dtype, plain.autocast) == (device, "float32", None)
    assert (autocast.autocast, autocast.shapes) == ("bfloat16", [[4, 1024]])


def test_named_devices(book, device):
    kind = device.partition(":")[0]
    record = book.ok(f"where = torch.device(device)\nname = {kind!r}")
    assert record.placement.devices_named == {"device": device, "where": device, "name": kind}


def test_collected(book, device):
    (entry,) = book.ok("outs = [torch.zeros(1 << 18, device=device) for _ in range(3)]").collected
    assert entry.storage_bytes == {device: 3 * MIB}


def test_an_old_model_and_its_optimizer(book, device):
    book.ok(
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)\n"
        "model(x.to(device)).sum().backward()\noptimizer.step()"
    )
    (holder,) = book.ok("model = nn.Linear(1024, 1024, bias=False).to(device)").holders
    assert (holder.kind, holder.held_by) == ("old_object", ["optimizer"])
    assert holder.unique_bytes == {device: 12 * MIB}


def test_a_checkpoint(book, device, tmp_path):
    book.namespace["path"] = tmp_path / "model.pt"
    (entry,) = book.ok(
        "torch.save(model.state_dict(), path)\n"
        "state = torch.load(path, map_location=device)\nmodel.load_state_dict(state)"
    ).checkpoints
    assert (entry.unique_bytes, entry.loaded_into) == ({device: 4 * MIB}, "model")


def test_a_move_that_finds_no_room(book, device, capacity):
    book.ok("large = nn.Sequential(*[nn.Linear(1024, 1024, bias=False) for _ in range(8)])")
    capacity(24 * MIB)
    record = book.run("large.to(device)")
    assert "out of memory" in str(book.error)
    (move,) = record.moves
    assert (move.failed, move.no_op) == (True, False)
    assert 0 < move.moved_bytes < 32 * MIB
    assert set(move.target) == {"cpu float32", f"{device} float32"}
