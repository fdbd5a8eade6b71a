"""Ranks as libraries start them in a notebook."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.advice.engine import advise

ACCELERATE = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from accelerate import Accelerator, notebook_launcher

def train():
    torch.set_num_threads(1)
    accelerator = Accelerator(cpu=True)
    data = TensorDataset(torch.randn(240, 8), torch.randn(240, 1))
    model = nn.Linear(8, 1)
    optimizer = torch.optim.AdamW(model.parameters())
    loader = DataLoader(data, batch_size=4, shuffle=True)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            accelerator.backward(nn.functional.mse_loss(model(x), y))
            optimizer.step()
            optimizer.zero_grad()
"""
LIGHTNING = """
import logging, warnings
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
import lightning as L

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(8, 1)

    def training_step(self, batch, _index):
        torch.set_num_threads(1)
        x, y = batch
        return nn.functional.mse_loss(self.net(x), y)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
torch.set_num_threads(1)
loader = DataLoader(TensorDataset(torch.randn(80, 8), torch.randn(80, 1)), batch_size=4)
trainer = L.Trainer(
    accelerator="cpu", devices=2, strategy="ddp_notebook", max_epochs=2, logger=False,
    enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
)
"""


def assert_divided(record) -> None:
    """The library has given each rank other batches, and nothing is advised on that."""
    [one], [other] = (run.record.data_loading for run in record.ranks)
    assert len(one.first_batches) == len(other.first_batches) == 3
    assert not {*one.first_batches} & {*other.first_batches}
    assert [each.rule for each in advise(record, [record])] == []


def test_accelerates_launcher_of_notebooks(notebook, free_port):
    state = pytest.importorskip("accelerate.state")
    state.AcceleratorState._reset_state(reset_partial_state=True)  # other tests have made some
    notebook.ok(ACCELERATE.strip())
    record = notebook.ok(f"notebook_launcher(train, (), num_processes=2, use_port='{free_port}')")
    assert [run.rank for run in record.ranks] == [0, 1]
    for run in record.ranks:
        grad = run.record.grad
        assert (run.exit, run.backend) == ("ok", "gloo")
        assert (grad.backwards, grad.optimizer_steps) == (30, 30)
        [loader] = run.record.data_loading
        assert (loader.batches, loader.repeated_orders) == (30, 0)
        functions = {place.function for place in run.record.places if place.kind == "cell"}
        assert "train" in functions
    assert_divided(record)
    assert not notebook.health.entries()


@pytest.mark.filterwarnings("ignore")
def test_lightnings_strategy_for_notebooks(notebook, monkeypatch, free_port):
    pytest.importorskip("lightning")
    monkeypatch.setenv("MASTER_PORT", str(free_port))
    notebook.ok(LIGHTNING.strip())
    record = notebook.ok("trainer.fit(Model(), loader)")
    assert [run.rank for run in record.ranks] == [0, 1]
    for run in record.ranks:
        grad = run.record.grad
        assert (run.exit, run.backend) == ("ok", "gloo")
        assert (grad.backwards, grad.optimizer_steps) == (20, 20)
        [loader] = run.record.data_loading
        assert (loader.batches, loader.repeated_orders) == (20, 0)
    assert_divided(record)
    assert not notebook.health.entries()
