"""Copies between host and device, call by call."""

from __future__ import annotations

import torch
from jupyterlab_torchprof.derive import line_of


def by_method(record):
    return {(entry.method, line_of(record, entry.place)): entry for entry in record.transfers}


def test_values_read_in_a_loop(notebook, device):
    record = notebook.ok(
        "x = torch.ones(4, device=device)\n"
        "total = 0.0\n"
        "for _ in range(5):\n"
        "    total += x.sum().item()\n"
        "host = x.cpu()\n"
        "again = x.to('cpu')\n"
        "listed = x.tolist()\n"
    )
    found = by_method(record)
    item = found["item", 4]
    assert (item.calls, item.moved_bytes, item.target) == (5, 20, "cpu")
    assert item.source == device
    assert item.duration_s > 0
    assert found["cpu", 5].moved_bytes == found["to", 6].moved_bytes == 16
    assert ("tolist", 7) in found


def test_to_the_device(notebook, device):
    record = notebook.ok(
        "y = torch.ones(1024)\n"
        "z = y.to(device, non_blocking=True)\n"
        "same = z.to(device)\n"
        "half = z.to(torch.float16)\n"
        "back = y.cpu()\n"
    )
    (entry,) = record.transfers
    assert (entry.method, entry.calls, entry.non_blocking) == ("to", 1, True)
    assert line_of(record, entry.place) == 2
    assert (entry.source, entry.target, entry.moved_bytes) == ("cpu", device, 4096)
    assert entry.pinned is False


def test_printing_is_pytorchs_own(notebook, device):
    record = notebook.ok("text = repr(torch.ones(4, device=device))")
    assert record.transfers == []


def test_compiled_code_reads_values(notebook, device):
    record = notebook.ok(
        "def double(a):\n    return a.to(torch.float64).sum() * 2\n"
        "f = torch.compile(double, backend='eager', fullgraph=True)\n"
        "x = torch.ones(4, device=device)\n"
        "value = f(x).item()\n"
        "value = f(x).item()\n"
    )
    assert notebook.namespace["value"] == 8.0
    assert {entry.method for entry in record.transfers} == {"item"}


def test_restored(notebook, device):
    notebook.ok("torch.ones(1, device=device).item()")
    assert "item" in vars(torch.Tensor)
    notebook.close()
    assert "item" not in vars(torch.Tensor)


def test_classes_that_handle_calls_themselves(notebook, device):
    """They are handed the functions that PyTorch would hand them, not ours."""
    notebook.ok("lazy = nn.LazyLinear(3).to(device)")
    notebook.ok("with torch.device(device):\n    again = nn.LazyLinear(3).to('cpu').to(device)")
    notebook.ok(
        "class Noting(torch.Tensor):\n"
        "    seen = []\n"
        "    @classmethod\n"
        "    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
        "        cls.seen.append((func.__name__, len(args), dict(kwargs or {})))\n"
        "        return super().__torch_function__(func, types, args, kwargs or {})\n"
        "noting = torch.ones(4).as_subclass(Noting)\n"
        "Noting.seen.clear()\n"
        "there = noting.to(device, non_blocking=False)\n"
        "assert Noting.seen == [('to', 2, {'non_blocking': False})], Noting.seen\n"
        "assert type(there) is Noting and there.device.type in device\n"
    )
