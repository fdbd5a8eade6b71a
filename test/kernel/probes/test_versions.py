"""Other versions of PyTorch: what they lack takes nothing but itself."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from hooked import snapshot
from jupyterlab_torchprof.fixes.device import _CHOICES
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.measurement import Measurement
from jupyterlab_torchprof.probes.accelerators import accelerator_type
from jupyterlab_torchprof.probes.torch_version import is_supported, version_of

SETUP = "import torch\nfrom torch import nn\nmodel = nn.Linear(4, 4)\nx = torch.ones(2, 4)\n"


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("2.3.1", False),
        ("1.13.1+cpu", False),
        ("2.4.0", True),
        ("2.13.0+cpu", True),
        ("3.0.0a0+gitabc", True),
        ("mine", True),
    ],
)
def test_supported_versions(monkeypatch, version, known):
    monkeypatch.setattr(torch, "__version__", version)
    assert is_supported(torch) is known


def test_this_version():
    assert version_of(torch) >= (2, 4)


def test_nothing_is_attached_to_an_old_one(notebook, monkeypatch):
    notebook.close()
    before = snapshot()
    monkeypatch.setattr(torch, "__version__", "2.2.2+cu121")
    notebook.__init__()
    notebook.namespace["snapshot"] = snapshot
    record = notebook.ok(SETUP + "during = snapshot()\nmodel.to(torch.float64)\nx.sum()")
    assert notebook.namespace["during"] == before
    (entry,) = notebook.health.entries()
    assert (entry.part, entry.failures) == ("PyTorch", 0)
    assert entry.message == (
        "PyTorch 2.2 is older than 2.4, the oldest that the profiler knows: "
        "it shows time and host memory only."
    )
    assert record.duration_s > 0
    assert record.memory[0].device == "host"
    assert record.moves == []
    assert record.placement is None or record.placement.modules == []
    notebook.health._entries.clear()


class TestAccelerators:
    def test_one_that_raises_where_there_is_none(self, notebook, monkeypatch):
        """As PyTorch 2.6.0 does."""

        def current_accelerator():
            raise RuntimeError("Cannot access accelerator device when none is available.")

        notebook.close()
        accelerator = SimpleNamespace(current_accelerator=current_accelerator)
        monkeypatch.setattr(torch, "accelerator", accelerator, raising=False)
        assert accelerator_type(torch) is None
        notebook.__init__()
        record = notebook.ok(SETUP + "with torch.autocast('cpu'):\n    out = model(x)")
        assert record.grad.forwards[0].autocast == "bfloat16"

    def test_one_without_the_module(self, notebook, monkeypatch):
        """As PyTorch before 2.6."""
        notebook.close()
        monkeypatch.delattr(torch, "accelerator", raising=False)
        monkeypatch.setattr(torch.version, "cuda", None)
        assert accelerator_type(torch) is None
        monkeypatch.setattr(torch.backends.mps, "is_built", lambda: True)
        assert accelerator_type(torch) == "mps"
        monkeypatch.setattr(torch.version, "cuda", "12.1")
        assert accelerator_type(torch) == "cuda"
        monkeypatch.setattr(torch.version, "cuda", None)
        monkeypatch.setattr(torch.backends.mps, "is_built", lambda: False)
        notebook.__init__()
        assert notebook.ok(SETUP + "out = model(x)").grad.forwards


def test_the_choice_of_a_device_needs_no_newer_version():
    for choice in _CHOICES.values():
        assert "accelerator" not in choice


def test_a_probe_that_cannot_attach_leaves_the_others(notebook, monkeypatch):
    notebook.close()
    monkeypatch.delattr(torch.autograd, "_engine_run_backward")
    health = Health()
    measurement = Measurement(health)
    measurement.open()
    measurement.close()
    assert [entry.part for entry in health.entries()] == ["autograd"]
